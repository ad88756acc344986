/** The search attribute `VigilanteState`: written when the state changes, decided by the history alone. */

import { patched, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import {
  type SearchAttributePair,
  STATE_MEMO,
  VIGILANTE_STATE,
  WITHOUT_SEARCH_ATTRIBUTES,
} from '../contracts/search-attributes.ts';

/**
 * Heals and watches of version 0.1 compare with the search attributes that they were started with. The server leaves out
 * of a history what is not registered any more, so that a replay compares with something else. May go when no workflow
 * of version 0.1 runs.
 */
const STATE_KEPT = 'state-kept-in-workflow';

export interface StateAttribute {
  /** What was written last; null when nothing was, undefined where only the server knows: see `STATE_KEPT`. */
  written: string | null | undefined;
  /** In this run. */
  writes: number;
}

/** @param resumed what the run before wrote last */
export function stateAttribute(resumed: string | null | undefined): StateAttribute {
  return { written: resumed ?? startedWith() ?? (patched(STATE_KEPT) ? null : undefined), writes: 0 };
}

/**
 * Writes the state where it changed. The worker knows whether the attributes are registered: where
 * they are not, a marker in the history says that nothing was written, and the workflow goes on without.
 */
export function writeState(attribute: StateAttribute, state: string, others: readonly SearchAttributePair[]): void {
  const before = attribute.written === undefined ? stateOnServer() : attribute.written;
  if (before === state) return;
  attribute.written = state;
  attribute.writes += 1;
  if (patched(`${WITHOUT_SEARCH_ATTRIBUTES}${attribute.writes}`)) return;
  upsertSearchAttributes([{ key: VIGILANTE_STATE, value: state }, ...others]);
}

/** The memo stays in the history even if the search attributes are removed. Anyone may have written it. */
function startedWith(): string | null {
  const state = workflowInfo().memo?.[STATE_MEMO];
  return typeof state === 'string' ? state : null;
}

function stateOnServer(): string | undefined {
  return workflowInfo().typedSearchAttributes.get(VIGILANTE_STATE);
}
