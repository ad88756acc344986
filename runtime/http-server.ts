/** Serves metrics and health of a process over HTTP or HTTPS (H19). */

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';

import type { Config } from '../config/schema/config.ts';
import { HEALTH_PATHS, healthPage, type Page } from './health-pages.ts';
import { isEveryAddress, listen } from './listen.ts';
import type { Log } from './log.ts';
import type { Readiness } from './readiness.ts';
import { readTlsFiles, watchTlsFiles } from './tls-files.ts';

const HTTP_PORT = 8000;
const HTTPS_PORT = 8443;
const REQUEST_TIMEOUT_MS = 10_000;

export interface ProcessPages {
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly readiness: () => Readiness;
}

export interface HttpServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Throws `ListenError`, or where the TLS files cannot be read. */
export async function startHttpServer(config: Config, pages: ProcessPages, log: Log): Promise<HttpServer> {
  const { tls, http } = config;
  const listener = answerWith(pages, log);
  const files = { certificateFile: http.certificateFile, keyFile: http.keyFile };
  const secure = tls ? createTlsServer(readTlsFiles(files), listener) : null;
  const server: Server = secure ?? createServer(listener);
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  // Node uses max(headersTimeout, requestTimeout) for the request, and the default of headersTimeout is 60 s.
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  refuseTunnels(server);
  const stopWatching = secure === null ? () => {} : watchTlsFiles({ files, server: secure, log });
  await listen(server, {
    what: 'metrics and health',
    host: http.host,
    port: http.port ?? (tls ? HTTPS_PORT : HTTP_PORT),
    key: 'http.port (or VIGILANTE_HTTP_PORT) and http.host',
  });

  const url = urlOf(server, { tls, host: http.host });
  log.info(`serving /metrics, /healthz and /readyz on ${url}`);
  return {
    url,
    async close() {
      stopWatching();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function answerWith(pages: ProcessPages, log: Log): RequestListener {
  return (request, response) => {
    answer(request, response, pages).catch((error: unknown) => {
      log.error({ error, path: request.url }, 'a request for metrics or health failed');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, pages: ProcessPages): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return send(response, { status: 405, type: 'text/plain', body: 'only GET and HEAD\n', allow: 'GET, HEAD' });
  }
  const path = pathOf(request.url ?? '');
  const health = HEALTH_PATHS.find((known) => known === path);
  if (health !== undefined) return send(response, healthPage(health, pages.readiness));
  if (path === '/metrics') {
    const { contentType, text } = await pages.metrics();
    return send(response, { status: 200, type: contentType, body: text });
  }
  return send(response, { status: 404, type: 'text/plain', body: 'here are /metrics, /healthz and /readyz\n' });
}

/** Proxies send the whole address instead of the path. */
function pathOf(target: string): string | undefined {
  return target.replace(/^https?:\/\/[^/?#]*/i, '').split('?')[0];
}

/** Without a listener Node closes the connection of a CONNECT and does not answer. */
export function refuseTunnels(server: Server): void {
  server.on('connect', (_request, socket: Duplex) => {
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
}

/** Node leaves the body out of the answer to a HEAD. */
function send(response: ServerResponse, answer: Page & { readonly allow?: string }): void {
  const { status, type, body, allow } = answer;
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(allow === undefined ? {} : { allow }),
  });
  response.end(body);
}

function urlOf(server: Server, options: { tls: boolean; host: string | undefined }): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const host = options.host === undefined || isEveryAddress(options.host) ? 'localhost' : options.host;
  return `${options.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
