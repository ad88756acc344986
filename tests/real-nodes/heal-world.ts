/** A sandbox with real nodes whose pods ask an echo, with worker and starter, and the witnesses of a heal. */

import type { Client, WorkflowHandle } from '@temporalio/client';
import type { HealingStatus } from '../../contracts/healing/heal-node.ts';
import { markAnnotation, onboardNodeWorkflowId, proofAnnotation } from '../../contracts/healing/names.ts';
import { healingStatus } from '../../contracts/healing/signals-and-queries.ts';
import type { AuditEvent } from '../../sandbox/audit.ts';
import { SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import { REAL_NODES_PROFILE } from '../../sandbox/probing-pods/evidence-config.ts';
import { realNodes } from '../../sandbox/real-nodes/addresses.ts';
import type { RealNodes, RealNodesOptions } from '../../sandbox/real-nodes/real-nodes.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodeName } from '../fixtures/nodes.ts';
import { temporalClientOf } from '../fixtures/sandbox-temporal.ts';
import { createAuditTail } from './audit-tail.ts';
import { type Capture, startCapture } from './capture.ts';

export const MARK = markAnnotation(REAL_NODES_PROFILE);

const QUERY_TIMEOUT_MS = 10_000;
const CLOSED_TIMEOUT_MS = 60_000;
/** Kubelets share the machine with it. */
const READY_TIMEOUT_MS = 180_000;
const POLL_MS = 200;

export interface HealWorldOptions {
  readonly realNodes: RealNodesOptions;
  /** Keys of `healing`, which hold for the profile of the real nodes. */
  readonly healing: Readonly<Record<string, unknown>>;
  /** Checkout whose worker and starter are run; default: this one. */
  readonly checkout?: string;
}

export interface HealWorld {
  readonly sandbox: Sandbox;
  readonly nodes: RealNodes;
  readonly capture: Capture;
  /** Requests of worker and starter. */
  audit(): Promise<readonly AuditEvent[]>;
  /** Kills the worker, or does nothing where none runs. */
  killWorker(): Promise<void>;
  startWorker(): Promise<void>;
  heal(node: string): WorkflowHandle;
  /** Null while there is no heal, or none that answers. */
  status(node: string): Promise<HealingStatus | null>;
  /** Takes the mark away, which begins a heal; one that runs is ended before. Resolves with the time before it. */
  begin(node: string): Promise<number>;
  isMarked(node: string): Promise<boolean>;
  untilMarked(node: string, timeoutMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Its nodes count as healed until `begin`. */
export async function startHealWorld({ realNodes: real, healing, checkout }: HealWorldOptions): Promise<HealWorld> {
  const sandbox = await startSandbox({
    report: () => {},
    evidence: 'source-address',
    realNodes: real,
    vigilante: { healing },
  });
  try {
    const nodes = await sandbox.realNodes();
    const capture = await startCapture(nodes);
    for (const { name } of realNodes(real.count)) await sandbox.annotateNode(name, { [MARK]: 'true' });
    const temporal = await temporalClientOf(sandbox);
    const processes = processesOf(sandbox, checkout);
    await processes.startWorker();
    await processes.startStarter();
    const tail = createAuditTail(sandbox.layout);
    return {
      sandbox,
      nodes,
      capture,
      audit: () => tail.read(),
      killWorker: () => processes.killWorker(),
      startWorker: () => processes.startWorker(),
      ...questions(sandbox, temporal),
      async stop() {
        await temporal.connection.close();
        await sandbox.stop();
      },
    };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}

function processesOf(sandbox: Sandbox, checkout: string | undefined) {
  const from = checkout === undefined ? {} : { checkout };
  let worker: VigilanteProcess | null = null;
  let replica = 0;
  return {
    async startWorker() {
      worker = await sandbox.startProcess('worker', { ...from, replica });
      replica += 1;
      await worker.waitUntilReady(READY_TIMEOUT_MS);
    },
    async killWorker() {
      await worker?.kill('SIGKILL');
      worker = null;
    },
    async startStarter() {
      await (await sandbox.startProcess('starter', from)).waitUntilReady(READY_TIMEOUT_MS);
    },
  };
}

function questions(sandbox: Sandbox, temporal: Client) {
  const heal = (node: string) => temporal.workflow.getHandle(workflowIdOf(node));
  const status = async (node: string) => {
    const asked = temporal.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => heal(node).query(healingStatus));
    return asked.catch(() => null);
  };
  const isMarked = async (node: string) => (await sandbox.getNode(node))?.annotations[MARK] === 'true';
  return {
    heal,
    status,
    isMarked,
    async begin(node: string) {
      if (!(await isMarked(node))) await sandbox.annotateNode(node, { [MARK]: 'true' });
      await untilClosed(heal(node));
      const beganMs = Date.now();
      await sandbox.annotateNode(node, { [MARK]: null, [proofAnnotation(REAL_NODES_PROFILE)]: null });
      return beganMs;
    },
    async untilMarked(node: string, timeoutMs: number) {
      const explain = async () => `status of the heal: ${JSON.stringify(await status(node))}`;
      await waitUntil(() => isMarked(node), { what: `${node} to be marked`, timeoutMs, pollMs: POLL_MS, explain });
    },
  };
}

/** The starter begins none while one runs. One whose node is marked, by whomever, is about to close. */
async function untilClosed(heal: WorkflowHandle): Promise<void> {
  const state = async () => (await heal.describe().catch(() => null))?.status.name;
  await waitUntil(async () => (await state()) !== 'RUNNING', {
    what: `${heal.workflowId} to close`,
    timeoutMs: CLOSED_TIMEOUT_MS,
    pollMs: POLL_MS,
  });
}

function workflowIdOf(node: string): string {
  return onboardNodeWorkflowId({ cluster: SANDBOX_CLUSTER, node: nodeName(node), profile: REAL_NODES_PROFILE });
}
