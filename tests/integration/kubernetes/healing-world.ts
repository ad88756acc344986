/** The healing activities on a real API server, as the worker wires them, with the rights of the chart's worker. */

import { MockActivityEnvironment } from '@temporalio/testing';
import { createHealingActivities } from '../../../activities/healing/activities.ts';
import type { AttemptSample, HealingActivityDeps } from '../../../activities/healing/deps.ts';
import type { HealingActivities, RefusalReports } from '../../../contracts/healing/activities.ts';
import { DEFAULT_HEALED_ANNOTATION } from '../../../contracts/healing/names.ts';
import type { NodeFacts } from '../../../domain/node/facts.ts';
import type { NodeName, NodeRef } from '../../../domain/node/identity.ts';
import type { ForeignMarkPolicy } from '../../../domain/node/mark.ts';
import { type ClusterConnection, connectCluster, type RequestSample } from '../../../kubernetes/client/connection.ts';
import { createHealingPods, type HealingPods } from '../../../kubernetes/healing/pods.ts';
import { createNodeEvents } from '../../../kubernetes/nodes/events.ts';
import { createNodes, type Nodes } from '../../../kubernetes/nodes/nodes.ts';
import { RELEASE_NAMESPACE } from '../../../sandbox/layout.ts';
import type { TestApiServer } from './api-server.ts';

export interface HealingWorld {
  readonly connection: ClusterConnection;
  readonly nodes: Nodes;
  readonly pods: HealingPods;
  /** What the worker's informer would know; tests fill it. */
  readonly known: Map<NodeName, NodeFacts>;
  readonly requests: RequestSample[];
  readonly attempts: AttemptSample[];
  /** Levels of the pods that were judged. */
  readonly judged: number[];
  readonly healed: { readonly node: NodeRef; readonly readyChangedMs: number | null }[];
  readonly eventsDropped: string[];
  /** Details of the heartbeats of all activities. */
  readonly heartbeats: unknown[];
  /** Steps that the API server refused. */
  readonly refused: string[];
  /** Runs an activity as Temporal would: one id for all its retries. */
  run<Name extends keyof HealingActivities>(
    name: Name,
    input: Parameters<HealingActivities[Name]>[0],
    activityId?: string,
    reports?: RefusalReports,
  ): Promise<Awaited<ReturnType<HealingActivities[Name]>>>;
  close(): Promise<void>;
}

export async function createHealingWorld(
  server: TestApiServer,
  foreignMark: ForeignMarkPolicy = 'believe',
): Promise<HealingWorld> {
  const requests: RequestSample[] = [];
  const attempts: AttemptSample[] = [];
  const judged: number[] = [];
  const healed: { node: NodeRef; readyChangedMs: number | null }[] = [];
  const eventsDropped: string[] = [];
  const refused: string[] = [];
  const heartbeats: unknown[] = [];
  const known = new Map<NodeName, NodeFacts>();
  const connection = connectCluster({
    kubeconfig: server.kubeconfig('worker'),
    onRequest: (sample) => requests.push(sample),
  });
  const nodes = createNodes(connection, { healedAnnotation: DEFAULT_HEALED_ANNOTATION, foreignMark });
  const pods = createHealingPods(connection, {
    namespace: RELEASE_NAMESPACE,
    image: 'mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.1',
    tolerations: [{ operator: 'Exists' }],
    intervalMs: 30_000,
  });
  const deps: HealingActivityDeps = {
    nodes,
    pods,
    events: createNodeEvents(connection),
    informer: known,
    healedAnnotation: DEFAULT_HEALED_ANNOTATION,
    onAttempt: (sample) => attempts.push(sample),
    onPodJudged: (level) => judged.push(level),
    onHealed: (sample) => healed.push(sample),
    onStepRefused: (step) => refused.push(step),
    onEventDropped: (reason) => eventsDropped.push(reason),
  };
  const activities = createHealingActivities(deps);
  return {
    connection,
    nodes,
    pods,
    known,
    requests,
    attempts,
    judged,
    healed,
    eventsDropped,
    refused,
    heartbeats,
    async run(name, input, activityId, reports) {
      const environment = new MockActivityEnvironment({ activityId: activityId ?? '1' });
      environment.on('heartbeat', (details) => heartbeats.push(details));
      const activity = activities[name] as (input: unknown, reports?: RefusalReports) => Promise<unknown>;
      return environment.run(() => activity(input, reports)) as never;
    },
    close: () => connection.close(),
  };
}
