/** A mutating policy of somebody else, which changes the nodes that we write. */

import { MERGE_PATCH } from '../../../sandbox/api-client.ts';
import type { Mutation } from './policy-world.ts';

/** Adds and changes what policies of clusters add and change, some of it at the first write only; `node` is one of them. */
export function interferenceOn(node: string): Mutation {
  return {
    name: 'interference',
    resources: ['nodes', 'nodes/status'],
    operation: 'UPDATE',
    condition: 'object.metadata.name.startsWith("mutated")',
    patches: `[
      JSONPatch{op: "add", path: "/metadata/labels/example.com~1writes", value: string(object.metadata.resourceVersion)},
      JSONPatch{op: "add", path: "/metadata/annotations/example.com~1writer", value: request.userInfo.username},
      JSONPatch{op: "add", path: "/status/capacity/example.com~1device", value: "4"},
      JSONPatch{op: "add", path: "/status/allocatable/example.com~1device", value: "4"}
    ] + ("example.com/first" in oldObject.metadata.labels ? [] : [
      JSONPatch{op: "add", path: "/metadata/labels/example.com~1first", value: "yes"},
      JSONPatch{op: "add", path: "/metadata/annotations/example.com~1first", value: "yes"},
      JSONPatch{op: "add", path: "/metadata/finalizers", value: ["example.com/keep"]},
      JSONPatch{op: "add", path: "/spec/taints/-", value: Object.spec.taints{key: "example.com/first", effect: "PreferNoSchedule"}}
    ])`,
    async isObeyed(admin) {
      const body = { metadata: { annotations: { other: 'x' } } };
      const answer = await admin.call('PATCH', `/api/v1/nodes/${node}?dryRun=All`, {
        body,
        contentType: MERGE_PATCH,
      });
      return JSON.stringify(answer.body).includes('example.com/writes');
    },
  };
}
