/** Shows the static pods of the control-plane nodes in the API server, as their kubelets would: one mirror pod for each. */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type ApiClient, STRATEGIC_PATCH } from '../api-client.ts';
import type { RunningPod } from './static-pods.ts';

const PODS = '/api/v1/namespaces/kube-system/pods';
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
/** As kubeadm writes them; nothing pulls them. */
const REGISTRY = 'registry.k8s.io';

const UidSchema = z.object({ metadata: z.object({ uid: z.string() }) });

export interface MirrorPods {
  /** Writes what has changed since it was last written; rejects where the API server does not take it. */
  show(running: readonly RunningPod[]): Promise<void>;
}

export function createMirrorPods(api: ApiClient): MirrorPods {
  /** What was written last, by the name of the pod. */
  const shown = new Map<string, string>();

  async function showOne(one: RunningPod): Promise<void> {
    const name = `${one.pod}-${one.place.name}`;
    const [before] = (shown.get(name) ?? '').split(' ');
    const hash = hashOf(one);
    if (shown.get(name) === `${hash} ${one.isReady}`) return;
    if (before !== hash && !(await replace(api, name, one))) return;
    await api.demand('PATCH', `${PODS}/${name}/status`, {
      body: { status: status(one) },
      contentType: STRATEGIC_PATCH,
    });
    shown.set(name, `${hash} ${one.isReady}`);
  }

  return {
    async show(running) {
      for (const one of running) await showOne(one);
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
