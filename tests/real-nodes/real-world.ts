/** A sandbox with real nodes, a listener behind their router, and pods that ask it. */

import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { RELEASE_NAMESPACE } from '../../sandbox/layout.ts';
import { ECHO_ADDRESS } from '../../sandbox/real-nodes/addresses.ts';
import type { RealNodes, RealNodesOptions } from '../../sandbox/real-nodes/real-nodes.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { LISTENER_PORT, probePod } from './probe-pod.ts';

const PODS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`;
const LISTENER = fileURLToPath(new URL('./source-listener.ts', import.meta.url));
const POD_TIMEOUT_MS = 60_000;
const POLL_MS = 250;

const PodSchema = z.object({
  status: z.object({
    phase: z.string().optional(),
    podIP: z.string().optional(),
    hostIP: z.string().optional(),
    containerStatuses: z
      .array(
        z.object({
          state: z.object({
            terminated: z.object({ exitCode: z.int(), message: z.string().optional() }).optional(),
          }),
        }),
      )
      .default([]),
  }),
});
export type Pod = z.infer<typeof PodSchema>;

export interface Probe {
  readonly podIp: string;
  readonly hostIp: string;
  /** The address that arrived behind the router. */
  readonly source: string;
}

export interface RealWorld {
  readonly sandbox: Sandbox;
  readonly nodes: RealNodes;
  createPod(pod: object): Promise<void>;
  readPod(name: string): Promise<Pod>;
  /** Waits for the end of a pod of `probePod`. */
  answerOf(name: string): Promise<Probe>;
  /** A new pod on the node. */
  probe(node: string): Promise<Probe>;
  /** Probes until the address that arrives is the pod's own: containerd reads its configuration a moment after a write. */
  untilOwn(node: string): Promise<Probe>;
}

export async function startRealWorld(realNodes: RealNodesOptions): Promise<RealWorld> {
  const sandbox = await startSandbox({ report: () => {}, realNodes });
  const nodes = await sandbox.realNodes();
  await nodes.startOnEchoHost({
    name: 'source-listener',
    program: process.execPath,
    args: [LISTENER, ECHO_ADDRESS, `${LISTENER_PORT}`],
  });
  let count = 0;
  const world: RealWorld = {
    sandbox,
    nodes,
    createPod: async (pod) => void (await sandbox.api.demand('POST', PODS, { body: pod })),
    readPod: async (name) => PodSchema.parse((await sandbox.api.demand('GET', `${PODS}/${name}`)).body),
    answerOf: (name) => answerOf(world, name),
    probe: async (node) => {
      count += 1;
      const name = `probe-${count}`;
      await world.createPod(probePod({ name, node }));
      return answerOf(world, name);
    },
    untilOwn: (node) =>
      waitUntil(
        async () => {
          const probe = await world.probe(node);
          return probe.source === probe.podIp ? probe : null;
        },
        { what: `a pod on ${node} with its own address`, timeoutMs: POD_TIMEOUT_MS },
      ),
  };
  return world;
}

function answerOf(world: RealWorld, name: string): Promise<Probe> {
  return waitUntil(
    async () => {
      const { status } = await world.readPod(name);
      const ended = status.containerStatuses[0]?.state.terminated;
      if (ended === undefined) return null;
      if (ended.exitCode !== 0) throw new Error(`${name} ended with ${ended.exitCode}: ${ended.message}`);
      return { podIp: status.podIP ?? '', hostIp: status.hostIP ?? '', source: ended.message ?? '' };
    },
    {
      what: `${name} to end`,
      timeoutMs: POD_TIMEOUT_MS,
      pollMs: POLL_MS,
      explain: async () => JSON.stringify(await world.readPod(name)),
    },
  );
}
