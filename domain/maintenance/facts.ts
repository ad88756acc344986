/** What a maintenance knows of its node, and the mark that it leaves on it. Times in milliseconds since 1970. */

import type { NodeUid } from '../node/identity.ts';
import type { Version } from './version.ts';

export const PURPOSES = ['upgrade', 'reboot', 'by-hand'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** What of a node is acted upon. */
export const ACT_PHASES = ['node', 'etcd', 'api-server', 'lift', 'control-pods', 'controllers', 'kubelet'] as const;
export type ActPhase = (typeof ACT_PHASES)[number];

/** Only phases that exchange the kubelet or reboot the machine take pods away. */
export function drains(phase: ActPhase): boolean {
  return phase === 'node' || phase === 'kubelet';
}

export const CONNECTIVITY_DEMANDS = ['required', 'where-agents', 'off'] as const;
export const HEALING_DEMANDS = ['proven', 'healed', 'off'] as const;

/** What the API server of a node of the control plane is, by its own `/version`. */
export interface ControlPlaneVersion {
  readonly binary: Version;
  /** The minor version whose API it serves, such as `1.37`. */
  readonly emulated: string;
}

/** What must be true of the node, all at once, before it is given back. */
export interface Expectation {
  /** Null: any. */
  readonly kubelet: Version | null;
  /** Of the API server of this node; left out or null: any. */
  readonly controlPlane?: ControlPlaneVersion | null;
  readonly bootIdChanged: boolean;
  readonly sentinelGone: boolean;
  /** `where-agents`: a node without an agent needs no report of one. */
  readonly connectivity: (typeof CONNECTIVITY_DEMANDS)[number];
  /** What a Windows node must show of its healing; other nodes need not. */
  readonly healing: (typeof HEALING_DEMANDS)[number];
}

/** What the node was before the act: a change is seen by comparing with it. */
export interface Baseline {
  readonly kubelet: Version | null;
  /** Empty where the kubelet does not say. */
  readonly bootId: string;
  /** Null where its API server does not answer; left out where nobody asked for it. */
  readonly controlPlane?: ControlPlaneVersion | null;
}

export const MARK_PHASES = ['draining', 'acting'] as const;

/** The annotation on a node in maintenance: enough to undo or to prove, whoever finds it. */
export interface MaintenanceMark extends Baseline {
  readonly run: string;
  /** Id of the workflow that wrote it. */
  readonly workflow: string;
  readonly group: string;
  readonly purpose: Purpose;
  readonly phase: (typeof MARK_PHASES)[number];
  readonly sinceMs: number;
  /** When the act was begun; null before. */
  readonly actingMs: number | null;
  readonly expect: Expectation;
  /** Whether the maintenance cordoned the node. */
  readonly cordoned: boolean;
  /** Whether others had cordoned it before: then it stays so (M12). */
  readonly cordonedBefore: boolean;
  /** Other annotations that were absent and that were set with the mark. */
  readonly added: readonly string[];
}

export const AGENT_STATES = ['ok', 'failing', 'suppressed', 'none', 'unknown'] as const;
export const SENTINEL_STATES = ['present', 'absent', 'unknown'] as const;
export const HEALING_STATES = ['proven', 'healed', 'not-healed', 'not-windows'] as const;

export interface NodeFactsForMaintenance extends Baseline {
  readonly uid: NodeUid;
  readonly ready: boolean;
  readonly readyChangedMs: number | null;
  readonly unschedulable: boolean;
  /** Whether the newest write of `spec.unschedulable` was ours. */
  readonly cordonIsOurs: boolean;
  /** `unreadable`: an annotation is there that no release of ours wrote. */
  readonly mark: MaintenanceMark | 'unreadable' | null;
  readonly agents: (typeof AGENT_STATES)[number];
  readonly sentinel: (typeof SENTINEL_STATES)[number];
  readonly zone: string | null;
  readonly os: string | null;
  readonly healing: (typeof HEALING_STATES)[number];
}
