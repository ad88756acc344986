/** A sandbox with worker and starter for the tests of faults, and what they ask of heals. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { parse, stringify } from 'yaml';
import type { HealingStatus } from '../../contracts/healing/heal-node.ts';
import { DEFAULT_HEALED_ANNOTATION, healNodeWorkflowId } from '../../contracts/healing/names.ts';
import { healingStatus } from '../../contracts/healing/signals-and-queries.ts';
import { type Component } from '../../contracts/processes.ts';
import { RELEASE_NAMESPACE, SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/start-sandbox.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodeName } from '../fixtures/nodes.ts';
import { temporalClientOf } from '../fixtures/sandbox-temporal.ts';

export const POLICY = { windowMs: 16_000, intervalMs: 2_000, reconcileMs: 2_000, provenPodsMin: 3, errorBudget: 4 };
export const WAIT_MS = 120_000;

/** A heal that a slow machine left without enough proofs tries again soon, so that no test depends on one window. */
const RETRY_AFTER_MS = 30_000;

const QUERY_TIMEOUT_MS = 3_000;
const EVENTS_EXPLAINED = 12;

const CONFIG = {
  healing: {
    window: `${POLICY.windowMs}ms`,
    interval: `${POLICY.intervalMs}ms`,
    provenPodsMin: POLICY.provenPodsMin,
    errorBudget: POLICY.errorBudget,
    retryAfter: `${RETRY_AFTER_MS}ms`,
  },
  starter: { reconcileInterval: `${POLICY.reconcileMs}ms` },
  worker: { shutdownGrace: '15s' },
};

export interface FaultWorld {
  readonly sandbox: Sandbox;
  readonly client: Client;
  heal(node: string): WorkflowHandle;
  /** Null while no answer comes. */
  status(node: string): Promise<HealingStatus | null>;
  statusThat(node: string, what: string, holds: (status: HealingStatus) => boolean): Promise<HealingStatus>;
  /** States of all runs of the node's heal. */
  runs(node: string): Promise<readonly string[]>;
  /** For an error message: what is known of the node's heal. */
  explain(node: string): Promise<string>;
  /** Resolves when the node carries the annotation and its heal has ended. */
  untilHealed(node: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startFaultWorld(options: SandboxOptions = {}): Promise<FaultWorld> {
  const sandbox = await startSandbox({ report: () => {}, vigilante: CONFIG, ...options });
  const client = await temporalClientOf(sandbox);
  const heal = (node: string) => client.workflow.getHandle(workflowIdOf(node));

  async function status(node: string): Promise<HealingStatus | null> {
    try {
      return await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => heal(node).query(healingStatus));
    } catch {
      return null;
    }
  }

  async function explain(node: string): Promise<string> {
    const description = await heal(node)
      .describe()
      .catch(() => null);
    const events = (await heal(node).fetchHistory()).events ?? [];
    return [
      `heal ${description?.status.name}, status ${JSON.stringify(await status(node))}`,
      `pending ${JSON.stringify(description?.raw.pendingActivities ?? [])}`,
      `last events ${JSON.stringify(events.slice(-EVENTS_EXPLAINED))}`,
    ].join('\n');
  }

  return {
    sandbox,
    client,
    heal,
    status,
    explain,
    async runs(node) {
      const states: string[] = [];
      for await (const { status } of client.workflow.list({ query: `WorkflowId = '${workflowIdOf(node)}'` })) {
        states.push(status.name);
      }
      return states;
    },
    statusThat: (node, what, holds) =>
      waitUntil(
        async () => {
          const answer = await status(node);
          return answer !== null && holds(answer) ? answer : null;
        },
        { what: `${node}: ${what}`, timeoutMs: WAIT_MS, explain: async () => JSON.stringify(await status(node)) },
      ),
    async untilHealed(node) {
      await waitUntil(
        async () => (await sandbox.getNode(node))?.annotations[DEFAULT_HEALED_ANNOTATION]?.toLowerCase() === 'true',
        { what: `${node} to be annotated`, timeoutMs: WAIT_MS, explain: () => explain(node) },
      );
      await waitUntil(async () => (await heal(node).describe()).status.name === 'COMPLETED', {
        what: `the heal of ${node} to end`,
        timeoutMs: WAIT_MS,
      });
    },
    async stop() {
      await client.connection.close();
      await sandbox.stop();
    },
  };
}

/** For a process that reaches the API server by another address than the sandbox's own. */
export async function kubeconfigVia(
  sandbox: Sandbox,
  component: Component,
  { server, name = component }: { readonly server: string; readonly name?: string },
): Promise<string> {
  const config: unknown = parse(await readFile(sandbox.kubeconfigOf(component), 'utf8'));
  const path = join(sandbox.layout.folder, `kubeconfig-${name}-by-proxy`);
  const clusters = [{ name: 'sandbox', cluster: { server, 'insecure-skip-tls-verify': true } }];
  await writeFile(path, stringify({ ...(config as object), clusters }), { mode: 0o600 });
  return path;
}

/** The sandbox's configuration with other keys of the section `worker`. */
export async function configWith(sandbox: Sandbox, worker: object): Promise<string> {
  const path = join(sandbox.layout.folder, 'conf-of-one-worker.yaml');
  await writeFile(path, stringify({ cluster: SANDBOX_CLUSTER, ...CONFIG, worker: { ...CONFIG.worker, ...worker } }));
  return path;
}

export interface ReadinessAnswer {
  readonly code: number;
  readonly checks: Readonly<Record<string, string>>;
}

/** What `/readyz` says; null while the process does not serve it yet. */
export async function readiness(process: VigilanteProcess): Promise<ReadinessAnswer | null> {
  try {
    const answer = await fetch(`${process.httpUrl}/readyz`, { signal: AbortSignal.timeout(QUERY_TIMEOUT_MS) });
    const { checks } = (await answer.json()) as { checks: Record<string, string> };
    return { code: answer.status, checks };
  } catch {
    return null;
  }
}

export function readinessThat(
  process: VigilanteProcess,
  what: string,
  holds: (answer: ReadinessAnswer) => boolean,
): Promise<ReadinessAnswer> {
  return waitUntil(
    async () => {
      const answer = await readiness(process);
      return answer !== null && holds(answer) ? answer : null;
    },
    {
      what: `${process.name}: ${what}`,
      timeoutMs: WAIT_MS,
      explain: async () => JSON.stringify(await readiness(process)),
    },
  );
}

export function logOf(process: VigilanteProcess): Promise<string> {
  return readFile(process.logPath, 'utf8');
}

/** Names of the healing pods that are there, of one node or of all. */
export async function podNames(sandbox: Sandbox, node?: string): Promise<readonly string[]> {
  const selector = node === undefined ? '' : `?labelSelector=vigilante-node-name%3D${node}`;
  const { body } = await sandbox.api.demand('GET', `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods${selector}`);
  return (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
}

function workflowIdOf(name: string): string {
  return healNodeWorkflowId({ cluster: SANDBOX_CLUSTER, node: nodeName(name) });
}
