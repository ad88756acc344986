/** Invariant m: who removes the startup taint, when and with what (E28 to E31). */

import { DEFAULT_HEALED_ANNOTATION, SNAT_PROOF_ANNOTATION } from '../../contracts/healing/names.ts';
import { isOurs, WORKER } from '../e2e/audit-attempts.ts';
import type { Finding, Violation } from './finding.ts';
import type { WorkflowRun } from './heal-runs.ts';
import { isMarkValid, type NodeChange, type NodeState, type NodeVersion, nodeChanges } from './node-versions.ts';
import { type ProofPolicy, STARTUP_TAINT } from './policy.ts';

export interface TaintFacts {
  readonly versions: readonly NodeVersion[];
  /** At the quiet end. */
  readonly states: readonly NodeState[];
  readonly runs: readonly WorkflowRun[];
  readonly proof: ProofPolicy;
  readonly judgedMs: number;
  /** How long after its time a taint may still be there. */
  readonly lateMsMax: number;
}

/** Removals without a new proof, as `kubernetes/nodes/startup-taints.ts` bounds them. */
const RETURNS_MAX = 3;

export function judgeTaints(facts: TaintFacts): Finding {
  const changes = nodeChanges(facts.versions);
  const removals = changes.filter(({ before, after }) => isTainted(before) && !isTainted(after));
  const violations = changes.flatMap((change) => {
    const { node, atMs } = change.after;
    const problems = [removalProblem(change, facts.proof), additionProblem(change), otherProblem(change, facts)];
    return problems.flatMap((what): Violation[] => (what === null ? [] : [{ what, node, atMs }]));
  });
  const kept = facts.states.flatMap((state) => keptProblem(state, facts));
  return {
    invariant: 'm',
    checked: removals.length,
    of: 'removed startup taints',
    violations: [...violations, ...kept],
  };
}

/** A write that a killed API server left out of its log shows in the next one, whoever wrote that. */
function removalProblem({ before, after }: NodeChange, { taintCapMs }: ProofPolicy): string | null {
  if (!isTainted(before) || isTainted(after)) return null;
  const { annotations } = after.asked.metadata;
  if (after.atMs >= after.createdMs + taintCapMs && !after.disabled) return null;
  if (after.user !== WORKER) return after.marked ? null : 'its startup taint is gone, and nobody removed it';
  if (annotations[DEFAULT_HEALED_ANNOTATION] === 'true') return null;
  if (after.disabled) return 'its startup taint was removed while it was switched off';
  if (annotations[SNAT_PROOF_ANNOTATION] !== undefined) return returnProblem(before, after);
  return `its startup taint was removed ${after.atMs - after.createdMs} ms after its creation, its cap is ${taintCapMs} ms`;
}

/** E30: under the same proof, which counts it. */
function returnProblem(before: NodeVersion, after: NodeVersion): string | null {
  const returns = after.proof?.taintReturns ?? 0;
  const isSame = isMarkValid(before) && after.marked && returns === (before.proof?.taintReturns ?? 0) + 1;
  if (isSame && returns <= RETURNS_MAX) return null;
  return `its startup taint was removed again without a proof that allows it (removal ${returns})`;
}

function additionProblem({ before, after }: NodeChange): string | null {
  if (!isOurs(after)) return null;
  if (after.unschedulable && !before.unschedulable) return 'it was cordoned by us';
  return isTainted(after) && !isTainted(before) ? 'its startup taint was set by us' : null;
}

/** Compared with the version that the write was for. */
function otherProblem({ after }: NodeChange, { versions }: TaintFacts): string | null {
  const { taints } = after.asked.spec;
  if (!isOurs(after) || taints === undefined) return null;
  const read = versions.find(
    ({ version, nodeUid }) => `${version}` === after.asked.metadata.resourceVersion && nodeUid === after.nodeUid,
  );
  if (read === undefined) return null;
  const wanted = JSON.stringify(read.taints.filter(({ key }) => key !== STARTUP_TAINT));
  const written = JSON.stringify(taints);
  return wanted === written ? null : `its other taints were ${wanted}, and we wrote ${written}`;
}

/** A heal that runs keeps the cap, a proof that counts removes a taint that came back. */
function keptProblem(state: NodeState, { runs, proof, judgedMs, lateMsMax }: TaintFacts): Violation[] {
  const { node, createdMs, disabled } = state;
  const isDue = judgedMs > createdMs + proof.taintCapMs + lateMsMax;
  if (!isTainted(state) || disabled || !isDue) return [];
  const isCared = runs.some((run) => run.node === node && run.status === 'RUNNING');
  const isProven = isMarkValid(state) && state.proof !== null && state.proof.taintReturns < RETURNS_MAX;
  const isOpen = isCared && !state.marked;
  if (!isOpen && !isProven) return [];
  return [{ what: 'its startup taint is still there at the quiet end', node, atMs: judgedMs }];
}

function isTainted({ taints }: Pick<NodeState, 'taints'>): boolean {
  return taints.some(({ key }) => key === STARTUP_TAINT);
}
