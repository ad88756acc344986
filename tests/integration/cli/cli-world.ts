/** A real API server, a real Temporal and a worker with the real workflow, for the commands for people. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { createHealingActivities } from '../../../activities/healing/activities.ts';
import { main } from '../../../cli/main.ts';
import type { Terminal } from '../../../cli/terminal.ts';
import {
  type ConnectivityPolicy,
  WATCH_CONNECTIVITY_WORKFLOW,
} from '../../../contracts/connectivity/watch-connectivity.ts';
import { DEFAULT_HEALED_ANNOTATION, podTaskQueue } from '../../../contracts/healing/names.ts';
import { taskQueue } from '../../../contracts/names.ts';
import { connectCluster } from '../../../kubernetes/client/connection.ts';
import { createHealingPods } from '../../../kubernetes/healing/pods.ts';
import { createNodeEvents } from '../../../kubernetes/nodes/events.ts';
import { createNodes } from '../../../kubernetes/nodes/nodes.ts';
import type { ApiClient } from '../../../sandbox/api-client.ts';
import { connectivityStartOptions } from '../../../temporal/connectivity/start.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { startRealTime } from '../../fixtures/temporal-environments.ts';
import { startApiServer } from '../kubernetes/api-server.ts';
import { NAMESPACE } from '../kubernetes/cluster-fixtures.ts';
import { type ConnectivityWorld, createConnectivityWorld } from '../watch-connectivity/world.ts';

export const CLUSTER = 'test';

export interface CommandRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliWorld {
  readonly admin: ApiClient;
  readonly client: Client;
  /** Runs a command with the options that reach this world; `config` holds more of the section `healing`. */
  run(args: readonly string[], healing?: object): Promise<CommandRun>;
  /** As `run`, without `--config`. */
  runUnconfigured(args: readonly string[]): Promise<CommandRun>;
  /** The scripted collector of the worker. */
  readonly collector: ConnectivityWorld;
  /** Starts the watch of the connectivity, as the starter does. */
  startWatch(policy: ConnectivityPolicy): Promise<WorkflowHandle>;
  stopWorker(): Promise<void>;
  killApiServer(): Promise<void>;
  restartApiServer(): Promise<void>;
  stop(): Promise<void>;
}

/** Every pod counts as a proof: nothing plays kubelet here. */
const QUICK_HEAL = { window: '3s', interval: '1s', evidence: 'none', provenPodsMin: 2, errorBudget: 2 };

export async function startCliWorld(): Promise<CliWorld> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const api = await startApiServer();
  const env = await startRealTime([]);
  const kubeconfig = api.kubeconfig('admin');
  const collector = createConnectivityWorld(async () => Date.now());
  const workers = await startWorkers(env, api.kubeconfig('worker').path, collector);
  const folder = await mkdtemp(join(tmpdir(), 'vigilante-cli-'));
  // The agents are the collector's matter; its commands reach no cluster.
  const reach = ([command]: readonly string[]) => [
    '--address',
    env.address,
    '--cluster',
    CLUSTER,
    ...(command === 'connectivity' ? [] : ['--kubeconfig', kubeconfig.path]),
  ];
  return {
    admin: api.admin,
    client: env.client,
    async run(args, healing = {}) {
      const config = join(folder, 'conf.yaml');
      await writeFile(config, JSON.stringify({ healing: { ...QUICK_HEAL, ...healing } }));
      return runCommand([...args, ...reach(args), '--config', config]);
    },
    runUnconfigured: (args) => runCommand([...args, ...reach(args)]),
    collector,
    startWatch: (policy) =>
      env.client.workflow.start(WATCH_CONNECTIVITY_WORKFLOW, connectivityStartOptions({ cluster: CLUSTER, policy })),
    stopWorker: () => workers.stop(),
    killApiServer: () => api.kill(),
    restartApiServer: () => api.restart(),
    async stop() {
      await workers.stop();
      await env.teardown();
      await api.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function runCommand(args: readonly string[]): Promise<CommandRun> {
  return withTerminal((terminal) => main(args, terminal));
}

/** Keeps what is written. */
export async function withTerminal(run: (terminal: Terminal) => Promise<number>): Promise<CommandRun> {
  const output = { out: '', err: '' };
  const terminal: Terminal = {
    write: (text) => void (output.out += text),
    note: (text) => void (output.err += text),
    interactive: false,
    columns: 120,
    nowMs: () => Date.now(),
    pause: (durationMs) => new Promise((done) => setTimeout(done, durationMs)),
    interrupted: () => false,
  };
  const code = await run(terminal);
  return { code, ...output };
}

async function startWorkers(
  env: TestWorkflowEnvironment,
  kubeconfig: string,
  collector: ConnectivityWorld,
): Promise<{ stop(): Promise<void> }> {
  const cluster = connectCluster({ kubeconfig: { kind: 'file', path: kubeconfig } });
  const activities = createHealingActivities({
    nodes: createNodes(cluster, { healedAnnotation: DEFAULT_HEALED_ANNOTATION }),
    pods: createHealingPods(cluster, {
      namespace: NAMESPACE,
      image: 'mcr.microsoft.com/oss/v2/kubernetes/pause:3.10.1',
      tolerations: [{ operator: 'Exists' }],
      intervalMs: 30_000,
    }),
    events: createNodeEvents(cluster),
    informer: new Map(),
    healedAnnotation: DEFAULT_HEALED_ANNOTATION,
    onAttempt: () => undefined,
    onEventDropped: () => undefined,
  });
  const workflowBundle = await bundleWorkflows(new DefaultLogger('ERROR'));
  const common = { connection: env.nativeConnection, activities: { ...activities, ...collector.activities } };
  const workers = [
    await Worker.create({ ...common, workflowBundle, taskQueue: taskQueue(CLUSTER) }),
    await Worker.create({ ...common, taskQueue: podTaskQueue(CLUSTER) }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  let stopped = false;
  return {
    async stop() {
      if (stopped) return;
      stopped = true;
      for (const worker of workers) worker.shutdown();
      await running;
      await cluster.close();
    },
  };
}
