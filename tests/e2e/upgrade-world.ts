/** A sandbox whose workers are a minor version behind their API server, and what tests of upgrades do with it. */

import { join } from 'node:path';
import { z } from 'zod';
import type { UpgradeClusterInput } from '../../contracts/upgrade/upgrade-cluster.ts';
import { STRATEGIC_PATCH } from '../../sandbox/api-client.ts';
import { type AuditEvent, auditUser } from '../../sandbox/audit.ts';
import { SANDBOX_CLUSTER, serviceAccountOf } from '../../sandbox/layout.ts';
import { MACHINE_ANNOTATION, type MachineBehaviour } from '../../sandbox/machines/machine-behaviour.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { version } from '../fixtures/maintenance.ts';
import { type MaintenanceWorld, type NodeState, nodeState, startMaintenanceWorld } from './maintenance-world.ts';
import { completeConfig, configOf, type UpgradeWorldOptions } from './upgrade-config.ts';
import { type UpgradeRun, upgradeRunOf } from './upgrade-run.ts';

export const BEFORE = 'v1.35.4';
/** As the API server of the sandbox. */
export const TARGET = 'v1.36.3';

export interface UpgradeWorld extends MaintenanceWorld, UpgradeRun {
  readonly reportFolder: string;
  /** All workers as they were before any upgrade; machines that behave in another way by name. */
  reset(machines?: Readonly<Record<string, MachineBehaviour>>): Promise<void>;
  addWorker(name: string): Promise<void>;
  start(name: string, change?: Partial<UpgradeClusterInput>): Promise<void>;
  states(): Promise<ReadonlyMap<string, NodeState>>;
  /** Acts on each worker since the last reset, by name. */
  acts(): Promise<Readonly<Record<string, number>>>;
}

export async function startUpgradeWorld(options: UpgradeWorldOptions): Promise<UpgradeWorld> {
  let reportFolder = '';
  const world = await startMaintenanceWorld({
    vigilante: configOf(options),
    before: async (sandbox) => {
      reportFolder = join(sandbox.layout.folder, 'reports');
      await completeConfig(sandbox, reportFolder, options);
      for (const name of options.workers) await addWorker(sandbox, name);
    },
  });
  const { sandbox, temporal } = world;
  const run = upgradeRunOf(temporal);
  const before = new Map<string, number>();
  const states = async () => {
    const found = await sandbox.listNodes();
    const all = await Promise.all(found.map(async ({ name }) => [name, await nodeState(sandbox, name)] as const));
    return new Map(all.flatMap(([name, state]) => (state === null ? [] : [[name, state] as const])));
  };
  return {
    ...world,
    ...run,
    reportFolder,
    states,
    async reset(machines = {}) {
      for (const [name, { acts }] of await states()) {
        before.set(name, acts);
        await setKubelet(sandbox, name, BEFORE);
        await sandbox.setNodeReady(name, true);
        await sandbox.annotateNode(name, { [MACHINE_ANNOTATION]: machines[name] ?? 'reboots' });
      }
    },
    addWorker: (name) => addWorker(sandbox, name),
    start: (name, change = {}) => run.begin({ ...INPUT, run: name, ...change }),
    async acts() {
      const all = [...(await states())].map(([name, { acts }]) => [name, acts - (before.get(name) ?? 0)] as const);
      return Object.fromEntries(all);
    },
    stop: async () => {
      await run.upgrade.abort({ by: 'test', reason: 'the end' }).catch(() => undefined);
      await world.stop();
    },
  };
}

const INPUT: Omit<UpgradeClusterInput, 'run'> = {
  cluster: SANDBOX_CLUSTER,
  versions: { kubernetes: version(TARGET), cni: version('v1.6.2'), crictl: null, etcd: null, artifacts: [] },
  parts: ['workers'],
  mode: 'upgrade',
  startedBy: 'anna',
  fleet: null,
};

async function addWorker(sandbox: Sandbox, name: string): Promise<void> {
  await sandbox.addNode(name, { os: 'linux', zone: 'a', boot: `boot-of-${name}` });
  await setKubelet(sandbox, name, BEFORE);
}

async function setKubelet({ api }: Sandbox, name: string, kubeletVersion: string): Promise<void> {
  const body = { status: { nodeInfo: { kubeletVersion } } };
  await api.demand('PATCH', `/api/v1/nodes/${name}/status`, { body, contentType: STRATEGIC_PATCH });
}

const MAINTAINER = auditUser(serviceAccountOf('maintainer'));
const READS = ['get', 'list', 'watch'];
/** Asks who may do what, and changes nothing. */
const REVIEWS = /reviews$/;

/** What the maintainer wrote since then; a dry run on the side of the API server is none. */
export function writesSince(events: readonly AuditEvent[], sinceMs: number): readonly string[] {
  return events
    .filter(({ user, receivedMs }) => user === MAINTAINER && receivedMs >= sinceMs)
    .filter(
      ({ verb, uri, resource }) => !READS.includes(verb) && !uri.includes('dryRun=All') && !REVIEWS.test(resource),
    )
    .map(({ verb, uri }) => `${verb} ${uri}`);
}

const OutcomeSchema = z.object({ outcome: z.string(), records: z.array(z.object({ node: z.string() })) });

/** Of the JSON that the maintainer wrote. */
export function parseReport(text: string) {
  return OutcomeSchema.parse(JSON.parse(text));
}
