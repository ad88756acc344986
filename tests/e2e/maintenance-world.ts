/** A sandbox with the maintainer as a real process, and what tests of maintenance ask of it. */

import type { Client } from '@temporalio/client';
import { z } from 'zod';
import type { BudgetStatus } from '../../contracts/maintenance/guard-maintenance.ts';
import type { MaintainNodeInput } from '../../contracts/maintenance/maintain-node.ts';
import { parseMark } from '../../contracts/maintenance/mark.ts';
import { MAINTENANCE_ANNOTATION } from '../../contracts/maintenance/names.ts';
import type { MaintenanceMark } from '../../domain/maintenance/facts.ts';
import type { WaitReason } from '../../domain/maintenance/slots.ts';
import type { VigilanteConfig } from '../../sandbox/folder.ts';
import { SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import { actCount } from '../../sandbox/machines/machine-behaviour.ts';
import { REBOOT_EXECUTOR } from '../../sandbox/machines/maintenance-config.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type MaintenanceGuard, maintenanceGuardOf } from '../../temporal/maintenance/guard.ts';
import { type Maintenances, maintenancesOf } from '../../temporal/maintenance/maintenances.ts';
import { REBOOT } from '../fixtures/maintenance.ts';
import { nodeName, nodeUid } from '../fixtures/nodes.ts';
import { temporalClientOf } from '../fixtures/sandbox-temporal.ts';

/** On a machine that does other work a process takes a minute to start. */
const READY_TIMEOUT_MS = 180_000;

export interface MaintenanceWorld {
  readonly sandbox: Sandbox;
  readonly temporal: Client;
  readonly maintainer: VigilanteProcess;
  readonly guard: MaintenanceGuard;
  readonly maintenances: Maintenances;
  /** As the API server has it; null where no node has the name. */
  nodeState(name: string): Promise<NodeState | null>;
  budget(): Promise<BudgetStatus | null>;
  slotOf(node: string): Promise<'held' | 'given' | 'free'>;
  /** Empty where it does not wait for a slot, or was not told yet. */
  reasonsOf(node: string): Promise<readonly WaitReason[]>;
  /** A reboot by hand, unless it is changed. */
  maintain(node: string, change?: Partial<MaintainNodeInput>): Promise<void>;
  stop(): Promise<void>;
}

export interface NodeState {
  readonly uid: string;
  readonly isCordoned: boolean;
  readonly isMarked: boolean;
  /** Of the mark; null without one. */
  readonly phase: MaintenanceMark['phase'] | null;
  readonly acts: number;
  readonly bootId: string;
  readonly kubelet: string;
}

/** @param before makes the nodes and what runs on them */
export async function startMaintenanceWorld(options: {
  readonly vigilante: VigilanteConfig;
  /** Default: none that is a node. */
  readonly controlPlane?: 1 | 3;
  readonly before: (sandbox: Sandbox) => Promise<void>;
}): Promise<MaintenanceWorld> {
  const { before, ...wanted } = options;
  const sandbox = await startSandbox({ ...wanted, machines: true, report: () => {} });
  try {
    await before(sandbox);
    const components = ['collector', 'maintainer', 'starter'] as const;
    const started = await Promise.all(components.map((component) => sandbox.startProcess(component)));
    for (const process of started) await process.waitUntilReady(READY_TIMEOUT_MS);
    const maintainer = started.find(({ name }) => name === 'maintainer');
    if (maintainer === undefined) throw new Error('no maintainer was started');
    const temporal = await temporalClientOf(sandbox);
    const guard = maintenanceGuardOf(temporal, SANDBOX_CLUSTER);
    const maintenances = maintenancesOf(temporal, { cluster: SANDBOX_CLUSTER, searchAttributes: false });
    const budget = async () => {
      const answer = await guard.status();
      return answer.kind === 'status' ? answer.status : null;
    };
    return {
      sandbox,
      temporal,
      maintainer,
      guard,
      maintenances,
      nodeState: (name) => nodeState(sandbox, name),
      budget,
      slotOf: async (name) => {
        const { slots } = await waitUntil(budget, { what: 'an answer of the guard', timeoutMs: READY_TIMEOUT_MS });
        const slot = slots.find(({ node }) => node.name === name);
        if (slot === undefined) return 'free';
        return slot.held ? 'held' : 'given';
      },
      reasonsOf: async (name) => (await budget())?.waiting.find(({ node }) => node === name)?.reasons ?? [],
      maintain: async (name, change) => {
        const uid = nodeUid((await nodeState(sandbox, name))?.uid ?? '');
        await maintenances.start({ ...BY_HAND, node: { name: nodeName(name), uid }, ...change });
      },
      stop: async () => {
        await temporal.connection.close();
        await sandbox.stop();
      },
    };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}

const BY_HAND: Omit<MaintainNodeInput, 'node'> = {
  cluster: SANDBOX_CLUSTER,
  run: 'scenes',
  group: 'linux',
  purpose: 'by-hand',
  phase: 'node',
  executor: REBOOT_EXECUTOR,
  expect: REBOOT,
  parent: null,
};

const NodeSchema = z.object({
  metadata: z.object({ uid: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({ unschedulable: z.boolean().default(false) }),
  status: z.object({ nodeInfo: z.object({ bootID: z.string(), kubeletVersion: z.string() }) }),
});

export async function nodeState({ api }: Pick<Sandbox, 'api'>, name: string): Promise<NodeState | null> {
  const { status, body } = await api.demand('GET', `/api/v1/nodes/${name}`, { alsoFine: [404] });
  if (status === 404) return null;
  const { metadata, spec, status: reported } = NodeSchema.parse(body);
  const mark = parseMark(metadata.annotations[MAINTENANCE_ANNOTATION]);
  return {
    uid: metadata.uid,
    isCordoned: spec.unschedulable,
    isMarked: metadata.annotations[MAINTENANCE_ANNOTATION] !== undefined,
    phase: mark === 'unreadable' ? null : (mark?.phase ?? null),
    acts: actCount(metadata.annotations),
    bootId: reported.nodeInfo.bootID,
    kubelet: reported.nodeInfo.kubeletVersion,
  };
}
