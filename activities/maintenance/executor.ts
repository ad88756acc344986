/** Who acts on a node: two activities that may both be tried again at any time. */

import type { ActInput, StartActResult } from '../../contracts/maintenance/activities.ts';
import type { ActPhase } from '../../domain/maintenance/facts.ts';
import type { ActHandle } from '../../domain/maintenance/state.ts';
import type { NodeRef } from '../../domain/node/identity.ts';

export type ActState =
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly isOk: boolean; readonly detail: string };

export interface Executor {
  readonly phases: readonly ActPhase[];
  /** So long an act may take. */
  readonly deadlineMs: number;
  /** With a key: a second call finds the first act. */
  start(act: ActInput): Promise<StartActResult>;
  look(handle: ActHandle): Promise<ActState>;
  /** Why the API server would refuse its pod on this node, by a dry run; null where it would take it. Only where there is a pod. */
  readonly tryOut?: (node: NodeRef) => Promise<string | null>;
}

/** What every act is told. */
export function actEnvironment({ run, node, phase, expect, versions }: ActInput): Readonly<Record<string, string>> {
  const { kubelet, controlPlane = null } = expect;
  const known = {
    VIGILANTE_RUN: run,
    VIGILANTE_NODE: node.name,
    VIGILANTE_PHASE: phase,
    K8S_VERSION: kubelet ?? controlPlane?.binary ?? versions?.kubernetes ?? null,
    K8S_CNI_VERSION: versions?.cni ?? null,
    K8S_CRICTL_VERSION: versions?.crictl ?? null,
    ETCD_VERSION: versions?.etcd ?? null,
    EMULATED_VERSION: controlPlane?.emulated ?? null,
  };
  return Object.fromEntries(Object.entries(known).filter((entry): entry is [string, string] => entry[1] !== null));
}

/** Somebody else acts: it is only waited for. */
export function noneExecutor(settings: Pick<Executor, 'phases' | 'deadlineMs'>): Executor {
  return {
    ...settings,
    start: async ({ executor, key }) => ({ kind: 'started', handle: { executor, id: key } }),
    look: async () => ({ kind: 'ended', isOk: true, detail: 'others act on the node' }),
  };
}
