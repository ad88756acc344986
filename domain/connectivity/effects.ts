/** What an evaluation has to do to nodes, in portions: conditions to write, heals to restart; and what came of it. */

import type { NodeRef, NodeUid } from '../node/identity.ts';
import { NODES_ALARMED_MAX, type NodeReason, type NodeWatch, type WatchRules } from './node-alarms.ts';
import type { WatchState } from './watch.ts';

export interface NodeConnectivityChange {
  readonly node: NodeRef;
  /** Whether an alarm begins; otherwise it is over. */
  readonly alarmed: boolean;
  readonly reason: NodeReason;
  /** For people, one sentence. */
  readonly message: string;
  /** When the watch decided it: time of the condition's change, and part of the Event's name. */
  readonly changedMs: number;
}

/** A node whose condition says that its agents do not report. */
export interface AlarmedNode {
  readonly node: NodeRef;
  readonly os: string | null;
  readonly sinceMs: number;
}

/** Nodes written after one evaluation; the others follow after the next ones. */
export const CHANGES_MAX = 100;
/** Heals restarted after one evaluation; the others follow after the next ones, while they are alarmed. */
export const HEALS_MAX = 10;
/** Restarted nodes that are remembered; where all of these are within their window, no other heal is restarted. */
export const RESTARTS_MAX = 1_000;

/** Empty while nothing changed. */
export function dueChanges({ nodes }: WatchState): readonly NodeConnectivityChange[] {
  return nodes
    .filter((node) => node.alarmed !== node.recorded)
    .slice(0, CHANGES_MAX)
    .map(({ name, uid, alarmed, reason, message, changedMs }) => ({
      node: { name, uid },
      alarmed,
      reason,
      message,
      changedMs,
    }));
}

/** Written nodes that are fine are forgotten, and so are those that are gone. Others stay due. */
export function changesDone(
  state: WatchState,
  done: readonly { readonly change: NodeConnectivityChange; readonly gone: boolean }[],
): WatchState {
  const byUid = new Map(done.map((one) => [one.change.node.uid, one]));
  const nodes = state.nodes.flatMap((node): NodeWatch[] => {
    const one = byUid.get(node.uid);
    if (one === undefined) return [node];
    const recorded = one.change.alarmed;
    // A streak is worth keeping also while the condition is written.
    return one.gone || (!node.alarmed && !recorded && node.row === 0) ? [] : [{ ...node, recorded }];
  });
  return { ...state, nodes };
}

/** Windows nodes that fail right now, are alarmed, and had no restart within the last healing window. */
export function dueHeals(state: WatchState, rules: WatchRules, nowMs: number): readonly NodeWatch[] {
  if (!rules.restartHealing) return [];
  const quiet = new Map(
    state.restarts.filter(({ untilMs }) => untilMs > nowMs).map(({ uid, untilMs }) => [uid, untilMs]),
  );
  const room = Math.min(HEALS_MAX, RESTARTS_MAX - quiet.size);
  return state.nodes
    .filter(({ alarmed, healDue, row, uid }) => alarmed && healDue && row === 0 && !quiet.has(uid))
    .slice(0, Math.max(0, room));
}

/** `quietMs`: for how long the node's heal is not restarted again. */
export function healDone(
  state: WatchState,
  uid: NodeUid,
  at: { readonly nowMs: number; readonly quietMs: number },
): WatchState {
  const others = state.restarts.filter((restart) => restart.uid !== uid && restart.untilMs > at.nowMs);
  return {
    ...state,
    nodes: state.nodes.map((node) => (node.uid === uid ? { ...node, healDue: false } : node)),
    restarts: [...others, { uid, untilMs: at.nowMs + at.quietMs }],
  };
}

/** Nodes whose condition an earlier watch left as alarmed: this one ends their alarm when they are fine. */
export function adoptNodes(state: WatchState, found: readonly AlarmedNode[]): WatchState {
  const uids = new Set(found.map(({ node }) => node.uid));
  const others = state.nodes.filter(({ uid }) => !uids.has(uid));
  const adopted = found.slice(0, NODES_ALARMED_MAX).map(({ node: { name, uid }, os, sinceMs }): NodeWatch => {
    const message = 'alarmed by an earlier watch';
    return {
      name,
      uid,
      os,
      alarmed: true,
      recorded: true,
      row: 0,
      changedMs: sinceMs,
      reason: 'AgentsAbsent',
      message,
      healDue: false,
    };
  });
  return { ...state, nodes: [...others, ...adopted] };
}
