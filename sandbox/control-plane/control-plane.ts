/** The control-plane nodes of a sandbox: begins them, and takes parts of them away and gives them back, as tests need it. */

import { randomUUID } from 'node:crypto';
import { CONTROL_PLANE_LABEL } from '../../contracts/maintenance/names.ts';
import { SandboxProblem } from '../exit-code.ts';
import type { SandboxLayout } from '../layout.ts';
import type { AddNodeOptions, Nodes } from '../nodes.ts';
import { controlPlaneNodes, type Place } from '../parts/place.ts';
import { pinnedVersion, type ToolName, toolNamed } from '../tools/catalogue.ts';
import { kubernetesTool } from '../tools/kubernetes-versions.ts';
import { waitUntil } from '../wait-until.ts';
import { repair } from './exchange.ts';
import {
  argumentsOf,
  type Manifest,
  STATIC_PODS,
  type StaticPod,
  switchPower,
  takeManifest,
  writeManifest,
} from './manifest.ts';
import { isPodReady } from './static-pods.ts';

export interface ControlPlane {
  /** Takes the manifest of the component away: its process ends and stays away. */
  stop(node: string, pod: StaticPod): Promise<void>;
  /** Gives it back, as it was; resolves when the component answers. */
  start(node: string, pod: StaticPod): Promise<void>;
  /** What a behaviour has broken or switched off works again, in the version that was written last. */
  repair(node: string): Promise<void>;
}

const ZONES = ['a', 'b', 'c'] as const;
const READY_TIMEOUT_MS = 120_000;

/** Their processes begin as soon as something reads the manifests. */
export async function writeManifests(
  layout: SandboxLayout,
  { tools, env }: { readonly tools: Readonly<Partial<Record<ToolName, string>>>; readonly env: Manifest['env'] },
): Promise<void> {
  const etcd = await pinnedVersion(toolNamed('etcd'));
  for (const place of controlPlaneNodes(layout)) {
    for (const pod of STATIC_PODS) {
      const tool = pod === 'etcd' ? pod : kubernetesTool(pod, layout.kubernetes);
      await writeManifest(
        layout,
        { place, pod },
        {
          version: pod === 'etcd' ? etcd : layout.kubernetes,
          program: tools[tool] ?? tool,
          args: [...argumentsOf(layout, place, pod)],
          env,
        },
      );
    }
  }
}

/** The node of each, as its kubelet would report it. */
export async function addControlPlaneNodes(layout: SandboxLayout, nodes: Nodes): Promise<void> {
  for (const [index, { name, address }] of controlPlaneNodes(layout).entries()) {
    const options: AddNodeOptions = {
      os: 'linux',
      address,
      boot: randomUUID(),
      labels: { [CONTROL_PLANE_LABEL]: '' },
      taints: [{ key: CONTROL_PLANE_LABEL, effect: 'NoSchedule' }],
      zone: ZONES[index % ZONES.length] ?? ZONES[0],
    };
    await nodes.addNode(name, options);
  }
}

export function controlPlaneOf(layout: SandboxLayout): ControlPlane {
  const taken = new Map<string, Manifest>();
  return {
    async stop(node, pod) {
      const place = placeNamed(layout, node);
      const manifest = await takeManifest(layout, place, pod);
      if (manifest === null) throw new SandboxProblem(`${pod} of ${node} was stopped already`);
      taken.set(`${node}/${pod}`, manifest);
      await waitUntil(async () => !(await isPodReady(layout, place, pod)), {
        what: `${pod} of ${node} to end`,
        timeoutMs: READY_TIMEOUT_MS,
      });
    },
    async start(node, pod) {
      const place = placeNamed(layout, node);
      const manifest = taken.get(`${node}/${pod}`);
      if (manifest === undefined) throw new SandboxProblem(`${pod} of ${node} was not stopped`);
      await writeManifest(layout, { place, pod }, manifest);
      await untilPodReady(layout, place, pod);
    },
    async repair(node) {
      const place = placeNamed(layout, node);
      await repair(layout, place);
      await switchPower(layout, place, 'on');
      for (const pod of STATIC_PODS) await untilPodReady(layout, place, pod);
    },
  };
}

async function untilPodReady(layout: SandboxLayout, place: Place, pod: StaticPod): Promise<void> {
  await waitUntil(() => isPodReady(layout, place, pod), {
    what: `${pod} of ${place.name} to be ready`,
    timeoutMs: READY_TIMEOUT_MS,
  });
}

function placeNamed(layout: SandboxLayout, node: string): Place {
  const place = controlPlaneNodes(layout).find(({ name }) => name === node);
  if (place === undefined) throw new SandboxProblem(`${node} is no control-plane node of the sandbox`);
  return place;
}
