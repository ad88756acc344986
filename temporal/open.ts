/** Temporal for a process: connected, watched, and with certificates and keys that follow their files. */

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

/** Null when the process is asked to stop before Temporal answers. Throws `SearchAttributeConflict`. */
export async function openTemporal(context: TemporalContext): Promise<OpenTemporal | null> {
  const { config, log, signal, temporal, loadTemporal: load } = context;
  const { searchAttributes } = config.temporal;
  const connected = await connectTemporal({
    profile: temporal,
    load,
    searchAttributes,
    log,
    signal,
  });
  if (connected === null) return null;
  const { link, profile } = connected;
  const watch = watchTemporal({ connection: link, profile, log });
  const renewal = renewTemporal({ link, profile, load, log });
  const attributes = searchAttributes
    ? watchSearchAttributes({ connection: link, namespace: profile.namespace, log })
    : null;
  return {
    link,
    problem: () => watch.problem(),
    areAttributesWritable: () => attributes !== null && attributes.problem() === null,
    async close() {
      await renewal.stop();
      await attributes?.stop();
      await watch.stop();
      await link.close();
    },
  };
}
