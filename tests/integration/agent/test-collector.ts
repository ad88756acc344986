/** A server in the test's own process that stands for the collector, and for whatever an agent probes. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import type { SentReport } from '../../../agent/report.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import type { TestCertificate } from '../../fixtures/certificates.ts';
import { WAIT_MS } from './agent-process.ts';

export interface ReceivedReport {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly report: SentReport;
  readonly atMs: number;
}

export interface TestCollector {
  readonly port: number;
  /** `host:port`. */
  readonly address: string;
  readonly reports: readonly ReceivedReport[];
  /** Requests that are no reports. */
  readonly requests: readonly IncomingMessage[];
  /** Resolves when that many reports are there, with the last of them. */
  reported(count: number): Promise<ReceivedReport>;
  stop(): Promise<void>;
}

export interface TestCollectorOptions {
  readonly port?: number;
  readonly tls?: TestCertificate;
  /** Answers a report; 200 where it is left out. `count` is that of the reports so far, this one included. */
  readonly onReport?: (answer: ServerResponse, count: number) => void;
  /** Answers everything else; 200 where it is left out. */
  readonly onRequest?: (request: IncomingMessage, answer: ServerResponse) => void;
}

export async function startCollector(options: TestCollectorOptions = {}): Promise<TestCollector> {
  const reports: ReceivedReport[] = [];
  const requests: IncomingMessage[] = [];
  const listener = async (request: IncomingMessage, answer: ServerResponse): Promise<void> => {
    if (request.method === 'POST') {
      const report = parseReport(await text(request));
      reports.push({ path: request.url ?? '', headers: request.headers, report, atMs: Date.now() });
      if (options.onReport === undefined) answer.end();
      else options.onReport(answer, reports.length);
      return;
    }
    requests.push(request);
    if (options.onRequest === undefined) answer.end();
    else options.onRequest(request, answer);
  };
  const onRequest = (request: IncomingMessage, answer: ServerResponse): void => void listener(request, answer);
  const server: Server = options.tls === undefined ? createServer(onRequest) : createTlsServer(options.tls, onRequest);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    port,
    address: `127.0.0.1:${port}`,
    reports,
    requests,
    reported: (count) =>
      waitUntil(() => reports[count - 1] ?? null, { what: `report ${count}`, timeoutMs: WAIT_MS, pollMs: 10 }),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function parseReport(json: string): SentReport {
  return JSON.parse(json) as SentReport;
}
