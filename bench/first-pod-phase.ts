/** One phase of the benchmark `first-pod`: nodes become Ready, and each gets its first healing pod. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEvent } from '../sandbox/audit.ts';
import type { Sandbox } from '../sandbox/start-sandbox.ts';
import { waitUntil } from '../sandbox/wait-until.ts';
import { cpuMsBetween, useByProgram } from './processes.ts';

export interface Phase {
  readonly prefix: string;
  readonly count: number;
  /** Null: all at once. */
  readonly perSecond: number | null;
  readonly annotations: Readonly<Record<string, string>>;
  /** Names in the audit log of those whose requests are counted. */
  readonly users: readonly string[];
}

export interface PhaseResult {
  /** CPU milliseconds per node, by program. */
  readonly cpuMs: ReadonlyMap<string, number>;
  readonly latenciesMs: readonly number[];
  readonly requestsPerNode: number;
}

const AT_ONCE = 16;
const FIRST_PODS_TIMEOUT_MS = 120_000;
/** Each look parses the whole audit log on the cores that are measured: seldom. */
const POLL_MS = 2_000;
const IDLE_POLL_MS = 1_000;
/** Of all processes together in that time. */
const IDLE_CPU_MS = 250;
const POD_NAME = /^vigilante-snat-healer-(.+)-1$/;

/** The nodes are there before, not Ready: what is measured begins with the status patch that makes them Ready. */
export async function runPhase(sandbox: Sandbox, phase: Phase): Promise<PhaseResult> {
  const names = Array.from({ length: phase.count }, (_, index) => `${phase.prefix}-${index}`);
  await addNodes(sandbox, names, phase.annotations);
  await settle(sandbox);
  const seen = (await sandbox.auditEvents()).length;
  const usedBefore = await useByProgram(sandbox);
  await makeReady(sandbox, names, phase.perSecond);
  const all = async () => {
    const made = firstPods(await sandbox.auditEvents());
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
  const ours = new Set(phase.users);
  const requests = events.slice(seen).filter(({ user, verb }) => ours.has(user) && verb !== 'watch').length;
  return { latenciesMs, requestsPerNode: requests / phase.count, cpuMs };
}

async function addNodes(
  sandbox: Sandbox,
  names: readonly string[],
  annotations: Readonly<Record<string, string>>,
): Promise<void> {
  const rest = [...names];
  const addSome = async () => {
    for (let name = rest.pop(); name !== undefined; name = rest.pop())
      await sandbox.addNode(name, { ready: false, annotations });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, addSome));
}

async function makeReady(sandbox: Sandbox, names: readonly string[], perSecond: number | null): Promise<void> {
  const startMs = Date.now();
  const becoming = names.map(async (name, index) => {
    if (perSecond !== null) await sleep(Math.max(0, startMs + (index * 1_000) / perSecond - Date.now()));
    await sandbox.setNodeReady(name, true);
  });
  await Promise.all(becoming);
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
