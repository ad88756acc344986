/** What an upgrade does and waits for, in words. */

import { clockTime } from '../clock-time.ts';
import type { UpgradeState } from './cluster-state.ts';

export const UPGRADE_STATES = [
  'planning',
  'checking',
  'waiting-for-approval',
  'running',
  'soaking',
  'paused',
  'halted',
  'checking-afterwards',
  'ended',
] as const;
export type UpgradeStateName = (typeof UPGRADE_STATES)[number];

export function stateName(
  state: UpgradeState,
  { isPaused, isInWork }: { readonly isPaused: boolean; readonly isInWork: boolean },
): UpgradeStateName {
  if (state.finish !== null) return 'ended';
  if (state.problems.length > 0) return 'halted';
  if (isInWork) return 'running';
  if (isPaused) return 'paused';
  if (state.halt?.kind === 'approval') return 'waiting-for-approval';
  if (state.halt !== null) return 'halted';
  if (state.after !== null && !state.after.isOver) return 'checking-afterwards';
  if (state.soak !== null && state.soak.provenMs < state.soak.needMs) return 'soaking';
  if (!state.isLooked) return 'planning';
  return state.isChecked ? 'running' : 'checking';
}

interface WaitsSeen {
  readonly isPaused: boolean;
  readonly isBreakerOpen: boolean;
  /** What the nodes in work wait for where none of them moves. */
  readonly stalled: string | null;
}

export function waitsOf(state: UpgradeState, { isPaused, isBreakerOpen, stalled }: WaitsSeen): readonly string[] {
  const { problems, halt, pause, soak, after } = state;
  const isSoaking = soak !== null && soak.provenMs < soak.needMs;
  return [
    ...problems.map(({ node, kind, detail }) => `${node} is ${kind}: ${detail}; skip or retry it, or abort the run`),
    ...(stalled === null || isBreakerOpen ? [] : [stalled]),
    ...(isBreakerOpen ? ['failures opened the breaker: no node gets a slot until somebody resumes'] : []),
    ...(halt === null ? [] : halt.reasons.map((reason) => `${halt.kind}: ${reason}`)),
    ...(isPaused && pause !== null ? [`paused until ${clockTime(pause.untilMs)} by ${pause.by}: ${pause.reason}`] : []),
    ...(isSoaking ? [soakText(soak.needMs - soak.provenMs, soak.reason)] : []),
    ...(after === null ? [] : after.broken.map((one) => `broken: ${one.namespace}/${one.workload} (${one.state})`)),
  ];
}

function soakText(leftMs: number, reason: string): string {
  return `${Math.ceil(leftMs / 1_000)} s without alerts are left to prove${reason === '' ? '' : `: ${reason}`}`;
}

/** Such as `wave 1 of 2`. */
export function waveName({ view, stage }: Pick<UpgradeState, 'view' | 'stage'>): string {
  const count = view?.rules.waves.length ?? 0;
  if (stage === 0) return 'canary';
  return stage > count ? 'the rest' : `wave ${stage} of ${count}`;
}
