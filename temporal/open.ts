/** Temporal for a process: connected, watched, and with certificates and keys that follow their files. */

import type { KeywordAttribute } from '../contracts/search-attributes.ts';
import { connectTemporal } from './connection.ts';
import type { TemporalLink } from './link.ts';
import type { TemporalContext } from './process.ts';
import { renewTemporal } from './renewal.ts';
import { watchSearchAttributes } from './search-attributes-watch.ts';
import { watchTemporal } from './server-health.ts';

export interface OpenTemporal {
  readonly link: TemporalLink;
  /** Null while Temporal answers, else what was tried, what came of it and what to check. */
  problem(): string | null;
  /** Whether workflows may write our search attributes now; false also where the configuration has none. */
  areAttributesWritable(): boolean;
  close(): Promise<void>;
}

/**
 * Null when the process is asked to stop before Temporal answers. Throws `SearchAttributeConflict`.
 *
 * @param wanted what its workflows write, where the configuration has search attributes at all
 */
export async function openTemporal(
  context: TemporalContext,
  wanted: readonly KeywordAttribute[],
): Promise<OpenTemporal | null> {
  const { config, log, signal, temporal, loadTemporal: load } = context;
  const attributes = config.temporal.searchAttributes ? wanted : [];
  const connected = await connectTemporal({
    profile: temporal,
    load,
    attributes,
    log,
    signal,
  });
  if (connected === null) return null;
  const { link, profile } = connected;
  const watch = watchTemporal({ connection: link, profile, log });
  const renewal = renewTemporal({ link, profile, load, log });
  const attributesWatch =
    attributes.length === 0
      ? null
      : watchSearchAttributes({ connection: link, namespace: profile.namespace, attributes, log });
  return {
    link,
    problem: () => watch.problem(),
    areAttributesWritable: () => attributesWatch !== null && attributesWatch.problem() === null,
    async close() {
      await renewal.stop();
      await attributesWatch?.stop();
      await watch.stop();
      await link.close();
    },
  };
}
