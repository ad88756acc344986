/** The world of one run: sandbox, processes, agents, witnesses. */

import type { Client } from '@temporalio/client';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { temporalClientOf } from '../fixtures/sandbox-temporal.ts';
import type { SlowWebhook } from '../integration/kubernetes/slow-webhook.ts';
import type { SystemFault } from './fault.ts';
import { type PodWitness, watchPods } from './pod-witness.ts';
import { type ChaosEvidence, type ChaosPolicy, configOf, evidenceOf } from './policy.ts';
import { createReplicas, type Replicas } from './replicas.ts';
import { type ClockCheck, type ReportStream, type StoreCheck, startReports } from './report-stream.ts';
import type { Timeline } from './timeline.ts';

export interface ChaosWorld {
  readonly sandbox: Sandbox;
  readonly client: Client;
  readonly replicas: Replicas;
  readonly reports: ReportStream;
  readonly pods: PodWitness;
  readonly timeline: Timeline;
  /** What a pod must show. */
  readonly evidence: ChaosEvidence;
  /** Folder of the program that all processes run first; undefined: this checkout. */
  readonly checkout: string | undefined;
  /** Folder of the checkout with newer workflows, once it is built; null where the run has no upgrade. */
  readonly nextCheckout: Promise<string | null>;
  /** Which processes the upgrade replaces. */
  readonly upgrades: 'workers' | 'all';
  /** After each start of the collector. */
  readonly storeChecks: StoreCheck[];
  /** After each step of the collector's clock. */
  readonly clockChecks: ClockCheck[];
  /** Webhooks that could not be removed yet. */
  readonly webhooks: Set<SlowWebhook>;
  /** Nodes with a fault under way. */
  readonly busyNodes: Set<string>;
  /** Requests that faults of the network hit, by kind of fault. */
  readonly hits: ReadonlyMap<SystemFault['kind'], number>;
  requestsHit(fault: SystemFault, count: number): void;
  stop(): Promise<void>;
}

export interface WorldOptions extends Pick<ChaosWorld, 'timeline' | 'checkout' | 'nextCheckout' | 'upgrades'> {
  readonly policy: ChaosPolicy;
}

/** All processes run and are ready. */
export async function startChaosWorld(options: WorldOptions): Promise<ChaosWorld> {
  const { timeline, checkout, nextCheckout, upgrades } = options;
  const evidence = evidenceOf(options.policy);
  const sandbox = await startSandbox({
    report: () => {},
    vigilante: configOf(options.policy),
    ...(evidence === 'sandbox' ? {} : { evidence }),
  });
  try {
    const client = await temporalClientOf(sandbox);
    const replicas = await createReplicas(sandbox, { timeline, checkout });
    await Promise.all(replicas.all.map((replica) => replica.start()));
    const [reports] = await Promise.all([startReports(sandbox), ...replicas.all.map((one) => one.untilReady())]);
    const hits = new Map<SystemFault['kind'], number>();
    const pods = watchPods(sandbox.api);
    let stopping: Promise<void> | null = null;
    const stop = async () => {
      await reports.stop();
      await pods.stop();
      await replicas.close();
      await client.connection.close();
      await sandbox.stop();
    };
    return {
      sandbox,
      client,
      replicas,
      reports,
      pods,
      timeline,
      evidence,
      checkout,
      nextCheckout,
      upgrades,
      hits,
      storeChecks: [],
      clockChecks: [],
      webhooks: new Set(),
      busyNodes: new Set(),
      requestsHit: ({ kind }, count) => void hits.set(kind, (hits.get(kind) ?? 0) + count),
      stop() {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}
