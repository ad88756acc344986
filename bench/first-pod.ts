/** From a node's Ready to its first healing pod, by the API server's own clock: steady arrivals and a burst. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type AuditEvent, auditUser } from '../sandbox/audit.ts';
import { type Sandbox, startSandbox } from '../sandbox/start-sandbox.ts';
import { waitUntil } from '../sandbox/wait-until.ts';
import { cpuMsByProgram } from './cpu.ts';
import { type BenchResult, percentile } from './result.ts';

const ARRIVALS_PER_SECOND = 30;
const ARRIVALS = 300;
const BURST = 100;
const FIRST_PODS_TIMEOUT_MS = 120_000;
/** Each look parses the whole audit log on the cores that are measured: seldom. */
const POLL_MS = 2_000;
const POD_NAME = /^vigilante-snat-healer-(.+)-1$/;

/** All nodes are proving; the interval is long, so that only first attempts are under way. */
export async function firstPod(): Promise<BenchResult> {
  const sandbox = await startSandbox({ vigilante: { healing: { window: '30m', interval: '10m' } } });
  try {
    const processes = [await sandbox.startProcess('worker'), await sandbox.startProcess('starter')];
    await Promise.all(processes.map((process) => process.waitUntilReady()));
    await measure(sandbox, { prefix: 'warm', add: async (names) => addAtOnce(sandbox, names), count: 5 });
    const steady = await measure(sandbox, {
      prefix: 'steady',
      count: ARRIVALS,
      add: async (names) => {
        const startMs = Date.now();
        const adding = names.map(async (name, index) => {
          await sleep(Math.max(0, startMs + (index * 1_000) / ARRIVALS_PER_SECOND - Date.now()));
          await sandbox.addNode(name);
        });
        await Promise.all(adding);
      },
    });
    const burst = await measure(sandbox, { prefix: 'burst', count: BURST, add: (names) => addAtOnce(sandbox, names) });
    return {
      title: 'Ready to first pod, milliseconds, from the audit log',
      rows: [
        row(`${ARRIVALS} nodes at ${ARRIVALS_PER_SECOND} a second`, steady),
        row(`a burst of ${BURST} nodes`, burst),
      ],
    };
  } finally {
    await sandbox.stop();
  }
}

interface Measured {
  /** CPU milliseconds per node, by program. */
  readonly cpuMs: ReadonlyMap<string, number>;
  readonly latenciesMs: readonly number[];
  readonly requestsPerNode: number;
}

async function measure(
  sandbox: Sandbox,
  phase: { readonly prefix: string; readonly count: number; readonly add: (names: string[]) => Promise<void> },
): Promise<Measured> {
  const names = Array.from({ length: phase.count }, (_, index) => `${phase.prefix}-${index}`);
  const seen = (await sandbox.auditEvents()).length;
  const cpuBefore = await cpuMsByProgram(sandbox);
  await phase.add(names);
  const pods = async () => firstPods(await sandbox.auditEvents());
  const all = async () => {
    const made = await pods();
    return names.every((name) => made.has(name));
  };
  const what = `the first pods of ${phase.count} nodes`;
  await waitUntil(all, { what, timeoutMs: FIRST_PODS_TIMEOUT_MS, pollMs: POLL_MS });
  const cpuAfter = await cpuMsByProgram(sandbox);
  const cpuMs = new Map(
    [...cpuAfter].map(([program, ms]) => [program, (ms - (cpuBefore.get(program) ?? 0)) / phase.count]),
  );
  const events = await sandbox.auditEvents();
  const made = firstPods(events);
  const readyMs = new Map(events.filter(isNodeCreate).map(({ name, completedMs }) => [name, completedMs]));
  const latenciesMs = names.map((name) => (made.get(name) ?? Number.NaN) - (readyMs.get(name) ?? Number.NaN));
  const ours = new Set([auditUser('vigilante-worker'), auditUser('vigilante-starter')]);
  const requests = events.slice(seen).filter(({ user, verb }) => ours.has(user) && verb !== 'watch').length;
  return { latenciesMs, requestsPerNode: requests / phase.count, cpuMs };
}

async function addAtOnce(sandbox: Sandbox, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => sandbox.addNode(name)));
}

function isNodeCreate(event: AuditEvent): boolean {
  return event.resource === 'nodes' && event.verb === 'create' && event.code === 201;
}

function firstPods(events: readonly AuditEvent[]): Map<string, number> {
  const made = new Map<string, number>();
  for (const { resource, verb, code, name, completedMs } of events) {
    const node = resource === 'pods' && verb === 'create' && code === 201 ? POD_NAME.exec(name ?? '')?.[1] : undefined;
    if (node !== undefined && !made.has(node)) made.set(node, completedMs);
  }
  return made;
}

function row(arrivals: string, { latenciesMs, requestsPerNode, cpuMs }: Measured): Record<string, string | number> {
  const at = (percent: number) => Math.round(percentile(latenciesMs, percent));
  return {
    arrivals,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    max: at(100),
    'API requests per node': requestsPerNode.toFixed(1),
    'CPU ms per node': [...cpuMs.values()].reduce((sum, ms) => sum + ms, 0).toFixed(0),
    'of these': [...cpuMs]
      .filter(([, ms]) => ms >= 1)
      .map(([program, ms]) => `${program} ${ms.toFixed(0)}`)
      .join(', '),
  };
}
