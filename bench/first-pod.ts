/** From a node's Ready to its first healing pod, by the API server's own clock: steady arrivals and a burst. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type AuditEvent, auditUser } from '../sandbox/audit.ts';
import { type Sandbox, startSandbox } from '../sandbox/start-sandbox.ts';
import { waitUntil } from '../sandbox/wait-until.ts';
import { cpuMsBetween, useByProgram } from './processes.ts';
import { type BenchResult, percentile } from './result.ts';

const ARRIVALS_PER_SECOND = 30;
const ARRIVALS = 300;
const WARM_UP = 10;
const BURST = 100;
const FIRST_PODS_TIMEOUT_MS = 120_000;
/** Each look parses the whole audit log on the cores that are measured: seldom. */
const POLL_MS = 2_000;
const IDLE_POLL_MS = 1_000;
/** Of all processes together in that time. */
const IDLE_CPU_MS = 250;
const POD_NAME = /^vigilante-snat-healer-(.+)-1$/;

/**
 * The nodes are there before, not Ready: what is measured begins with the status patch that makes them Ready. The
 * interval is long, so that only first attempts are under way.
 */
export async function firstPod(): Promise<BenchResult> {
  const sandbox = await startSandbox({ vigilante: { healing: { window: '30m', interval: '10m' } } });
  try {
    const processes = [await sandbox.startProcess('worker'), await sandbox.startProcess('starter')];
    await Promise.all(processes.map((process) => process.waitUntilReady()));
    const atOnce = async (names: readonly string[]) => {
      await Promise.all(names.map((name) => sandbox.setNodeReady(name, true)));
    };
    await measure(sandbox, { prefix: 'warm', count: WARM_UP, makeReady: atOnce });
    const steady = await measure(sandbox, {
      prefix: 'steady',
      count: ARRIVALS,
      makeReady: async (names) => {
        const startMs = Date.now();
        const arriving = names.map(async (name, index) => {
          await sleep(Math.max(0, startMs + (index * 1_000) / ARRIVALS_PER_SECOND - Date.now()));
          await sandbox.setNodeReady(name, true);
        });
        await Promise.all(arriving);
      },
    });
    const burst = await measure(sandbox, { prefix: 'burst', count: BURST, makeReady: atOnce });
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
  phase: {
    readonly prefix: string;
    readonly count: number;
    readonly makeReady: (names: readonly string[]) => Promise<void>;
  },
): Promise<Measured> {
  const names = Array.from({ length: phase.count }, (_, index) => `${phase.prefix}-${index}`);
  for (const name of names) await sandbox.addNode(name, { ready: false });
  await settle(sandbox);
  const seen = (await sandbox.auditEvents()).length;
  const usedBefore = await useByProgram(sandbox);
  await phase.makeReady(names);
  const pods = async () => firstPods(await sandbox.auditEvents());
  const all = async () => {
    const made = await pods();
    return names.every((name) => made.has(name));
  };
  const what = `the first pods of ${phase.count} nodes`;
  await waitUntil(all, { what, timeoutMs: FIRST_PODS_TIMEOUT_MS, pollMs: POLL_MS });
  const used = cpuMsBetween(usedBefore, await useByProgram(sandbox));
  const cpuMs = new Map([...used].map(([program, ms]) => [program, ms / phase.count]));
  const events = await sandbox.auditEvents();
  const made = firstPods(events);
  const readyMs = new Map(events.filter(isMadeReady).map(({ name, completedMs }) => [name, completedMs]));
  const latenciesMs = names.map((name) => (made.get(name) ?? Number.NaN) - (readyMs.get(name) ?? Number.NaN));
  const ours = new Set([auditUser('vigilante-worker'), auditUser('vigilante-starter')]);
  const requests = events.slice(seen).filter(({ user, verb }) => ours.has(user) && verb !== 'watch').length;
  return { latenciesMs, requestsPerNode: requests / phase.count, cpuMs };
}

/** Until the processes have been almost idle for a second, so that one phase does not pay for another. */
async function settle(sandbox: Sandbox): Promise<void> {
  const totalMs = async () => [...(await useByProgram(sandbox)).values()].reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  let beforeMs = await totalMs();
  const isIdle = async () => {
    const nowMs = await totalMs();
    const usedMs = nowMs - beforeMs;
    beforeMs = nowMs;
    return usedMs < IDLE_CPU_MS;
  };
  await sleep(IDLE_POLL_MS);
  await waitUntil(isIdle, { what: 'the sandbox to be idle', timeoutMs: FIRST_PODS_TIMEOUT_MS, pollMs: IDLE_POLL_MS });
}

function isMadeReady(event: AuditEvent): boolean {
  return event.resource === 'nodes' && event.subresource === 'status' && event.verb === 'patch' && event.code === 200;
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
