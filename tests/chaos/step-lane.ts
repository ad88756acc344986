/** A worker that heals one node after the other in a cluster name of its own, and dies in each heal at another step. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { HealingPolicy } from '../../contracts/healing/heal-node.ts';
import { DEFAULT_HEALED_ANNOTATION, HEAL_NODE_WORKFLOW } from '../../contracts/healing/names.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { healStartOptions } from '../../temporal/healing/start.ts';
import { openApiProxy } from '../e2e/api-proxy.ts';
import { kubeconfigVia } from '../e2e/faults-world.ts';
import { nodeName } from '../fixtures/nodes.ts';
import { deedOf, isCall, isPoll, type Step } from './step.ts';
import { openTemporalProxy } from './temporal-proxy.ts';

export const STEP_POLICY: HealingPolicy = {
  windowMs: 3_000,
  intervalMs: 1_000,
  errorBudget: 4,
  evidence: 'sandbox',
  provenPodsMin: 2,
  retryAfterMs: 60_000,
  searchAttributes: false,
};

const HEAL_TIMEOUT_MS = 120_000;

export interface StepOutcome {
  readonly node: string;
  readonly step: Step | null;
  /** False when the heal never came to the step. */
  readonly hit: boolean;
  /** Of the heal's result; null when it did not end well. */
  readonly attempts: number | null;
  readonly problem: string | null;
  /** How often each thing was done. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface StepLane {
  /** Heals a new node, and kills the worker at the step on the way. */
  heal(node: string, step: Step | null): Promise<StepOutcome>;
  close(): Promise<void>;
}

const ResultSchema = z.object({ outcome: z.literal('healed'), attempts: z.int() });

export async function openStepLane(sandbox: Sandbox, client: Client, name: string): Promise<StepLane> {
  let counts = new Map<string, number>();
  let step: Step | null = null;
  let worker: VigilanteProcess | null = null;
  let hit = false;

  /** Resolves at once, or when the worker is dead. */
  async function reach(what: string, when: Step['when']): Promise<boolean> {
    if (when === 'before' || isPoll(what)) counts.set(what, (counts.get(what) ?? 0) + 1);
    if (hit || step === null || step.what !== what || step.when !== when || step.nth !== counts.get(what)) return false;
    hit = true;
    await worker?.kill('SIGKILL');
    void start();
    return true;
  }

  const temporal = await openTemporalProxy(sandbox.layout.ports.temporal, {
    async before(method) {
      // What a dead worker has sent on its way does not arrive.
      if (isCall(method) && (await reach(method, 'before'))) throw new Error('the worker is dead');
    },
    async after(method, isEmpty) {
      if (isCall(method) || (isPoll(method) && !isEmpty)) await reach(method, 'after');
    },
  });
  const api = await openApiProxy(sandbox.layout, {
    async intercept(incoming) {
      const deed = deedOf(incoming);
      if (deed === null || !(await reach(deed, 'before'))) return { kind: 'pass' };
      return { kind: 'answer', answer: { status: 503, headers: {}, body: '' } };
    },
    async answered(incoming) {
      const deed = deedOf(incoming);
      if (deed !== null) await reach(deed, 'after');
    },
  });
  const configPath = join(sandbox.layout.folder, `conf-${name}.yaml`);
  await writeFile(configPath, stringify({ cluster: name, temporal: { searchAttributes: false } }));
  const KUBECONFIG = await kubeconfigVia(sandbox, 'worker', { server: api.url, name });

  async function start(): Promise<void> {
    const env = { KUBECONFIG, TEMPORAL_ADDRESS: temporal.address };
    worker = await sandbox.startProcess('worker', { replica: Number(name.split('-').at(-1)), env, configPath });
  }

  await start();
  return {
    async heal(node, at) {
      counts = new Map();
      step = at;
      hit = false;
      await sandbox.addNode(node);
      const options = healStartOptions(
        { cluster: name, node: nodeName(node) },
        { workflow: HEAL_NODE_WORKFLOW, policy: STEP_POLICY },
        DEFAULT_HEALED_ANNOTATION,
      );
      const handle = await client.workflow.start(HEAL_NODE_WORKFLOW, {
        ...options,
        workflowExecutionTimeout: HEAL_TIMEOUT_MS,
      });
      const { attempts, problem } = await resultOf(handle);
      return { node, step: at, hit, attempts, problem, counts };
    },
    async close() {
      await temporal.close();
      await api.close();
    },
  };
}

async function resultOf(handle: { result(): Promise<unknown> }): Promise<Pick<StepOutcome, 'attempts' | 'problem'>> {
  try {
    return { attempts: ResultSchema.parse(await handle.result()).attempts, problem: null };
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? (error.cause ?? error) : error;
    return { attempts: null, problem: `the heal ended otherwise: ${String(cause)}` };
  }
}
