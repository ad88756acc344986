/**
 * The load of the collector's benchmark, as a process of its own: posts reports over a number of connections and
 * prints what it saw as one line of JSON. Sockets and ready-made bytes instead of a client, so that it costs little
 * on the cores that are measured.
 */

import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { percentile } from './result.ts';

export interface LoadResult {
  readonly reports: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 200, and connections that broke. */
  readonly failures: number;
  readonly cpuMs: number;
}

const ANSWER_OK = 'HTTP/1.1 200';
const HEAD_END = '\r\n\r\n';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    connections: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '10' },
    agents: { type: 'string', default: '10000' },
    /** Over which the agents are spread. */
    nodes: { type: 'string', default: '100' },
    body: { type: 'string', default: '{}' },
    /** JSON list of the agents' tokens, in the order of their numbers; none: without. */
    tokens: { type: 'string', default: '[]' },
    close: { type: 'boolean', default: false },
  },
});
const port = Number(values.port);
const agents = Number(values.agents);
const seconds = Number(values.seconds);
const tokens = JSON.parse(values.tokens) as readonly string[];
const requests = Array.from({ length: agents }, (_, index) => requestOf(index, tokens[index]));

let next = 0;
let failures = 0;
const latenciesMs: number[] = [];
const startedMs = performance.now();
const endMs = startedMs + seconds * 1_000;

await Promise.all(
  Array.from({ length: Number(values.connections) }, () => (values.close ? reconnecting() : keptAlive())),
);

const tookSeconds = (performance.now() - startedMs) / 1_000;
const { user, system } = process.cpuUsage();
const result: LoadResult = {
  reports: latenciesMs.length,
  seconds: tookSeconds,
  p50Ms: latenciesMs.length === 0 ? 0 : percentile(latenciesMs, 50),
  p99Ms: latenciesMs.length === 0 ? 0 : percentile(latenciesMs, 99),
  failures,
  cpuMs: (user + system) / 1_000,
};
process.stdout.write(`${JSON.stringify(result)}\n`);

function requestOf(index: number, token: string | undefined): Buffer {
  const name = `agent-${index}`;
  const body = values.body.replace('AGENT', name).replace('NODE', `node-${index % Number(values.nodes)}`);
  const connection = values.close ? 'Connection: close\r\n' : '';
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
  return Buffer.from(
    `POST /api/v1/agents/${name} HTTP/1.1\r\nHost: collector\r\nContent-Type: application/json\r\n${connection}${authorization}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

async function keptAlive(): Promise<void> {
  const socket = await opened();
  while (performance.now() < endMs) await exchange(socket);
  socket.destroy();
}

async function reconnecting(): Promise<void> {
  while (performance.now() < endMs) {
    const beganMs = performance.now();
    const socket = await opened();
    await exchange(socket, beganMs);
    socket.destroy();
  }
}

function opened(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.setEncoding('latin1');
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** An answer to a report has no body: it ends with its head. */
function exchange(socket: Socket, beganMs = performance.now()): Promise<void> {
  const request = requests[next++ % agents];
  return new Promise((resolve) => {
    let head = '';
    const done = (ok: boolean) => {
      socket.off('data', onData).off('close', onClose).off('error', onClose);
      if (ok) latenciesMs.push(performance.now() - beganMs);
      else failures += 1;
      resolve();
    };
    const onData = (text: string) => {
      head += text;
      if (head.includes(HEAD_END)) done(head.startsWith(ANSWER_OK));
    };
    const onClose = () => done(false);
    socket.on('data', onData).on('close', onClose).on('error', onClose);
    if (request !== undefined) socket.write(request);
  });
}
