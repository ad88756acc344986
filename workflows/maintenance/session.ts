/** What one run of `maintainNode` keeps in memory. */

import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { MaintainNodeInput } from '../../contracts/maintenance/maintain-node.ts';
import { drains } from '../../domain/maintenance/facts.ts';
import { type MaintenanceState, newMaintenance } from '../../domain/maintenance/state.ts';
import { nowOf, type WorkflowTime } from '../workflow-time.ts';

/** Carried through continue-as-new: plain data only. */
export interface MaintainNodeResume {
  readonly state: MaintenanceState;
  readonly reachedMs: number;
}

export interface MaintenanceSession extends WorkflowTime {
  readonly input: MaintainNodeInput;
  /** Signals replace it while an activity is under way: read it again after each await. */
  state: MaintenanceState;
  /** Ends what is under way for long, where that may be ended. */
  interrupt: (() => void) | null;
  /** What the next run begins with; null while this one goes on. */
  handedOver: MaintenanceState | null;
}

export function sessionFor(input: MaintainNodeInput, resume: MaintainNodeResume | undefined): MaintenanceSession {
  const { expect, phase, executor } = input;
  const given = { expect, drains: drains(phase), recovers: executor === null };
  const session = { input, reachedMs: resume?.reachedMs ?? 0, interrupt: null, handedOver: null };
  return { ...session, state: resume?.state ?? newMaintenance(given, nowOf(session)) };
}

export function resumeOf(session: MaintenanceSession): MaintainNodeResume {
  return { state: session.state, reachedMs: nowOf(session) };
}

/** Null where it was interrupted before it could answer. */
export async function interruptible<T>(session: MaintenanceSession, run: () => Promise<T>): Promise<T | null> {
  const scope = new CancellationScope();
  session.interrupt = () => scope.cancel();
  try {
    return await scope.run(run);
  } catch (error) {
    if (isCancellation(error)) return null;
    throw error;
  } finally {
    session.interrupt = null;
  }
}
