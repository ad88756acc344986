/** Scenes of the least privilege: what goes wrong when a right is missing. */

import { expect } from '@jest/globals';
import { z } from 'zod';
import { connectivityStatus } from '../../contracts/connectivity/signals-and-queries.ts';
import {
  AGENT_CONNECTIVITY_CONDITION,
  watchConnectivityWorkflowId,
} from '../../contracts/connectivity/watch-connectivity.ts';
import { HEALING_POD_LABELS } from '../../contracts/healing/names.ts';
import { healingStatus } from '../../contracts/healing/signals-and-queries.ts';
import { type Component } from '../../contracts/processes.ts';
import { SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type HealingWorld, PODS } from './healing-world.ts';
import type { ScriptedCollector } from './scripted-collector.ts';

export interface Deprivation {
  /** While all rights are there. */
  readonly prepare?: () => Promise<void>;
  /** Without the right. */
  readonly act: () => Promise<void>;
  /** Waits for the consequence, and fails where there is none. */
  readonly suffers: () => Promise<void>;
  /** The right is back. */
  readonly recovers?: () => Promise<void>;
  readonly cleanUp?: () => Promise<void>;
}

const WAIT_MS = 120_000;

const ConditionsSchema = z.object({
  metadata: z.object({ uid: z.string() }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }),
});

/** The heal of a new node hangs on an activity, which says why, and so does the heal. The node is not healed. */
export function stuck(world: HealingWorld, of: { node: string; words: string; podsMin: number }): Deprivation {
  const { node, words, podsMin } = of;
  return {
    act: async () => {
      await world.sandbox.addNode(node);
    },
    suffers: async () => {
      const failure = async () => {
        const { raw } = await world.heal(node).describe();
        return raw.pendingActivities?.some(({ lastFailure }) => lastFailure?.message?.includes(words)) ?? false;
      };
      const what = `an activity that fails with "${words}"`;
      await waitUntil(failure, { what, timeoutMs: WAIT_MS, pollMs: 200 });
      const { lastError, refusal } = await world.heal(node).query(healingStatus);
      expect([lastError, refusal?.message]).toEqual([expect.stringContaining(words), lastError]);
      expect(await world.isAnnotated(node)).toBe(false);
      expect((await world.lives(node)).length).toBeGreaterThanOrEqual(podsMin);
    },
    cleanUp: () => forget(world, node),
  };
}

/** The rejections use up the budget. */
export function stalled(world: HealingWorld, { node, words }: { node: string; words: string }): Deprivation {
  return {
    act: async () => {
      await world.sandbox.addNode(node);
    },
    suffers: async () => {
      const { lastError } = await world.untilState(node, 'stalled');
      expect(lastError).toContain(words);
      expect(lastError).toContain('403 Forbidden');
      expect(await world.isAnnotated(node)).toBe(false);
    },
    cleanUp: () => forget(world, node),
  };
}

/** A process that starts now never becomes ready, and says why. */
export function unready(world: HealingWorld, component: Component, words: string): Deprivation {
  let replica: VigilanteProcess | null = null;
  return {
    act: async () => {
      replica = await world.sandbox.startProcess(component, { replica: 7 });
    },
    suffers: async () => {
      const page = `${replica?.httpUrl}/readyz`;
      await waitUntil(
        async () => {
          const answer = await fetch(page).catch(() => null);
          return answer !== null && answer.status === 503 && (await answer.text()).includes(words);
        },
        { what: `${page} to answer 503 with "${words}"`, timeoutMs: WAIT_MS, pollMs: 100 },
      );
    },
    recovers: async () => {
      await replica?.waitUntilReady();
    },
    cleanUp: async () => {
      await replica?.kill('SIGKILL');
    },
  };
}

/** A healing pod that no heal owns stays, and goes once the right is back. */
export function strayStays(world: HealingWorld, name: string): Deprivation {
  return {
    act: () => createPod(world, { name, labels: HEALING_POD_LABELS }),
    suffers: async () => {
      expect(await world.podNames()).toContain(name);
    },
    recovers: async () => {
      const what = `the stray pod ${name} to go`;
      await waitUntil(async () => !(await world.podNames()).includes(name), { what, timeoutMs: WAIT_MS });
    },
  };
}

/** The agents of a node alarm, and its condition does not say so until the right is back. */
export function untold(world: HealingWorld, of: { node: string; collector: ScriptedCollector }): Deprivation {
  const { node, collector } = of;
  const condition = async () => {
    const { body } = await world.sandbox.api.demand('GET', `/api/v1/nodes/${node}`);
    return ConditionsSchema.parse(body).status.conditions.find(({ type }) => type === AGENT_CONNECTIVITY_CONDITION);
  };
  return {
    act: async () => {
      await world.sandbox.addNode(node, { os: 'linux' });
      const { body } = await world.sandbox.api.demand('GET', `/api/v1/nodes/${node}`);
      collector.fail({ name: node, uid: ConditionsSchema.parse(body).metadata.uid });
    },
    // Degrades as designed: the watch alarms, and tries again after each evaluation.
    suffers: async () => {
      const handle = world.temporal.workflow.getHandle(watchConnectivityWorkflowId(SANDBOX_CLUSTER));
      const alarmed = async () => (await handle.query(connectivityStatus)).alarmedNodes.includes(node);
      await waitUntil(alarmed, { what: `an alarm of ${node}`, timeoutMs: WAIT_MS, pollMs: 200 });
      expect(await condition()).toBeUndefined();
    },
    recovers: async () => {
      const what = `the condition of ${node}`;
      await waitUntil(async () => (await condition())?.status === 'False', { what, timeoutMs: WAIT_MS, pollMs: 200 });
    },
    cleanUp: async () => {
      collector.fail(null);
      await world.sandbox.deleteNode(node);
    },
  };
}

export async function createPod(world: HealingWorld, pod: { name: string; labels: Readonly<Record<string, string>> }) {
  const { name, labels } = pod;
  await world.sandbox.api.demand('POST', PODS, {
    body: {
      metadata: { name, labels },
      spec: {
        os: { name: 'windows' },
        securityContext: { runAsNonRoot: true },
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'pause', image: 'pause' }],
      },
    },
  });
}

/** A heal that hangs would be tried again in the middle of another case. */
export async function forget(world: HealingWorld, node: string): Promise<void> {
  await world
    .heal(node)
    .terminate('the case is over')
    .catch(() => {});
  await world.sandbox.deleteNode(node);
}
