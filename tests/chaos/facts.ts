/** All that a run is judged by: the audit log, the state of API server and Temporal, histories, logs, `/proc`. */

import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEvent } from '../../sandbox/audit.ts';
import type { SandboxNode } from '../../sandbox/nodes.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { fetchRuns, type WorkflowRun } from './heal-runs.ts';
import { windowsNodes } from './node-faults.ts';
import { listNodeStates, type NodeState } from './node-versions.ts';
import { type ListedPod, listHealingPods, type SeenPod } from './pod-witness.ts';
import { type ChaosPolicy, overlapMsMax } from './policy.ts';
import { replayFailures } from './replays.ts';
import type { ClockCheck, StoreCheck } from './report-stream.ts';
import type { Disturbance } from './timeline.ts';
import type { ChaosWorld } from './world.ts';

const HISTORIES_TIMEOUT_MS = 180_000;

export interface ChaosFacts {
  readonly policy: ChaosPolicy;
  readonly events: readonly AuditEvent[];
  readonly runs: readonly WorkflowRun[];
  readonly nodes: readonly SandboxNode[];
  /** The same nodes with what their marks are worth, and the others. */
  readonly states: readonly NodeState[];
  /** Nodes whose pods prove, and that were not healed in the quiet end. */
  readonly unsettled: readonly string[];
  readonly seenPods: readonly SeenPod[];
  /** Twice, with the longest time between that a pod in its place may live. */
  readonly podsBefore: readonly ListedPod[];
  readonly podsAfter: readonly ListedPod[];
  readonly podsAfterMs: number;
  readonly disturbances: readonly Disturbance[];
  readonly workerLogs: string;
  /** Messages by run id: histories that do not replay on the newest workflows of the run. */
  readonly replayFailures: ReadonlyMap<string, string>;
  readonly storeChecks: readonly StoreCheck[];
  readonly clockChecks: readonly ClockCheck[];
  readonly answers: ReadonlyMap<number, number>;
  readonly withoutToken: ReadonlyMap<number, number>;
  readonly judgedMs: number;
}

/** The world runs on meanwhile, without faults. */
export async function gatherFacts(world: ChaosWorld, policy: ChaosPolicy): Promise<Omit<ChaosFacts, 'unsettled'>> {
  const { sandbox, client, reports, replicas } = world;
  const podsBefore = await listHealingPods(sandbox.api);
  await sleep(overlapMsMax(policy));
  const podsAfter = await listHealingPods(sandbox.api);
  const podsAfterMs = Date.now();
  await world.pods.stop();
  const nodes = await windowsNodes(world);
  const states = await listNodeStates(sandbox.api);
  const judgedMs = Date.now();
  // Before the histories: heals may go on, and each write in the log must be asked for by one of them.
  const events = await sandbox.auditEvents();
  // A Temporal that has just come back may not know its namespace yet.
  const runs = await waitUntil(() => fetchRuns(client).catch(() => null), {
    what: 'the histories',
    timeoutMs: HISTORIES_TIMEOUT_MS,
  });
  const logs = replicas.all
    .filter(({ name }) => name.startsWith('worker'))
    .map((replica) => readFile(replica.current()?.logPath ?? '', 'utf8'));
  return {
    policy,
    events,
    runs,
    nodes,
    states,
    podsBefore,
    podsAfter,
    podsAfterMs,
    judgedMs,
    seenPods: [...world.pods.pods.values()],
    disturbances: world.timeline.disturbances,
    workerLogs: (await Promise.all(logs)).join('\n'),
    replayFailures: await replayFailures(runs, (await world.nextCheckout) ?? world.checkout),
    storeChecks: world.storeChecks,
    clockChecks: world.clockChecks,
    answers: reports.answers,
    withoutToken: reports.withoutToken,
  };
}
