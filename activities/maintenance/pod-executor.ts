/** Acts on a node by a pod of a template. */

import type { PodTemplate } from '../../kubernetes/maintenance/act-pod.ts';
import type { ActPods } from '../../kubernetes/maintenance/act-pods.ts';
import { actEnvironment, type Executor } from './executor.ts';

export interface PodExecutorSettings extends Pick<Executor, 'phases' | 'deadlineMs'> {
  readonly template: PodTemplate;
}

/** Names no act: what is tried out is not kept. */
const TRIAL = 'trial';

export function podExecutor(
  pods: Pick<ActPods, 'create' | 'look' | 'tryOut'>,
  settings: PodExecutorSettings,
): Executor {
  const { template, ...rest } = settings;
  return {
    ...rest,
    async start(act) {
      const { node, key, executor } = act;
      const created = await pods.create({ node, key, env: actEnvironment(act), deadlineMs: rest.deadlineMs }, template);
      if (created.kind === 'refused') return { kind: 'refused', detail: created.message };
      return { kind: 'started', handle: { executor, id: created.name } };
    },
    look: ({ id }) => pods.look(id),
    tryOut: (node) => pods.tryOut({ node, key: TRIAL, env: {}, deadlineMs: rest.deadlineMs }, template),
  };
}
