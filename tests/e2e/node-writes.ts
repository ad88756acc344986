/** What tests write on nodes beside what the sandbox itself offers. */

import { z } from 'zod';
import { MERGE_PATCH } from '../../sandbox/api-client.ts';
import { BEHAVIOUR_LABEL, type Behaviour, behaviourLabel } from '../../sandbox/behaviour.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';

export const nodePath = (name: string) => `/api/v1/nodes/${name}`;

const NodeInfoSchema = z.looseObject({ status: z.looseObject({ nodeInfo: z.looseObject({}) }) });

/** As a kubelet reports another boot, machine or image. */
export async function setNodeInfo({ api }: Sandbox, name: string, nodeInfo: object): Promise<void> {
  const { status } = NodeInfoSchema.parse((await api.demand('GET', nodePath(name))).body);
  await api.demand('PATCH', `${nodePath(name)}/status`, {
    body: { status: { nodeInfo: { ...status.nodeInfo, ...nodeInfo } } },
    contentType: MERGE_PATCH,
  });
}

/** Holds for pods that are bound from now on. */
export async function setBehaviour({ api }: Sandbox, name: string, behaviour: Behaviour): Promise<void> {
  await api.demand('PATCH', nodePath(name), {
    body: { metadata: { labels: { [BEHAVIOUR_LABEL]: behaviourLabel(behaviour, Date.now()) } } },
    contentType: MERGE_PATCH,
  });
}
