/** What the collector does now and then: notes changes of agents, and removes what is gone. */

import { keptForMs } from '../../domain/connectivity/agent-judgement.ts';
import { messageOf } from '../../domain/error-message.ts';
import type { Log } from '../../runtime/log.ts';
import type { RateLimit } from '../../runtime/rate-limit.ts';
import type { AgentHistory } from '../api/agent-history.ts';
import type { Authentication } from '../authentication/authentication.ts';
import type { Heartbeat } from '../verdict/heartbeat.ts';
import type { Judged, Judging } from '../verdict/verdict.ts';
import type { AgentRegistry } from './agent-registry.ts';
import type { ReportClock } from './clock.ts';
import type { KnownAgent } from './known-agent.ts';
import { STRANGER_KEPT_MS } from './places.ts';

export interface HousekeepingDeps {
  readonly registry: Pick<AgentRegistry, 'agents' | 'isExpected' | 'outages' | 'remove'>;
  /** While nothing is known nothing is removed. */
  readonly judge: () => Judging;
  readonly history: AgentHistory;
  readonly heartbeat: Heartbeat;
  readonly rateLimit: RateLimit;
  readonly authentication: Pick<Authentication, 'sweep'> | null;
  readonly reportTtlMs: number;
  readonly log: Log;
  readonly clock: ReportClock;
}

/** Changes that are logged one by one; the others are only counted. */
const CHANGES_LOGGED_MAX = 20;

export async function runHousekeeping(deps: HousekeepingDeps): Promise<void> {
  const { history, heartbeat, rateLimit, log, clock } = deps;
  heartbeat.beat(clock.nowMs(), deps.registry.outages());
  rateLimit.sweep(clock.nowMs());
  deps.authentication?.sweep();
  const judging = deps.judge();
  if (judging.kind === 'unknown') return;
  const { judged } = judging;
  const changes = history.note(judged);
  for (const { agent, node, from, to, detail } of changes.slice(0, CHANGES_LOGGED_MAX)) {
    log.info({ agent, node, from, to }, `agent ${agent}: ${from ?? 'new'} → ${to ?? 'gone'}: ${detail}`);
  }
  if (changes.length > CHANGES_LOGGED_MAX) log.info(`and ${changes.length - CHANGES_LOGGED_MAX} more agents changed`);
  await removeGone(deps, judged);
}

/** Reports that are past their time, and are not those of a pod that is there. */
async function removeGone({ registry, reportTtlMs, log, clock }: HousekeepingDeps, judged: Judged): Promise<void> {
  const inUse = new Set(judged.agents.flatMap(({ report }) => (report === null ? [] : [report.name])));
  const timeOf = (agent: KnownAgent) =>
    agent.pod === null && !registry.isExpected(agent.podName) ? STRANGER_KEPT_MS : keptForMs(agent, { reportTtlMs });
  const gone = [...registry.agents()]
    .filter((agent) => !inUse.has(agent.name) && clock.nowMs() - agent.receivedMs > timeOf(agent))
    .map(({ name }) => name);
  try {
    await registry.remove(gone);
    if (gone.length > 0) log.info(`removed the reports of ${gone.length} agents whose pods are gone`);
  } catch (error) {
    log.warn(`the reports of ${gone.length} agents whose pods are gone are not removed yet: ${messageOf(error)}`);
  }
}
