/** Asks the collector one question again and again. */

import { createJsonClient, type JsonAnswer, type JsonClientOptions } from './json-client.ts';

export interface CollectorClient {
  readonly url: string;
  /** Throws where no answer came. */
  ask(signal: AbortSignal, query?: Readonly<Record<string, string>>): Promise<JsonAnswer>;
  close(): Promise<void>;
}

export interface CollectorClientOptions extends Pick<JsonClientOptions, 'bodyBytesMax' | 'onCaProblem'> {
  /** Without a path. */
  readonly url: string;
  readonly path: string;
  /** Certificate authority, read again for each question; default the public ones. */
  readonly caFile?: string | undefined;
}

export function createCollectorClient(options: CollectorClientOptions): CollectorClient {
  const { url, path, caFile, bodyBytesMax, onCaProblem } = options;
  const ca = caFile === undefined ? undefined : { path: caFile, key: 'connectivity.collectorCaFile' };
  const client = createJsonClient({ url, caFile: ca, bodyBytesMax, onCaProblem });
  return {
    url,
    ask(signal, query = {}) {
      const address = new URL(path, url);
      for (const [key, value] of Object.entries(query)) address.searchParams.set(key, value);
      return client.ask(`${address.pathname}${address.search}`, signal);
    },
    close: () => client.close(),
  };
}
