/** A sandbox with worker and starters as real processes, and what the tests ask of it. */

import type { Client, WorkflowHandle } from '@temporalio/client';
import { z } from 'zod';
import type { HealingStatus } from '../../contracts/healing/heal-node.ts';
import { DEFAULT_HEALED_ANNOTATION, healNodeWorkflowId } from '../../contracts/healing/names.ts';
import { healingStatus } from '../../contracts/healing/signals-and-queries.ts';
import type { VigilanteConfig } from '../../sandbox/folder.ts';
import { RELEASE_NAMESPACE, SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodeName } from '../fixtures/nodes.ts';
import { temporalClientOf } from '../fixtures/sandbox-temporal.ts';
import { livesOn, type PodLife } from './audit-attempts.ts';

export const PODS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`;
const QUERY_TIMEOUT_MS = 10_000;
const WAIT_MS = 120_000;
/** On a machine that does other work a process takes a minute to start. */
const READY_TIMEOUT_MS = 180_000;

export interface NodeEvent {
  readonly reason: string;
  readonly type: string;
  readonly message: string;
  readonly nodeUid: string;
}

export interface HealingWorld {
  readonly sandbox: Sandbox;
  readonly temporal: Client;
  readonly worker: VigilanteProcess;
  readonly starters: readonly VigilanteProcess[];
  heal(node: string): WorkflowHandle;
  /** Ids of all runs of the node's heal that Temporal lists, closed ones included. */
  runs(node: string): Promise<readonly string[]>;
  /** Null while there is no heal, or none that answers. */
  status(node: string): Promise<HealingStatus | null>;
  /** All Events about the node, the oldest first. */
  nodeEvents(node: string): Promise<readonly NodeEvent[]>;
  podNames(): Promise<readonly string[]>;
  isAnnotated(node: string): Promise<boolean>;
  /** The pods of the node from the audit log, once there are so many of them. */
  lives(node: string, countMin?: number): Promise<readonly PodLife[]>;
  untilAnnotated(node: string): Promise<void>;
  untilState(node: string, state: HealingStatus['state']): Promise<HealingStatus>;
  stop(): Promise<void>;
}

/** Nodes that are there already are given by `before`. */
export async function startHealingWorld(options: {
  readonly vigilante: VigilanteConfig;
  /** Pods then ask a real echo. */
  readonly evidence?: 'source-address';
  readonly starters?: number;
  readonly before?: (sandbox: Sandbox) => Promise<void>;
}): Promise<HealingWorld> {
  const { vigilante, evidence } = options;
  const sandbox = await startSandbox({ vigilante, report: () => {}, ...(evidence === undefined ? {} : { evidence }) });
  try {
    await options.before?.(sandbox);
    const worker = await sandbox.startProcess('worker');
    const replicas = Array.from({ length: options.starters ?? 1 }, (_, replica) => replica);
    const starters = await Promise.all(replicas.map((replica) => sandbox.startProcess('starter', { replica })));
    for (const process of [worker, ...starters]) await process.waitUntilReady(READY_TIMEOUT_MS);
    const temporal = await temporalClientOf(sandbox);
    return {
      sandbox,
      temporal,
      worker,
      starters,
      ...questions(sandbox, temporal),
      stop: () => stop(sandbox, temporal),
    };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}

async function stop(sandbox: Sandbox, temporal: Client): Promise<void> {
  await temporal.connection.close();
  await sandbox.stop();
}

type Questions = Omit<HealingWorld, 'sandbox' | 'temporal' | 'worker' | 'starters' | 'stop'>;

function questions(sandbox: Sandbox, temporal: Client): Questions {
  const heal = (node: string) => temporal.workflow.getHandle(workflowIdOf(node));
  const status = async (node: string) => {
    const answer = temporal.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => heal(node).query(healingStatus));
    return answer.catch(() => null);
  };
  const isAnnotated = async (node: string) =>
    (await sandbox.getNode(node))?.annotations[DEFAULT_HEALED_ANNOTATION] === 'true';
  const explain = (node: string) => async () => `status of the heal: ${JSON.stringify(await status(node))}`;
  return {
    heal,
    status,
    isAnnotated,
    runs: (node) => readRuns(temporal, node),
    nodeEvents: (node) => readNodeEvents(sandbox, node),
    podNames: () => readPodNames(sandbox),
    lives: (node, countMin = 0) =>
      waitUntil(
        async () => {
          const lives = livesOn(await sandbox.auditEvents(), node);
          return lives.length >= countMin ? lives : null;
        },
        { what: `${countMin} pods on ${node}`, timeoutMs: WAIT_MS, pollMs: 200, explain: explain(node) },
      ),
    async untilAnnotated(node) {
      const what = `${node} to be annotated`;
      await waitUntil(() => isAnnotated(node), { what, timeoutMs: WAIT_MS, pollMs: 200, explain: explain(node) });
    },
    untilState: (node, state) =>
      waitUntil(
        async () => {
          const answer = await status(node);
          return answer?.state === state ? answer : null;
        },
        { what: `the heal of ${node} to be ${state}`, timeoutMs: WAIT_MS, pollMs: 200, explain: explain(node) },
      ),
  };
}

async function readRuns(temporal: Client, node: string): Promise<readonly string[]> {
  const runIds: string[] = [];
  const query = `WorkflowId = '${workflowIdOf(node)}'`;
  for await (const { runId } of temporal.workflow.list({ query })) runIds.push(runId);
  return runIds;
}

function workflowIdOf(name: string): string {
  return healNodeWorkflowId({ cluster: SANDBOX_CLUSTER, node: nodeName(name) });
}

const EventListSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ creationTimestamp: z.string() }),
      involvedObject: z.object({ uid: z.string() }),
      reason: z.string(),
      type: z.string(),
      message: z.string(),
      lastTimestamp: z.string(),
    }),
  ),
});

async function readNodeEvents(sandbox: Sandbox, node: string): Promise<readonly NodeEvent[]> {
  const fields = encodeURIComponent(`involvedObject.kind=Node,involvedObject.name=${node},source=vigilante`);
  const answer = await sandbox.api.demand('GET', `/api/v1/namespaces/default/events?fieldSelector=${fields}`);
  return EventListSchema.parse(answer.body)
    .items.toSorted((one, other) => one.lastTimestamp.localeCompare(other.lastTimestamp))
    .map(({ reason, type, message, involvedObject }) => ({ reason, type, message, nodeUid: involvedObject.uid }));
}

const PodListSchema = z.object({ items: z.array(z.object({ metadata: z.object({ name: z.string() }) })) });

async function readPodNames(sandbox: Sandbox): Promise<readonly string[]> {
  const answer = await sandbox.api.demand('GET', PODS);
  return PodListSchema.parse(answer.body).items.map(({ metadata }) => metadata.name);
}
