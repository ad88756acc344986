/**
 * The load of the benchmark `collector-restarts`, as a process of its own: agents report on their schedule, or as fast
 * as some connections allow, until standard input ends; then it prints what it saw as one line of JSON. Each report
 * carries a greater number than its agent's last one, in the place of the uptime. Nothing is sent twice.
 */

import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

export interface RestartLoadResult {
  readonly sent: number;
  readonly acknowledged: number;
  /** By status; `none` where no answer came. */
  readonly refused: Readonly<Record<string, number>>;
  /** Number of the newest acknowledged report of each agent; 0 for none. */
  readonly newest: readonly number[];
  /** Moments at which something was acknowledged, each rounded down to 10 ms, in order. */
  readonly acknowledgedMs: readonly number[];
}

const HEAD_END = '\r\n\r\n';
const STATUS = /^HTTP\/1\.1 (\d{3})/;
const ROUND_MS = 10;
const ANSWER_TIMEOUT_MS = 30_000;
/** After a refused connection a client that reports without pause waits so long. */
const PAUSE_MS = 20;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    agents: { type: 'string', default: '10000' },
    nodes: { type: 'string', default: '100' },
    /** Seconds from one report of an agent to its next; 0: without pause over `connections`. */
    interval: { type: 'string', default: '60' },
    connections: { type: 'string', default: '16' },
    body: { type: 'string', default: '{}' },
    /** What the numbers of the reports begin above. */
    above: { type: 'string', default: '0' },
  },
});
const port = Number(values.port);
const agents = Number(values.agents);
const intervalMs = Number(values.interval) * 1_000;
const [before = '', after = ''] = values.body.split('"UPTIME"');
const lastNumber = Array.from({ length: agents }, () => Number(values.above));
const newest = Array.from({ length: agents }, () => 0);
const refused: Record<string, number> = {};
const acknowledgedMs: number[] = [];
let sent = 0;
let acknowledged = 0;
const ending = new AbortController();
process.stdin.resume().once('end', () => ending.abort());

await (intervalMs > 0 ? onSchedule() : withoutPause(Number(values.connections)));
const result: RestartLoadResult = { sent, acknowledged, refused, newest, acknowledgedMs };
process.stdout.write(`${JSON.stringify(result)}\n`);

/** Spread evenly over the interval; each report has a connection of its own, as the original agent's. */
async function onSchedule(): Promise<void> {
  const startMs = performance.now();
  const underWay = new Set<Promise<void>>();
  for (let index = 0; !ending.signal.aborted; index++) {
    const dueMs = startMs + (index * intervalMs) / agents;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) await sleep(earlyMs);
    const exchange = reportOnce(index % agents).finally(() => underWay.delete(exchange));
    underWay.add(exchange);
  }
  await Promise.all(underWay);
}

/** Each connection has agents of its own, so that no agent has two reports under way. */
async function withoutPause(connections: number): Promise<void> {
  const report = async (first: number) => {
    let socket = await opened();
    for (
      let agent = first;
      !ending.signal.aborted;
      agent = agent + connections < agents ? agent + connections : first
    ) {
      if (socket?.readable !== true) socket = await opened();
      const status = await exchange(socket, agent);
      if (status === null) await sleep(PAUSE_MS);
    }
    socket?.destroy();
  };
  await Promise.all(Array.from({ length: connections }, (_, first) => report(first)));
}

async function reportOnce(agent: number): Promise<void> {
  const socket = await opened();
  await exchange(socket, agent, 'Connection: close\r\n');
  socket?.destroy();
}

/** Null where nothing listens. */
function opened(): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.setEncoding('latin1');
    socket.once('connect', () => resolve(socket));
    socket.on('error', () => resolve(null));
  });
}

/** Returns the status, null where no answer came, and counts it. */
async function exchange(socket: Socket | null, agent: number, header = ''): Promise<string | null> {
  const number = (lastNumber[agent] ?? Number(values.above)) + 1;
  lastNumber[agent] = number;
  sent += 1;
  const status = socket === null ? null : await answerTo(socket, requestOf(agent, number, header));
  if (status === '200') {
    acknowledged += 1;
    newest[agent] = number;
    const nowMs = Math.floor(Date.now() / ROUND_MS) * ROUND_MS;
    if (acknowledgedMs.at(-1) !== nowMs) acknowledgedMs.push(nowMs);
  } else {
    refused[status ?? 'none'] = (refused[status ?? 'none'] ?? 0) + 1;
  }
  return status;
}

function answerTo(socket: Socket, request: string): Promise<string | null> {
  return new Promise((resolve) => {
    let text = '';
    const timer = setTimeout(() => socket.destroy(), ANSWER_TIMEOUT_MS);
    const done = (status: string | null) => {
      clearTimeout(timer);
      socket.off('data', onData).off('close', onClose);
      resolve(status);
    };
    const onData = (part: string) => {
      text += part;
      if (text.includes(HEAD_END)) done(STATUS.exec(text)?.[1] ?? null);
    };
    const onClose = () => done(null);
    if (socket.destroyed) return resolve(null);
    socket.on('data', onData).on('close', onClose);
    socket.write(request);
  });
}

function requestOf(agent: number, number: number, header: string): string {
  const name = `agent-${agent}`;
  const body = `${before}${number}${after}`
    .replace('AGENT', name)
    .replace('NODE', `node-${agent % Number(values.nodes)}`);
  return `POST /api/v1/agents/${name} HTTP/1.1\r\nHost: collector\r\nContent-Type: application/json\r\n${header}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
