/** What the player of machines writes: the status of nodes and pods, as kubelets do, and what only a sandbox needs. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type ApiClient, type CallOptions, MERGE_PATCH, STRATEGIC_PATCH } from '../api-client.ts';
import { exchange } from '../control-plane/exchange.ts';
import { switchPower } from '../control-plane/manifest.ts';
import type { SandboxLayout } from '../layout.ts';
import { readyCondition } from '../node-object.ts';
import { endedPodPatch } from '../probing-pods/pod-status.ts';
import type { Act, Machine } from './act.ts';
import { ACTS_ANNOTATION, AGENT_ANNOTATION, actsIn, MACHINE_ANNOTATION, SILENT } from './machine-behaviour.ts';
import type { MachineWrites } from './player.ts';
import { clearSentinel } from './sentinel.ts';

/** Together longer than the API server is away in any test. */
const TRIES_MAX = 300;
const AGAIN_AFTER_MS = 1_000;
/** The object is gone, or another one has its name. */
const NOT_THIS_ONE = [404, 409, 422];

const NODES = '/api/v1/nodes';
const NodeSchema = z.object({
  metadata: z.object({
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({ taints: z.array(z.looseObject({ key: z.string() })).default([]) }),
  status: z.looseObject({ nodeInfo: z.looseObject({ kubeletVersion: z.string() }) }),
});

/** Taints that controllers put on a node, and take away. */
const CONDITION_TAINTS = 'node.kubernetes.io/';

export function machineWrites(api: ApiClient, layout: SandboxLayout): MachineWrites {
  /** Nodes that were deleted, as they were. */
  const deleted = new Map<string, z.infer<typeof NodeSchema>>();
  const patchStatus = ({ name, uid }: Machine, status: object) =>
    write(api, `${NODES}/${name}/status`, { body: { metadata: { uid }, status }, contentType: STRATEGIC_PATCH });
  const annotate = ({ name, uid }: Machine, annotations: Readonly<Record<string, string>>) =>
    write(api, `${NODES}/${name}`, { body: { metadata: { uid, annotations } }, contentType: MERGE_PATCH });
  return {
    async countAct(machine, act) {
      const found = await read(api, machine.name);
      const acts = actsIn(found?.metadata.annotations ?? {});
      if (found === null || acts.includes(act.pod)) return false;
      await annotate(machine, { [ACTS_ANNOTATION]: [...acts, act.pod].join(',') });
      return true;
    },
    endPod: (act, { isOk }) =>
      write(api, `/api/v1/namespaces/${act.namespace}/pods/${act.pod}/status`, {
        body: endedAct(act, isOk),
        contentType: STRATEGIC_PATCH,
      }),
    setReady: (machine, isReady) => patchStatus(machine, { conditions: [readyCondition(isReady, new Date())] }),
    async boot(machine, { kubelet, clearsSentinel }) {
      if (clearsSentinel) await clearSentinel(layout, machine.name);
      const version = kubelet === null ? {} : { kubeletVersion: kubelet };
      await patchStatus(machine, {
        nodeInfo: { bootID: randomUUID(), ...version },
        conditions: [readyCondition(true, new Date())],
      });
    },
    silenceAgent: (machine) => annotate(machine, { [AGENT_ANNOTATION]: SILENT }),
    async deleteNode({ name, uid }) {
      const found = await read(api, name);
      if (found !== null) deleted.set(name, found);
      const body = { preconditions: { uid } };
      await untilAnswered(() => api.demand('DELETE', `${NODES}/${name}`, { body, alsoFine: NOT_THIS_ONE }));
    },
    async addNode({ name }) {
      const before = deleted.get(name);
      deleted.delete(name);
      if (before === undefined) return;
      const body = replacement(name, before);
      await untilAnswered(() => api.demand('POST', NODES, { body, alsoFine: [409] }));
    },
    exchange: async ({ place }, one) => place !== null && exchange(layout, place, one),
    exchangeKubelet: (machine, version) =>
      patchStatus(machine, {
        nodeInfo: { kubeletVersion: version },
        conditions: [readyCondition(true, new Date())],
      }),
    switchPower: async ({ place }, power) => {
      if (place !== null) await switchPower(layout, place, power);
    },
  };
}

async function read(api: ApiClient, name: string): Promise<z.infer<typeof NodeSchema> | null> {
  const { status, body } = await untilAnswered(() => api.demand('GET', `${NODES}/${name}`, { alsoFine: [404] }));
  return status === 404 ? null : NodeSchema.parse(body);
}

async function write(api: ApiClient, path: string, options: CallOptions): Promise<void> {
  await untilAnswered(() => api.demand('PATCH', path, { ...options, alsoFine: NOT_THIS_ONE }));
}

/** A kubelet asks until it is answered. */
async function untilAnswered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries === TRIES_MAX) throw error;
    }
    await sleep(AGAIN_AFTER_MS);
  }
}

function endedAct({ uid, podIp, hostIp, containers }: Act, isOk: boolean): object {
  const nowMs = Date.now();
  const ended = { argv: [], exitCode: isOk ? 0 : 1, message: '', finishedMs: nowMs };
  const all = containers.map((container) => ({ ...container, ...ended }));
  return endedPodPatch({ uid, podIp, hostIp, startedMs: nowMs, containers: all });
}

function replacement(name: string, { metadata, spec, status }: z.infer<typeof NodeSchema>): object {
  const behaviour = metadata.annotations[MACHINE_ANNOTATION];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: metadata.labels,
      annotations: behaviour === undefined ? {} : { [MACHINE_ANNOTATION]: behaviour },
    },
    spec: { taints: spec.taints.filter(({ key }) => !key.startsWith(CONDITION_TAINTS)) },
    status: {
      ...status,
      conditions: [readyCondition(true, new Date())],
      nodeInfo: { ...status.nodeInfo, bootID: randomUUID() },
    },
  };
}
