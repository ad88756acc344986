/** A sandbox in which each process is of this checkout or of an earlier one, with a configuration that it knows. */

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { DEFAULT_HEALED_ANNOTATION, HEAL_NODE_WORKFLOW, ONBOARD_NODE_WORKFLOW } from '../../contracts/healing/names.ts';
import type { Behaviour } from '../../sandbox/behaviour.ts';
import { fileOf, SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { podLives, STARTER } from '../e2e/audit-attempts.ts';
import { temporalClientOf } from '../fixtures/sandbox-temporal.ts';

type Version = 'old' | 'new';
type HealType = 'healNode' | 'onboardNode';

export interface MixedState {
  readonly open: Readonly<Record<HealType, number>>;
  /** Names of the nodes with an open heal. */
  readonly openNodes: readonly string[];
  readonly completed: number;
  /** One line for each workflow that ended otherwise. */
  readonly failed: readonly string[];
  /** Open heals whose workflow task failed and is tried again. */
  readonly failedTasks: number;
  /** Names of the marked nodes. */
  readonly marked: readonly string[];
}

export interface MixedWorld {
  /** What a starter of the earlier version begins. */
  readonly oldType: HealType;
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
/** What a version that asks echoes does not know yet; each heal of it is of version 2 of its input. */
const EARLY = { finish: 'proven', proofsInARow: 2, proofsOver: '3s', intervalFirst: '1s' };
/** Of a version that asks echoes. */
const ASKING_WORKFLOW = 'workflows/healing/onboard-node.ts';
const START_TIMEOUT_MS = 120_000;
/** A window, its extension, and the ten minutes that the server may wait to try a failed workflow task again. */
const HEALED_TIMEOUT_MS = 900_000;

const ConfigSchema = z.looseObject({ healing: z.record(z.string(), z.unknown()) });

/** @param checkout Folder of the earlier version. */
export async function startMixedWorld(checkout: string): Promise<MixedWorld> {
  const isAsking = existsSync(join(checkout, ASKING_WORKFLOW));
  const sandbox = await startSandbox({
    report: () => {},
    evidence: 'source-address',
    vigilante: { healing: { ...HEALING, patience: PATIENCE, ...(isAsking ? EARLY : {}) } },
  });
  const client = await temporalClientOf(sandbox);
  const oldConfig = join(sandbox.layout.folder, 'conf-old.yaml');
  const config = isAsking ? await withoutEarly(sandbox) : { cluster: SANDBOX_CLUSTER, healing: HEALING };
  await writeFile(oldConfig, stringify(config));
  let replica = 0;
  const state = () => readState(sandbox, client);
  return {
    oldType: isAsking ? ONBOARD_NODE_WORKFLOW : HEAL_NODE_WORKFLOW,
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
      await client.connection.close();
      await sandbox.stop();
    },
  };
}

/** The configuration of the sandbox, with the endpoints of its echo, for a version that knows all but these keys. */
async function withoutEarly({ layout }: Sandbox): Promise<unknown> {
  const { healing, ...others } = ConfigSchema.parse(parse(await readFile(fileOf(layout, 'conf.yaml'), 'utf8')));
  return { ...others, healing: Object.fromEntries(Object.entries(healing).filter(([key]) => !(key in EARLY))) };
}

async function readState(sandbox: Sandbox, client: Client): Promise<MixedState> {
  const open = { [HEAL_NODE_WORKFLOW]: 0, [ONBOARD_NODE_WORKFLOW]: 0 };
  const failed: string[] = [];
  const openNodes: string[] = [];
  let completed = 0;
  let failedTasks = 0;
  for await (const { type, status, workflowId, runId } of client.workflow.list()) {
    if (type !== HEAL_NODE_WORKFLOW && type !== ONBOARD_NODE_WORKFLOW) continue;
    if (status.name === 'COMPLETED') completed += 1;
    else if (status.name !== 'RUNNING') failed.push(`${workflowId} is ${status.name}`);
    else {
      open[type] += 1;
      openNodes.push(workflowId.split('/').at(-1) ?? '');
      const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
      if ((raw.pendingWorkflowTask?.attempt ?? 1) > 1) failedTasks += 1;
    }
  }
  const marked = (await sandbox.listNodes()).flatMap(({ name, annotations }) =>
    annotations[DEFAULT_HEALED_ANNOTATION] === 'true' ? [name] : [],
  );
  return { open, openNodes, completed, failed, failedTasks, marked };
}
