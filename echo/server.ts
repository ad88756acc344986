/** The sockets of the echo: bounded connections, requests and times, and the address that each connection came from. */

import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { normalAddress } from '../domain/node/address.ts';
import { type Answer, answerTo, type EchoVoice, refusal } from './answers.ts';
import { type PeerAddress, takeProxyHeader } from './proxy-header.ts';

export interface EchoServerOptions {
  readonly voice: EchoVoice;
  /** Null: no header of the PROXY protocol is taken. Else whether a peer may send one; others are refused. */
  readonly isTrustedProxy: ((address: string) => boolean) | null;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly connectionsMax: number;
  /** 0 where this address may ask now, else the seconds until it may. */
  readonly take: (address: string, nowMs: number) => number;
  /** Called for each answer, with its status. */
  readonly onAnswer: (status: number) => void;
}

export interface EchoServer {
  /** To listen on. */
  readonly server: Server;
  /** Null without TLS: where renewed certificates go. */
  readonly https: ReturnType<typeof createHttpsServer> | null;
  close(): Promise<void>;
}

/** A request, or the header of a proxy, that has not come in this time is given up. */
const REQUEST_TIMEOUT_MS = 5_000;
const CONNECTIONS_CHECK_MS = 1_000;
const HEADER_BYTES_MAX = 4_096;

export function createEchoServer(options: EchoServerOptions): EchoServer {
  const peers = new Map<string, PeerAddress>();
  const limits = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const from = peers.get(keyOf(request.socket)) ?? peerOf(request.socket);
    if (from === null) {
      request.socket.destroy();
      return;
    }
    const nowMs = Date.now();
    const waitSeconds = options.take(from.address, performance.now());
    const answer =
      waitSeconds > 0
        ? refusal(429, `too many requests of one address: again in ${Math.ceil(waitSeconds)} s`)
        : answerTo({ method: request.method ?? '', target: request.url ?? '' }, from, options.voice, nowMs);
    send(response, answer, options.onAnswer);
  };
  const https =
    options.tls === null
      ? null
      : createHttpsServer({ ...limits, ...options.tls, handshakeTimeout: REQUEST_TIMEOUT_MS }, listener);
  const http: HttpServer = https ?? createHttpServer(limits, listener);
  answerOddRequests(http, options.onAnswer);
  const { isTrustedProxy } = options;
  const server = isTrustedProxy === null ? http : behindProxy(http, { isTrustedProxy, peers });
  server.maxConnections = options.connectionsMax;
  return {
    server,
    https,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      http.closeAllConnections();
      await closed;
    },
  };
}

function send(
  response: ServerResponse,
  { status, type, body, afterMs }: Answer,
  onAnswer: (status: number) => void,
): void {
  const write = () => {
    onAnswer(status);
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      connection: 'close',
      ...(status === 405 ? { allow: 'GET' } : {}),
    });
    response.end(body);
  };
  if (afterMs === 0) return write();
  const timer = setTimeout(write, afterMs);
  response.once('close', () => clearTimeout(timer));
}

/** Requests that Node does not hand to a listener: broken ones, tunnels, and an `Expect` that is none. */
function answerOddRequests(http: HttpServer, onAnswer: (status: number) => void): void {
  const refuse = (socket: Duplex, status: number, reason: string) => {
    socket.on('error', () => undefined);
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    onAnswer(status);
    socket.end(
      `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nCache-Control: no-store\r\nContent-Length: 0\r\n\r\n`,
    );
  };
  http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') refuse(socket, 408, 'Request Timeout');
    else if (error.code === 'HPE_HEADER_OVERFLOW') refuse(socket, 431, 'Request Header Fields Too Large');
    else refuse(socket, 400, 'Bad Request');
  });
  http.on('connect', (_request, socket) => refuse(socket, 405, 'Method Not Allowed'));
  http.on('checkExpectation', (_request, response: ServerResponse) =>
    send(response, refusal(417, 'no expectation is met'), onAnswer),
  );
}

interface ProxySide {
  readonly isTrustedProxy: (address: string) => boolean;
  readonly peers: Map<string, PeerAddress>;
}

function behindProxy(http: HttpServer, side: ProxySide): Server {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    void handOver(socket, http, side);
  });
  return server;
}

async function handOver(socket: Socket, http: HttpServer, { isTrustedProxy, peers }: ProxySide): Promise<void> {
  const own = peerOf(socket);
  if (own === null || !isTrustedProxy(own.address)) return void socket.destroy();
  const header = await takeProxyHeader(socket, REQUEST_TIMEOUT_MS);
  if (header?.kind !== 'header') return void socket.destroy();
  const key = keyOf(socket);
  if (header.peer !== null) peers.set(key, header.peer);
  socket.once('close', () => peers.delete(key));
  http.emit('connection', socket);
}

/** A connection over TLS has the same. */
function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Null for a connection that is gone. */
function peerOf({ remoteAddress, remotePort }: Socket): PeerAddress | null {
  const address = normalAddress(remoteAddress ?? '');
  return address === null || remotePort === undefined ? null : { address, port: remotePort };
}
