/** The processes of the proof: collector, worker and starter out of the one image, an agent out of the other. */

import { chown, copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Component } from '../../contracts/processes.ts';
import { agentPod, agentPodName } from '../../sandbox/agents/agent-pod.ts';
import { logTail } from '../../sandbox/child-process.ts';
import { collectorUrl, fileOf, RELEASE_NAMESPACE } from '../../sandbox/layout.ts';
import { answersOk } from '../../sandbox/parts/part.ts';
import { freePorts, LOOPBACK } from '../../sandbox/ports.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import type { ImageConfig } from './buildah.ts';
import { type Container, type Mount, startContainer } from './container.ts';

export interface MountedImage {
  readonly root: string;
  readonly config: ImageConfig;
}

export interface ProofOptions {
  readonly main: MountedImage;
  readonly agent: MountedImage;
  /** For copies that the user of the images may read. */
  readonly folder: string;
  readonly report: (line: string) => void;
}

export type Containers = ReadonlyMap<string, Container>;

export const NODE = 'win-1';
const WAIT_MS = 120_000;

export async function startAll(sandbox: Sandbox, options: ProofOptions): Promise<Containers> {
  const containers = new Map<string, Container>();
  for (const component of ['collector', 'worker', 'starter'] as const) {
    const [httpPort = 0, metricsPort = 0] = await freePorts(2);
    const container = await startContainer(sandbox.layout, {
      name: component,
      root: options.main.root,
      image: options.main.config,
      args: [component],
      env: {
        TEMPORAL_ADDRESS: sandbox.env.TEMPORAL_ADDRESS,
        KUBECONFIG: '/etc/vigilante/kubeconfig',
        POD_NAMESPACE: RELEASE_NAMESPACE,
        VIGILANTE_HTTP_HOST: LOOPBACK,
        VIGILANTE_HTTP_PORT: `${httpPort}`,
        VIGILANTE_TEMPORAL_METRICS_PORT: `${metricsPort}`,
        VIGILANTE_COLLECTOR_ENDPOINT: sandbox.env.VIGILANTE_COLLECTOR_ENDPOINT,
        VIGILANTE_COLLECTOR_URL: sandbox.env.VIGILANTE_COLLECTOR_URL,
      },
      mounts: await mountsFor(sandbox, options, component),
    });
    containers.set(component, container);
    const url = component === 'collector' ? collectorUrl(sandbox.layout) : `http://${LOOPBACK}:${httpPort}`;
    await until(containers, `${component} to be ready`, () => answersOk(`${url}/readyz`));
  }
  const { uid } = (await sandbox.getNode(NODE)) ?? { uid: '' };
  const body = agentPod({ name: NODE, uid, os: 'windows' });
  await sandbox.api.demand('POST', `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`, { body });
  containers.set(
    'agent',
    await startContainer(sandbox.layout, {
      name: 'agent',
      root: options.agent.root,
      image: options.agent.config,
      args: [`-serverendpoint=${sandbox.env.VIGILANTE_COLLECTOR_ENDPOINT}`, '-reportinterval=1'],
      env: {
        MY_POD_NAME: agentPodName(NODE),
        MY_NODE_NAME: NODE,
      },
      mounts: [],
    }),
  );
  return containers;
}

/** Copies, since the sandbox's own files are for its owner only. */
export async function mountsFor(
  sandbox: Sandbox,
  { main, folder }: ProofOptions,
  user: Component | 'admin',
): Promise<Mount[]> {
  const [uid = 0, gid = 0] = main.config.User.split(':').map(Number);
  const authority = fileOf(sandbox.layout, 'certificates/apiserver.crt');
  const readable = async (source: string, target: string): Promise<Mount> => {
    const copy = join(folder, `${user}-${target.replaceAll('/', '-')}`);
    await copyFile(source, copy);
    await chown(copy, uid, gid);
    return { source: copy, target };
  };
  const mounts = [
    await readable(fileOf(sandbox.layout, 'conf.yaml'), '/etc/vigilante/config/conf.yaml'),
    await readable(fileOf(sandbox.layout, `kubeconfig-${user}`), '/etc/vigilante/kubeconfig'),
    // The kubeconfig names it by its path.
    await readable(authority, authority),
  ];
  if (user !== 'collector') return mounts;
  const store = join(folder, 'store');
  await mkdir(store);
  await chown(store, uid, gid);
  return [...mounts, { source: store, target: '/var/lib/vigilante', writable: true }];
}

/** Fails at once when one of the processes has ended. */
export async function until(containers: Containers, what: string, probe: () => Promise<boolean>): Promise<void> {
  const tails = async () => {
    const texts = await Promise.all(
      [...containers].map(async ([name, { outside }]) => `--- ${name}\n${await logTail(outside.logPath)}`),
    );
    return texts.join('\n');
  };
  await waitUntil(
    async () => {
      for (const [name, { outside }] of containers) {
        if (!outside.isRunning()) throw new Error(`${name} has ended:\n${await logTail(outside.logPath)}`);
      }
      return probe();
    },
    { what, timeoutMs: WAIT_MS, pollMs: 200, explain: tails },
  );
}
