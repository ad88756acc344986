/** What the collector does now and then: notes changes of agents, and removes what is gone. */

import { type Log, messageOf } from '../runtime/log.ts';
import type { AgentHistory } from './agent-history.ts';
import type { AgentRegistry } from './agent-registry.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Judged } from './verdict.ts';

export interface HousekeepingDeps {
  readonly registry: Pick<AgentRegistry, 'agents' | 'outages' | 'remove'>;
  /** Null while pods or nodes are not known: then nothing is removed. */
  readonly judge: () => Judged | null;
  readonly history: AgentHistory;
  readonly heartbeat: Heartbeat;
  readonly rateLimit: RateLimit;
  readonly reportTtlMs: number;
  readonly log: Log;
  readonly now: () => number;
}

/** Changes that are told one by one; of more only the number. */
const CHANGES_LOGGED_MAX = 20;

export async function keepHouse(deps: HousekeepingDeps): Promise<void> {
  const { history, heartbeat, rateLimit, log, now } = deps;
  heartbeat.beat(now(), deps.registry.outages());
  rateLimit.sweep(now());
  const judged = deps.judge();
  if (judged === null) return;
  const changes = history.note(judged);
  for (const { agent, node, from, to, detail } of changes.slice(0, CHANGES_LOGGED_MAX)) {
    log.info({ agent, node, from, to }, `agent ${agent}: ${from ?? 'new'} → ${to ?? 'gone'}: ${detail}`);
  }
  if (changes.length > CHANGES_LOGGED_MAX) log.info(`and ${changes.length - CHANGES_LOGGED_MAX} more agents changed`);
  await removeGone(deps, judged);
}

/** Reports that are past their time, of agents whose pod is not there any more. */
async function removeGone({ registry, reportTtlMs, log, now }: HousekeepingDeps, judged: Judged): Promise<void> {
  const expected = new Set(judged.agents.map(({ pod }) => pod.name));
  const gone = [...registry.agents()]
    .filter(({ name, lastUpdatedMs }) => !expected.has(name) && now() - lastUpdatedMs > reportTtlMs)
    .map(({ name }) => name);
  try {
    await registry.remove(gone);
    if (gone.length > 0) log.info(`removed the reports of ${gone.length} agents whose pods are gone`);
  } catch (error) {
    log.warn(`the reports of ${gone.length} agents whose pods are gone are not removed yet: ${messageOf(error)}`);
  }
}
