/** Whether a node is as it is expected: what is not known is not proven (M18). */

import type { Baseline, Expectation, NodeFactsForMaintenance } from './facts.ts';

export interface Proof {
  readonly isMet: boolean;
  /** What is missing, for people; empty where the expectation is met. */
  readonly missing: readonly string[];
}

export function judgeExpectation(
  expect: Expectation,
  { baseline, facts }: { readonly baseline: Baseline; readonly facts: NodeFactsForMaintenance },
): Proof {
  const missing = [
    facts.ready ? null : 'the node is not Ready',
    kubeletProblem(expect, facts),
    controlPlaneProblem(expect, facts),
    bootProblem(expect, baseline, facts),
    expect.sentinelGone && facts.sentinel !== 'absent' ? `the sentinel of a reboot is ${facts.sentinel}` : null,
    agentProblem(expect, facts),
    healingProblem(expect, facts),
  ].filter((problem) => problem !== null);
  return { isMet: missing.length === 0, missing };
}

/** What is known of the act; `over` also where nobody knows it. */
export type ActWord = 'running' | 'over' | { readonly failed: string };

/**
 * Where no change is expected a node is as expected all the time: only the executor knows when its act is over, and
 * whether it did anything to a node that is as before. The API server is the first of several programs that are exchanged
 * on a node of the control plane: there, too, the act has to be over.
 */
export function judgeAct(
  expect: Expectation,
  { act, ...seen }: { readonly act: ActWord; readonly baseline: Baseline; readonly facts: NodeFactsForMaintenance },
): Proof {
  const proof = judgeExpectation(expect, seen);
  if (act === 'over' || (demandsChange(expect) && (act !== 'running' || !hasControlPlane(expect)))) return proof;
  if (act === 'running') return { isMet: false, missing: [...proof.missing, 'the act has not ended'] };
  if (!isUnchanged(seen.baseline, seen.facts)) return proof;
  return { isMet: false, missing: [...proof.missing, `the act failed: ${act.failed}`] };
}

/** Whether the expectation can be told apart from a node that was never touched. */
export function demandsChange(expect: Expectation): boolean {
  return expect.kubelet !== null || expect.bootIdChanged || expect.sentinelGone || hasControlPlane(expect);
}

/** Whether the API server of the node is exchanged, and so may be away meanwhile (M33). */
export function hasControlPlane({ controlPlane = null }: Expectation): boolean {
  return controlPlane !== null;
}

/** Whether the machine was started again and the pods of the node have yet to prove their network for this boot (M23). */
export function needsHealing(
  { healing: demand }: Expectation,
  { baseline, facts }: { readonly baseline: Baseline; readonly facts: NodeFactsForMaintenance },
): boolean {
  const isOpen = facts.healing === 'healed' || facts.healing === 'not-healed';
  return demand !== 'off' && isOpen && isOtherBoot(baseline, facts);
}

/** Whether nothing was done to the node since: the same boot, the same kubelet and API server, and Ready. */
export function isUnchanged(baseline: Baseline, facts: NodeFactsForMaintenance): boolean {
  const { bootId, kubelet, ready } = facts;
  return ready && bootId === baseline.bootId && kubelet === baseline.kubelet && hasSameServer(baseline, facts);
}

/** One that does not answer may be another one by now. */
function hasSameServer({ controlPlane: before }: Baseline, { controlPlane: now }: Baseline): boolean {
  if (before === undefined && now === undefined) return true;
  return before?.binary !== undefined && before.binary === now?.binary && before.emulated === now.emulated;
}

function controlPlaneProblem({ controlPlane: wanted = null }: Expectation, { controlPlane: seen = null }: Baseline) {
  if (wanted === null) return null;
  if (seen === null) return 'its API server does not answer';
  if (seen.binary === wanted.binary && seen.emulated === wanted.emulated) return null;
  return `its API server is ${seen.binary} as ${seen.emulated}, not ${wanted.binary} as ${wanted.emulated}`;
}

function kubeletProblem({ kubelet }: Expectation, facts: Baseline): string | null {
  if (kubelet === null || facts.kubelet === kubelet) return null;
  return `the kubelet is ${facts.kubelet ?? 'of an unknown version'}, not ${kubelet}`;
}

function bootProblem({ bootIdChanged }: Expectation, before: Baseline, after: Baseline): string | null {
  if (!bootIdChanged) return null;
  if (before.bootId === '' || after.bootId === '') return 'the boot id is not known';
  return isOtherBoot(before, after) ? null : 'the machine has not been started again';
}

function isOtherBoot(before: Baseline, after: Baseline): boolean {
  return before.bootId !== '' && after.bootId !== '' && before.bootId !== after.bootId;
}

function agentProblem({ connectivity }: Expectation, { agents }: NodeFactsForMaintenance): string | null {
  const isEnough = agents === 'ok' || connectivity === 'off' || (connectivity === 'where-agents' && agents === 'none');
  return isEnough ? null : `its agents are ${agents === 'none' ? 'missing' : agents}`;
}

/** A machine that was started again has to prove its network again (M23). */
function healingProblem({ healing: demand }: Expectation, { healing }: NodeFactsForMaintenance): string | null {
  if (demand === 'off' || healing === 'not-windows' || healing === 'proven') return null;
  if (demand === 'healed' && healing === 'healed') return null;
  return `its pods have not proven their network (${healing})`;
}
