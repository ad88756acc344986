/** What one run of `upgradeCluster` keeps in memory. */

import type { UpgradeClusterInput } from '../../contracts/upgrade/upgrade-cluster.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { newUpgrade, type UpgradeState } from '../../domain/upgrade/cluster-state.ts';
import { nowOf, type WorkflowTime } from '../workflow-time.ts';

/** Carried through continue-as-new: plain data only. */
export interface UpgradeResume {
  readonly state: UpgradeState;
  readonly reachedMs: number;
  readonly announced: string;
}

export interface UpgradeSession extends WorkflowTime {
  readonly input: UpgradeClusterInput;
  /** Messages replace it while an activity is under way: read it again after each await. */
  state: UpgradeState;
  /** Nodes whose maintenance is under way; nothing continues as new before they have ended. */
  readonly inWork: Set<NodeName>;
  /** Those of them whose maintenance is of this run: others may have had the node before. */
  readonly children: Set<NodeName>;
  /** Failures opened it: no node gets a slot until somebody resumes. */
  isBreakerOpen: boolean;
  /** What the nodes in work wait for where none of them moves. */
  stalled: string | null;
  /** What others were told last; empty before. */
  announced: string;
  /** Grows with everything that whoever waits has to look at again. */
  news: number;
  /** What the next run begins with; null while this one goes on. */
  handedOver: UpgradeState | null;
}

export function sessionFor(input: UpgradeClusterInput, resume: UpgradeResume | undefined): UpgradeSession {
  const reachedMs = resume?.reachedMs ?? 0;
  const state = resume?.state ?? newUpgrade(nowOf({ reachedMs }));
  const announced = resume?.announced ?? '';
  const work = { inWork: new Set<NodeName>(), children: new Set<NodeName>() };
  const looked = { isBreakerOpen: false, stalled: null };
  return { input, state, reachedMs, announced, ...work, ...looked, news: 0, handedOver: null };
}

export function resumeOf(session: UpgradeSession): UpgradeResume {
  return { state: session.state, reachedMs: nowOf(session), announced: session.announced };
}

/** Replaces the state, and wakes whoever waits. */
export function change(session: UpgradeSession, next: (state: UpgradeState, nowMs: number) => UpgradeState): void {
  session.state = next(session.state, nowOf(session));
  session.news += 1;
}
