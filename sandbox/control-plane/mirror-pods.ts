/** Shows the static pods of the control-plane nodes in the API server, as their kubelets would: one mirror pod for each. */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type ApiClient, STRATEGIC_PATCH } from '../api-client.ts';
import type { RunningPod } from './static-pods.ts';

const PODS = '/api/v1/namespaces/kube-system/pods';
const OURS = `${PODS}?labelSelector=${encodeURIComponent('tier=control-plane')}`;
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
/** As kubeadm writes them; nothing pulls them. */
const REGISTRY = 'registry.k8s.io';

const PodsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
      status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }),
    }),
  ),
});
const UidSchema = z.object({ metadata: z.object({ uid: z.string() }) });

export interface MirrorPods {
  /** Writes what the API server shows otherwise; rejects where it does not take it. */
  show(running: readonly RunningPod[]): Promise<void>;
}

/** Compared with the API server each time: controllers mark the pods of a node that is not Ready, kubelets take that back. */
export function createMirrorPods(api: ApiClient): MirrorPods {
  return {
    async show(running) {
      const { items } = PodsSchema.parse((await api.demand('GET', OURS)).body);
      for (const one of running) {
        const name = `${one.pod}-${one.place.name}`;
        const seen = items.find(({ metadata }) => metadata.name === name);
        const isSame = seen?.metadata.annotations[MIRROR_ANNOTATION] === hashOf(one);
        const isShownReady = seen?.status.conditions.find(({ type }) => type === 'Ready')?.status === 'True';
        if (isSame && isShownReady === one.isReady) continue;
        if (!isSame && !(await replace(api, name, one))) continue;
        const body = { status: status(one) };
        await api.demand('PATCH', `${PODS}/${name}/status`, { body, contentType: STRATEGIC_PATCH });
      }
    },
  };
}

/** False while its node is not there: the pod is the node's. */
async function replace(api: ApiClient, name: string, one: RunningPod): Promise<boolean> {
  const node = await api.demand('GET', `/api/v1/nodes/${one.place.name}`, { alsoFine: [404] });
  if (node.status === 404) return false;
  await api.demand('DELETE', `${PODS}/${name}`, { body: { gracePeriodSeconds: 0 }, alsoFine: [404] });
  const { uid } = UidSchema.parse(node.body).metadata;
  await api.demand('POST', PODS, { body: mirrorPod(name, uid, one) });
  return true;
}

/** Another one as soon as anything of the manifest is. */
function hashOf({ manifest }: RunningPod): string {
  return createHash('md5').update(JSON.stringify(manifest)).digest('hex');
}

function imageOf({ pod, manifest }: RunningPod): string {
  const { version } = manifest;
  return `${REGISTRY}/${pod}:${pod === 'etcd' ? `${version.slice(1)}-0` : version}`;
}

function mirrorPod(name: string, nodeUid: string, one: RunningPod): object {
  const { pod, place, manifest } = one;
  const hash = hashOf(one);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { component: pod, tier: 'control-plane' },
      annotations: {
        [MIRROR_ANNOTATION]: hash,
        'kubernetes.io/config.hash': hash,
        'kubernetes.io/config.source': 'file',
      },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: place.name, uid: nodeUid, controller: true }],
    },
    spec: {
      nodeName: place.name,
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
      containers: [{ name: pod, image: imageOf(one), command: [pod, ...manifest.args] }],
    },
  };
}

function status(one: RunningPod): object {
  const { pod, place, isReady } = one;
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  const ready = isReady ? 'True' : 'False';
  return {
    phase: 'Running',
    hostIP: place.address,
    podIP: place.address,
    podIPs: [{ ip: place.address }],
    startTime: now,
    conditions: [
      { type: 'Initialized', status: 'True', lastTransitionTime: now },
      { type: 'ContainersReady', status: ready, lastTransitionTime: now },
      { type: 'Ready', status: ready, lastTransitionTime: now },
    ],
    containerStatuses: [
      {
        name: pod,
        image: imageOf(one),
        imageID: imageOf(one),
        ready: isReady,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: now } },
      },
    ],
  };
}
