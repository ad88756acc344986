/** Scenes of what a maintenance waits for: pods that take long to end, volumes, a person. */

import { MACHINE_ANNOTATION } from '../../sandbox/machines/machine-behaviour.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import type { Scene } from './scene.ts';
import { addPod, endBeforeGrace } from './scene-pods.ts';

const TEN_MINUTES_SECONDS = 600;
const ATTACHMENTS = '/apis/storage.k8s.io/v1/volumeattachments';
const EVENT_MS = 60_000;

export const VOLUMES_NODE = 'volumes';

export const WAITING_SCENES: readonly Scene[] = [
  {
    title: 'M14: case 19, a pod with ten minutes of grace that does not end is waited for until the deadline',
    node: 'ten-minutes',
    before: (sandbox, node) => addPod(sandbox, { node, name: 'slow', graceSeconds: TEN_MINUTES_SECONDS }),
    outcome: 'undrained',
    detail: 'default/ten-minutes-slow is still ending',
    isCordoned: false,
    acts: 0,
    kept: 'ten-minutes-slow',
  },
  {
    title: 'M15: a pod with ten minutes of grace that ends early lets the drain go on',
    node: 'ends-early',
    before: (sandbox, node) => addPod(sandbox, { node, name: 'slow', graceSeconds: TEN_MINUTES_SECONDS }),
    during: (sandbox, node) => endBeforeGrace(sandbox, `${node}-slow`),
    outcome: 'done',
    isCordoned: false,
    acts: 1,
    evicted: 'ends-early-slow',
  },
  {
    title: 'M15: case 20, the act waits until the volumes are detached',
    node: VOLUMES_NODE,
    before: addVolume,
    during: async ({ api }, node, { reaches }) => {
      await reaches('detach');
      await api.demand('DELETE', `${ATTACHMENTS}/${node}`);
    },
    outcome: 'done',
    said: 'volumes are detached',
    isCordoned: false,
    acts: 1,
    evicted: 'volumes-data',
  },
  {
    title: 'M15: case 20, volumes that stay attached are waited for two minutes, and named',
    node: 'volumes-stay',
    before: addVolume,
    outcome: 'done',
    said: 'still attached: volumes-stay',
    isCordoned: false,
    acts: 1,
    evicted: 'volumes-stay-data',
  },
  {
    title: 'M38: case 14, a failed act is told, and a person has it tried again',
    node: 'tried-again',
    machine: 'lies',
    during: async (sandbox, node, { reaches, resolve }) => {
      await reaches('hold');
      await untilEvent(sandbox, node, 'NodeHeld');
      await sandbox.annotateNode(node, { [MACHINE_ANNOTATION]: 'reboots' });
      await resolve('retry');
    },
    outcome: 'done',
    isCordoned: false,
    acts: 2,
  },
];

/** Attached by nobody whom the sandbox has: it stays so until a test detaches it. */
async function addVolume(sandbox: Sandbox, node: string): Promise<void> {
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: node } }];
  await addPod(sandbox, { node, name: 'data', spec: { volumes } });
  await sandbox.api.demand('POST', ATTACHMENTS, {
    body: {
      metadata: { name: node },
      spec: { attacher: 'example.org', nodeName: node, source: { persistentVolumeName: node } },
    },
  });
}

async function untilEvent({ api }: Sandbox, node: string, reason: string): Promise<void> {
  const path = `/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3D${node}%2Creason%3D${reason}`;
  const isThere = async () => JSON.stringify((await api.demand('GET', path)).body).includes(`"reason":"${reason}"`);
  await waitUntil(isThere, { what: `the Event ${reason} of ${node}`, timeoutMs: EVENT_MS, pollMs: 500 });
}
