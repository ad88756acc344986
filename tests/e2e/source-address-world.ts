/** A sandbox whose healing has a profile for each set of endpoints, and what the tests ask of its heals. */

import type { Client, WorkflowHandle } from '@temporalio/client';
import { type MetricPage, scrape, sumOf } from '../../bench/prometheus.ts';
import type { HealingStatus } from '../../contracts/healing/heal-node.ts';
import { markAnnotation, onboardNodeWorkflowId, SNAT_PROFILE } from '../../contracts/healing/names.ts';
import { healingStatus } from '../../contracts/healing/signals-and-queries.ts';
import { SOURCE_KINDS, type SourceKind } from '../../domain/healing/pod-evidence.ts';
import type { EchoRequirement } from '../../domain/healing/source-verdict.ts';
import { SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodeName } from '../fixtures/nodes.ts';
import { temporalClientOf } from '../fixtures/sandbox-temporal.ts';
import { livesOn, nodePatches, type PodLife } from './audit-attempts.ts';

/** Of `snat`. It moves by its own length at most, and a slow machine takes long to start an echo. */
export const SNAT_WINDOW_MS = 30_000;
const KEYS = { window: '12s', interval: '2s', patience: '6s', provenPodsMin: 2 };
const ASKS_LABEL = 'vigilante.test/asks';
const IMAGE = 'localhost/probe:1';
const QUERY_TIMEOUT_MS = 5_000;
const WAIT_MS = 150_000;

/** Beside `snat`, whose pods ask the echo of the sandbox. */
export interface AskingProfile {
  readonly name: string;
  readonly require?: EchoRequirement;
  readonly endpoints: readonly object[];
}

/** One heal: nodes are named after their profile, or otherwise. */
export interface Healed {
  readonly node: string;
  readonly profile: string;
}

export interface SourceWorld {
  readonly sandbox: Sandbox;
  heal(healed: Healed): WorkflowHandle;
  addNode(healed: Healed): Promise<void>;
  statusThat(healed: Healed, what: string, holds: (status: HealingStatus) => boolean): Promise<HealingStatus>;
  /** Resolves once the heal is unproven, or has ended. */
  untilDecided(healed: Healed): Promise<HealingStatus>;
  /** Times of the accepted writes of the mark, by the audit log. */
  marksMs(healed: Healed): Promise<readonly number[]>;
  lives(node: string): Promise<readonly PodLife[]>;
  metrics(): Promise<MetricPage>;
  /** What the worker counted, without the kinds that were not seen. */
  answers(profile: string, endpoint: string): Promise<Readonly<Partial<Record<SourceKind, number>>>>;
  stop(): Promise<void>;
}

export async function startSourceWorld(
  profiles: readonly AskingProfile[],
  beforeWorker: (sandbox: Sandbox) => Promise<void>,
): Promise<SourceWorld> {
  const sandbox = await startSandbox({
    report: () => {},
    evidence: 'source-address',
    vigilante: {
      healing: { ...KEYS, window: `${SNAT_WINDOW_MS}ms`, nodes: selectorOf(SNAT_PROFILE) },
      profiles: profiles.map(profileKeys),
      starter: { reconcileInterval: '2s' },
    },
  });
  try {
    // The worker asks each endpoint at its start, and then once a minute.
    await beforeWorker(sandbox);
    const [worker, starter] = await Promise.all([sandbox.startProcess('worker'), sandbox.startProcess('starter')]);
    await Promise.all([worker.waitUntilReady(), starter.waitUntilReady()]);
    const client = await temporalClientOf(sandbox);
    const metrics = () => scrape(`${worker.httpUrl}/metrics`);
    return {
      sandbox,
      metrics,
      ...questions(sandbox, client),
      async answers(profile, endpoint) {
        const page = await metrics();
        const counted = SOURCE_KINDS.map((source) => {
          return [source, sumOf(page, 'vigilante_source_answers_total', { profile, endpoint, source })] as const;
        });
        return Object.fromEntries(counted.filter(([, count]) => count > 0));
      },
      async stop() {
        await client.connection.close();
        await sandbox.stop();
      },
    };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}

function profileKeys({ name, require = 'all', endpoints }: AskingProfile): object {
  const echo = { require, settle: '0s', endpoints };
  return { ...KEYS, name, nodes: selectorOf(name), echo, pod: { image: IMAGE } };
}

function selectorOf(profile: string): string {
  return `${ASKS_LABEL}=${profile}`;
}

function questions(sandbox: Sandbox, client: Client): Omit<SourceWorld, 'sandbox' | 'metrics' | 'answers' | 'stop'> {
  const heal = ({ node, profile }: Healed) =>
    client.workflow.getHandle(onboardNodeWorkflowId({ cluster: SANDBOX_CLUSTER, node: nodeName(node), profile }));
  const status = (healed: Healed): Promise<HealingStatus | null> =>
    client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () => heal(healed).query(healingStatus)).catch(() => null);
  const explain = (healed: Healed) => async () => JSON.stringify(await status(healed));
  const marksMs = async ({ node, profile }: Healed) => {
    const mark = markAnnotation(profile);
    const patches = nodePatches(await sandbox.auditEvents(), node);
    return patches.flatMap(({ annotations, atMs }) => (annotations[mark] === 'true' ? [atMs] : []));
  };
  const hasEnded = async (healed: Healed) => (await heal(healed).describe()).status.name === 'COMPLETED';
  return {
    heal,
    marksMs,
    async addNode({ node, profile }) {
      await sandbox.addNode(node, { labels: { [ASKS_LABEL]: profile } });
    },
    statusThat: (healed, what, holds) =>
      waitUntil(
        async () => {
          const answer = await status(healed);
          return answer !== null && holds(answer) ? answer : null;
        },
        { what: `${healed.node}: ${what}`, timeoutMs: WAIT_MS, explain: explain(healed) },
      ),
    untilDecided: (healed) =>
      waitUntil(
        async () => {
          const answer = await status(healed);
          if (answer === null) return null;
          return answer.state === 'unproven' || (await hasEnded(healed)) ? answer : null;
        },
        { what: `the heal of ${healed.node} to be decided`, timeoutMs: WAIT_MS, explain: explain(healed) },
      ),
    lives: async (node) => livesOn(await sandbox.auditEvents(), node),
  };
}
