/** Shows a watch of privileges to others: its status, its search attributes, the current details in the Temporal UI. */

import { setCurrentDetails } from '@temporalio/workflow';
import type { PrivilegesStatus } from '../../contracts/privileges/watch-privileges.ts';
import { VIGILANTE_CLUSTER } from '../../contracts/search-attributes.ts';
import { describePrivileges, privilegesState } from '../../domain/privileges/messages.ts';
import { stateAttribute, writeState } from '../state-attribute.ts';
import type { PrivilegesSession } from './session.ts';

export function showState(session: PrivilegesSession): void {
  setCurrentDetails(describePrivileges(statusOf(session)));
  if (!session.input.searchAttributes) return;
  session.stateAttribute ??= stateAttribute(session.resumedState);
  const cluster = { key: VIGILANTE_CLUSTER, value: session.input.cluster };
  writeState(session.stateAttribute, privilegesState(session), [cluster]);
}

export function statusOf(session: PrivilegesSession): PrivilegesStatus {
  const { input, report, unavailable, writeProblem, lastEvaluationMs, dueMs, evaluations } = session;
  return {
    cluster: input.cluster,
    state: privilegesState(session),
    report,
    unavailable,
    writeProblem,
    lastEvaluationMs,
    nextEvaluationMs: dueMs,
    evaluations,
  };
}
