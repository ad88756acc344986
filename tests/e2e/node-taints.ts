/** The taints of a node, as tests read and write them. */

import { z } from 'zod';
import { MERGE_PATCH } from '../../sandbox/api-client.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodePath } from './node-writes.ts';

const TaintedNodeSchema = z.object({
  metadata: z.object({ creationTimestamp: z.string() }),
  spec: z.object({ taints: z.array(z.looseObject({ key: z.string() })).default([]) }),
});

/** A node is created with such a taint, which a controller takes away when the node is Ready. */
const OF_KUBERNETES = 'node.kubernetes.io/';
const WAIT_MS = 60_000;

export type Taint = z.infer<typeof TaintedNodeSchema>['spec']['taints'][number];

async function read({ api }: Sandbox, name: string): Promise<z.infer<typeof TaintedNodeSchema>> {
  return TaintedNodeSchema.parse((await api.demand('GET', nodePath(name))).body);
}

export async function taintsOf(sandbox: Sandbox, name: string): Promise<readonly Taint[]> {
  return (await read(sandbox, name)).spec.taints;
}

/** In milliseconds; what the cap of a startup taint is counted from. */
export async function createdMsOf(sandbox: Sandbox, name: string): Promise<number> {
  return Date.parse((await read(sandbox, name)).metadata.creationTimestamp);
}

/** Beside those that it has. To a node that is Ready, once Kubernetes does not write its taints any more. */
export async function addTaints(sandbox: Sandbox, name: string, added: readonly Taint[]): Promise<void> {
  const taints = await waitUntil(
    async () => {
      const found = await taintsOf(sandbox, name);
      return found.some(({ key }) => key.startsWith(OF_KUBERNETES)) ? null : found;
    },
    { what: `${name} to be without taints of Kubernetes`, timeoutMs: WAIT_MS },
  );
  await sandbox.api.demand('PATCH', nodePath(name), {
    body: { spec: { taints: [...taints, ...added] } },
    contentType: MERGE_PATCH,
  });
}
