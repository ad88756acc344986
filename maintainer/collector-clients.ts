/** Clients of the collector: one for each of its pages that the maintainer reads. */

import type { Config } from '../config/schema/config.ts';
import { NODES_PATH, PROCESSES_PATH, VERDICT_PATH } from '../contracts/connectivity/agent-report.ts';
import { type CollectorClient, createCollectorClient } from '../runtime/collector-client.ts';

/** A page of agents, each of which may report a mebibyte. */
const PROCESSES_BYTES_MAX = 64 * 1_048_576;
/** A few agents of one node. */
const NODE_BYTES_MAX = 1_048_576;
/** Ten thousand nodes with two agents each are half of it. */
const NODES_BYTES_MAX = 32 * 1_048_576;

export interface CollectorClients {
  readonly processes: CollectorClient;
  readonly nodes: CollectorClient;
  readonly verdicts: CollectorClient;
  /** For the answer about one node; closed by who opened it. */
  open(path: string): CollectorClient;
  close(): Promise<void>;
}

export function collectorClients(
  { connectivity: { collectorUrl: url, collectorCaFile: caFile } }: Pick<Config, 'connectivity'>,
  onCaProblem: (message: string) => void,
): CollectorClients {
  const of = (path: string, bodyBytesMax: number) =>
    createCollectorClient({ url, caFile, path, bodyBytesMax, onCaProblem });
  const processes = of(PROCESSES_PATH, PROCESSES_BYTES_MAX);
  const nodes = of(NODES_PATH, NODES_BYTES_MAX);
  const verdicts = of(VERDICT_PATH, NODES_BYTES_MAX);
  return {
    processes,
    nodes,
    verdicts,
    open: (path) => of(path, NODE_BYTES_MAX),
    async close() {
      for (const client of [processes, nodes, verdicts]) await client.close();
    },
  };
}
