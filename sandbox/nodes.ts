/** Plays with the nodes of a sandbox: adds, deletes, makes them ready or not. */

import { z } from 'zod';
import { type ApiClient, MERGE_PATCH, STRATEGIC_PATCH } from './api-client.ts';
import type { SandboxLayout } from './layout.ts';
import { cloudAddress, type NodeDescription, nodeObject, readyCondition } from './node-object.ts';
import { loopbackNodeAddress } from './probing-pods/loopback-addresses.ts';
import { KUBERNETES_VERSION_DEFAULT } from './tools/kubernetes-versions.ts';

const NODES = '/api/v1/nodes';

const NodeSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    annotations: z.record(z.string(), z.string()).optional(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).optional() }).optional(),
});
const NodeListSchema = z.object({ items: z.array(NodeSchema) });

export interface SandboxNode {
  readonly name: string;
  readonly uid: string;
  readonly ready: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** A Windows node that is Ready, whose pods prove, by default. */
export type AddNodeOptions = Partial<NodeDescription>;

export interface Nodes {
  addNode(name: string, options?: AddNodeOptions): Promise<SandboxNode>;
  /** A change of `Ready`, with the time of the change, as a kubelet reports it. */
  setNodeReady(name: string, ready: boolean): Promise<void>;
  /** Its pods are collected by the real garbage collector. */
  deleteNode(name: string): Promise<void>;
  /** Null removes an annotation. */
  annotateNode(name: string, annotations: Readonly<Record<string, string | null>>): Promise<void>;
  getNode(name: string): Promise<SandboxNode | null>;
  listNodes(): Promise<readonly SandboxNode[]>;
}

/** In a sandbox with an echo nodes have addresses of this machine, from which their pods can dial. */
export function nodesOf(
  api: ApiClient,
  { echo, kubernetes }: Pick<SandboxLayout, 'echo' | 'kubernetes'> = {
    echo: null,
    kubernetes: KUBERNETES_VERSION_DEFAULT,
  },
): Nodes {
  const nextAddress = echo === null ? cloudAddress : loopbackNodeAddress;
  return {
    async addNode(name, options = {}) {
      const description: NodeDescription = {
        os: 'windows',
        behaviour: 'proving',
        ready: true,
        address: nextAddress(),
        kubelet: kubernetes,
        ...options,
      };
      return parseNode((await api.demand('POST', NODES, { body: nodeObject(name, description) })).body);
    },
    async setNodeReady(name, ready) {
      await api.demand('PATCH', `${NODES}/${name}/status`, {
        body: { status: { conditions: [readyCondition(ready, new Date())] } },
        contentType: STRATEGIC_PATCH,
      });
    },
    async deleteNode(name) {
      await api.demand('DELETE', `${NODES}/${name}`);
    },
    async annotateNode(name, annotations) {
      await api.demand('PATCH', `${NODES}/${name}`, { body: { metadata: { annotations } }, contentType: MERGE_PATCH });
    },
    async getNode(name) {
      const answer = await api.demand('GET', `${NODES}/${name}`, { alsoFine: [404] });
      return answer.status === 404 ? null : parseNode(answer.body);
    },
    async listNodes() {
      const answer = await api.demand('GET', NODES);
      return NodeListSchema.parse(answer.body).items.map(toNode);
    },
  };
}

function parseNode(body: unknown): SandboxNode {
  return toNode(NodeSchema.parse(body));
}

function toNode({ metadata, status }: z.infer<typeof NodeSchema>): SandboxNode {
  return {
    name: metadata.name,
    uid: metadata.uid,
    ready: status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
    annotations: metadata.annotations ?? {},
    labels: metadata.labels ?? {},
  };
}
