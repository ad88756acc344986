/** A sandbox in which each process is of this checkout or of an earlier one, with a configuration that it knows. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { stringify } from 'yaml';
import { DEFAULT_HEALED_ANNOTATION, HEAL_NODE_WORKFLOW, ONBOARD_NODE_WORKFLOW } from '../../contracts/healing/names.ts';
import type { Behaviour } from '../../sandbox/behaviour.ts';
import { SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { podLives, STARTER } from '../e2e/audit-attempts.ts';

type Version = 'old' | 'new';
type HealType = 'healNode' | 'onboardNode';

export interface MixedState {
  readonly open: Readonly<Record<HealType, number>>;
  readonly completed: number;
  /** One line for each workflow that ended otherwise. */
  readonly failed: readonly string[];
  /** Open heals whose workflow task failed and is tried again. */
  readonly failedTasks: number;
  /** Names of the marked nodes. */
  readonly marked: readonly string[];
}

export interface MixedWorld {
  start(component: 'worker' | 'starter', version: Version): Promise<VigilanteProcess>;
  addNode(name: string, behaviour: Behaviour): Promise<void>;
  state(): Promise<MixedState>;
  untilHeals(type: HealType, count: number): Promise<void>;
  /** Until all of these nodes that do not lie are marked; rejects after their windows. */
  untilHealed(nodes: readonly string[]): Promise<MixedState>;
  /** One line for each pod that a starter removed. */
  sweptPods(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const HEALING = { window: '45s', interval: '3s', provenPodsMin: 2 };
const PATIENCE = '15s';
const START_TIMEOUT_MS = 120_000;
/** A window, its extension, and what a failed workflow task waits for its next try. */
const HEALED_TIMEOUT_MS = 300_000;

/** @param checkout Folder of the earlier version. */
export async function startMixedWorld(checkout: string): Promise<MixedWorld> {
  const sandbox = await startSandbox({
    report: () => {},
    evidence: 'source-address',
    vigilante: { healing: { ...HEALING, patience: PATIENCE } },
  });
  const connection = await Connection.connect({ address: sandbox.env.TEMPORAL_ADDRESS });
  const client = new Client({ connection, namespace: sandbox.env.TEMPORAL_NAMESPACE });
  const oldConfig = join(sandbox.layout.folder, 'conf-old.yaml');
  await writeFile(oldConfig, stringify({ cluster: SANDBOX_CLUSTER, healing: HEALING }));
  let replica = 0;
  const state = () => readState(sandbox, client);
  return {
    async start(component, version) {
      const process = await sandbox.startProcess(component, {
        replica: (replica += 1),
        ...(version === 'old' ? { checkout, configPath: oldConfig } : {}),
      });
      await process.waitUntilReady(START_TIMEOUT_MS);
      return process;
    },
    async addNode(name, behaviour) {
      await sandbox.addNode(name, { behaviour });
    },
    state,
    async untilHeals(type, count) {
      const what = `${count} heals of the type ${type}`;
      await waitUntil(async () => (await state()).open[type] === count, { what, timeoutMs: START_TIMEOUT_MS });
    },
    untilHealed(nodes) {
      const isMissing = ({ marked }: MixedState) =>
        nodes.filter((node) => !node.endsWith('lying') && !marked.includes(node));
      return waitUntil(
        async () => {
          const now = await state();
          return isMissing(now).length === 0 ? now : null;
        },
        {
          what: 'all nodes to be marked',
          timeoutMs: HEALED_TIMEOUT_MS,
          explain: async () => `without a mark: ${isMissing(await state()).join(', ')}`,
        },
      );
    },
    async sweptPods() {
      const lives = podLives(await sandbox.auditEvents());
      return lives.filter(({ end }) => end?.deletedBy === STARTER).map(({ name }) => `a starter removed pod ${name}`);
    },
    async stop() {
      await connection.close();
      await sandbox.stop();
    },
  };
}

async function readState(sandbox: Sandbox, client: Client): Promise<MixedState> {
  const open = { [HEAL_NODE_WORKFLOW]: 0, [ONBOARD_NODE_WORKFLOW]: 0 };
  const failed: string[] = [];
  let completed = 0;
  let failedTasks = 0;
  for await (const { type, status, workflowId, runId } of client.workflow.list()) {
    if (type !== HEAL_NODE_WORKFLOW && type !== ONBOARD_NODE_WORKFLOW) continue;
    if (status.name === 'COMPLETED') completed += 1;
    else if (status.name !== 'RUNNING') failed.push(`${workflowId} is ${status.name}`);
    else {
      open[type] += 1;
      const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
      if ((raw.pendingWorkflowTask?.attempt ?? 1) > 1) failedTasks += 1;
    }
  }
  const marked = (await sandbox.listNodes()).flatMap(({ name, annotations }) =>
    annotations[DEFAULT_HEALED_ANNOTATION] === 'true' ? [name] : [],
  );
  return { open, completed, failed, failedTasks, marked };
}
