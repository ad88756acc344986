/** The activities of `onboardNode` on a real API server, with an echo of the test and a kubelet that the test plays. */

import { createOnboardingActivities } from '../../../activities/healing/onboarding-activities.ts';
import type { OnboardingActivities, ProbePodInput } from '../../../contracts/healing/onboarding-activities.ts';
import type { NodeName, NodeRef } from '../../../domain/node/identity.ts';
import { connectCluster } from '../../../kubernetes/client/connection.ts';
import { createPodEnds } from '../../../kubernetes/healing/pod-ends.ts';
import { createNodeEvents } from '../../../kubernetes/nodes/events.ts';
import type { NodeNetwork } from '../../../kubernetes/nodes/network.ts';
import { type ApiClient, MERGE_PATCH } from '../../../sandbox/api-client.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { NODE_IP, POD_IP, testEcho } from '../../fixtures/echo.ts';
import { quietEnvironment } from '../../fixtures/probing.ts';
import type { TestApiServer } from './api-server.ts';
import { fields, itemsOf, NAMESPACE } from './cluster-fixtures.ts';
import type { HealingWorld } from './healing-world.ts';

export const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
export const ECHO = testEcho();

/** One run of one activity. */
export interface Running<Result> {
  readonly result: Promise<Result>;
  cancel(reason: 'WORKER_SHUTDOWN' | 'CANCELLED'): void;
}

export interface ProbingWorld {
  /** What the informer would know; tests fill it. */
  readonly networks: Map<NodeName, NodeNetwork>;
  readonly turnaroundsMs: number[];
  start<Name extends keyof OnboardingActivities>(
    name: Name,
    input: Omit<Parameters<OnboardingActivities[Name]>[0], 'profile'>,
    tries?: { readonly attempt?: number; readonly profile?: string; readonly isWatching?: boolean },
  ): Running<Awaited<ReturnType<OnboardingActivities[Name]>>>;
  close(): Promise<void>;
}

export function probeOf(node: NodeRef, change: Partial<ProbePodInput> = {}): ProbePodInput {
  const probe = { endpoints: [ECHO.endpoint().name], require: 'all', patienceMs: 60_000 } as const;
  return { node, attempt: 1, probe, purpose: 'heal', isAfterRejection: false, ...change };
}

export function createProbingWorld(server: TestApiServer, world: HealingWorld): ProbingWorld {
  const networks = new Map<NodeName, NodeNetwork>();
  const turnaroundsMs: number[] = [];
  // A connection of its own: what a watch asks for is no request of an attempt.
  const watching = connectCluster({ kubeconfig: server.kubeconfig('admin') });
  const endsOf = (onError: (message: string) => void) =>
    createPodEnds(watching, { namespace: NAMESPACE, pods: world.pods, onError, askMs: 100 });
  const ends = endsOf((message) => process.stderr.write(`${message}\n`));
  const blind = endsOf(() => {});
  ends.start();
  const activitiesWith = (isWatching: boolean) =>
    createOnboardingActivities([
      {
        nodes: world.nodes,
        pods: world.pods,
        events: createNodeEvents(world.connection),
        informer: world.known,
        brake: { admit: () => true, release: () => {} },
        healedAnnotation: 'cops-vigilante-snat-node-healed',
        onPodJudged: (level) => world.judged.push(level),
        onAttempt: (sample) => world.attempts.push(sample),
        profile: 'snat',
        ends: isWatching ? ends : blind,
        endpoints: [ECHO.endpoint()],
        pod: { image: undefined, answer: 'file', command: [], settleMs: 2_000, windows: true },
        networks: { network: (name) => networks.get(name), nodeAt: () => undefined },
        isEchoDown: async () => false,
        onProbed: ({ tookMs }) => turnaroundsMs.push(tookMs),
      },
    ]);
  return {
    networks,
    turnaroundsMs,
    start(name, input, { attempt = 1, profile = 'snat', isWatching = true } = {}) {
      const environment = quietEnvironment({ attempt });
      const activity = activitiesWith(isWatching)[name] as (given: unknown) => Promise<never>;
      const result: Promise<never> = environment.run(() => activity({ ...input, profile }));
      // It is awaited later, also where it fails at once.
      result.catch(() => undefined);
      return { result, cancel: (reason) => environment.cancel(reason) };
    },
    async close() {
      await ends.stop();
      await watching.close();
    },
  };
}

/** The newest pod of an attempt; waits until it is there. */
export async function podOf(
  admin: ApiClient,
  attempt: number,
): Promise<{ readonly name: string; readonly uid: string }> {
  const find = async () => {
    const pods = await itemsOf(admin, PODS);
    const found = pods.find(
      ({ metadata }) => fields(fields(metadata)['labels'])['vigilante-attempt'] === String(attempt),
    );
    if (found === undefined) return null;
    const { name, uid } = fields(found['metadata']);
    return { name: String(name), uid: String(uid) };
  };
  return waitUntil(find, { what: `the pod of attempt ${attempt}`, timeoutMs: 60_000 });
}

/** What the kubelet writes when a pod has ended, in which the echo saw this address. */
export async function endPod(
  admin: ApiClient,
  { name, uid }: { readonly name: string; readonly uid: string },
  {
    source = POD_IP,
    answer = ECHO.answer({ nonce: uid, source }),
  }: { readonly source?: string; readonly answer?: string } = {},
): Promise<void> {
  const times = { startedAt: '2026-11-28T03:32:20Z', finishedAt: '2026-11-28T03:32:24Z' };
  const terminated = { exitCode: 0, reason: 'Completed', message: answer, containerID: 'containerd://1', ...times };
  await writeStatus(admin, name, {
    phase: 'Running',
    hostIP: NODE_IP,
    hostIPs: [{ ip: NODE_IP }],
    podIP: POD_IP,
    podIPs: [{ ip: POD_IP }],
    conditions: [{ type: 'PodReadyToStartContainers', status: 'False' }],
    containerStatuses: [
      {
        name: `echo-${ECHO.endpoint().name}`,
        image: 'nanoserver',
        imageID: '',
        ready: false,
        restartCount: 0,
        containerID: 'containerd://1',
        state: { terminated },
      },
    ],
  });
}

export async function writeStatus(admin: ApiClient, name: string, status: object): Promise<void> {
  await admin.demand('PATCH', `${PODS}/${name}/status`, { body: { status }, contentType: MERGE_PATCH });
}
