/** Asks the collector for its verdict. */

import { VERDICT_PATH } from '../contracts/connectivity/agent-report.ts';
import { VERDICT_NAMES_MAX } from '../contracts/connectivity/watch-connectivity.ts';
import { createJsonClient, type JsonAnswer, type JsonClientOptions } from './json-client.ts';

export interface CollectorClient {
  readonly url: string;
  /** Throws where no answer came. */
  ask(signal: AbortSignal): Promise<JsonAnswer>;
  close(): Promise<void>;
}

export interface CollectorClientOptions extends Pick<JsonClientOptions, 'onCaProblem'> {
  /** Without a path. */
  readonly url: string;
  /** Certificate authority, read again for each question; default the public ones. */
  readonly caFile?: string | undefined;
}

/** Two hundred names with their details are a tenth of it. */
const BODY_BYTES_MAX = 1_048_576;

export function createCollectorClient({ url, caFile, onCaProblem }: CollectorClientOptions): CollectorClient {
  const ca = caFile === undefined ? undefined : { path: caFile, key: 'connectivity.collectorCaFile' };
  const client = createJsonClient({ url, caFile: ca, bodyBytesMax: BODY_BYTES_MAX, onCaProblem });
  return {
    url,
    ask: (signal) => client.ask(`${VERDICT_PATH}?names=${VERDICT_NAMES_MAX}`, signal),
    close: () => client.close(),
  };
}
