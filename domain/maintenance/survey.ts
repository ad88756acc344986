/** What the guard of a cluster sees of it in one look. Times in milliseconds since 1970. */

import type { NodeName, NodeRef, NodeUid } from '../node/identity.ts';
import type { Tallies } from './budget.ts';
import type { MaintenanceMark } from './facts.ts';

export interface Gate {
  readonly isOpen: boolean;
  readonly reasons: readonly string[];
}

/** A node that holds a slot, asks for one, or bears a mark. */
export interface SurveyedNode {
  readonly name: NodeName;
  /** Null where no node has the name. */
  readonly uid: NodeUid | null;
  readonly group: string | null;
  readonly zone: string | null;
  readonly ready: boolean;
  /** Counted among those that are down and not in work. */
  readonly down: boolean;
  /** Counted among those of its group that take pods. */
  readonly schedulable: boolean;
  readonly controlPlane: boolean;
  /** Why the budget ignores it; null where it does not. */
  readonly ignored: string | null;
  readonly mark: MaintenanceMark | 'unreadable' | null;
  /** Of `maintainNode` for it. */
  readonly workflow: 'running' | 'closed' | 'unknown';
  /** What windows, freezes and alerts say to the purpose that it asks for; null where it asks for nothing. */
  readonly gate: Gate | null;
}

export interface Survey extends Tallies {
  readonly nodes: readonly SurveyedNode[];
  readonly rules: {
    readonly oneZoneAtATime: boolean;
    /** Whether the last node of a group that takes pods may be drained. */
    readonly lastNode: 'refuse' | 'accept';
    readonly failuresMax: number;
    readonly closeAfterMs: number;
  };
}

export function nodeIn(survey: Survey, { name, uid }: NodeRef): SurveyedNode | null {
  return survey.nodes.find((node) => node.name === name && node.uid === uid) ?? null;
}
