/** The page of the agents' metrics, with a line in the log when it begins to leave something out. */

import type { CollectorParts } from '../collector-parts.ts';
import { agentMetrics } from './agent-metrics.ts';

export function agentPageOf({
  registry,
  metrics,
  log,
}: Pick<CollectorParts, 'registry' | 'metrics' | 'log'>): () => AsyncIterable<string> {
  let wasWhole = true;
  return () =>
    agentMetrics(registry, (leftOut) => {
      metrics.setLeftOut(leftOut);
      const isWhole = leftOut.longUrl + leftOut.crowded === 0;
      if (wasWhole && !isWhole)
        log.warn(leftOut, 'probes are left out of /metrics: there are too many, or their URLs are too long');
      wasWhole = isWhole;
    });
}
