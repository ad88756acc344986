/** A heal as the Temporal UI must show it, asked from the heal itself. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { HealingStatus } from '../../contracts/healing/heal-node.ts';
import { healNodeWorkflowId } from '../../contracts/healing/names.ts';
import { healingStatus } from '../../contracts/healing/signals-and-queries.ts';
import { describeHealing } from '../../domain/healing/messages.ts';
import type { HealingState } from '../../domain/healing/state.ts';
import { SANDBOX_CLUSTER } from '../../sandbox/layout.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodeName } from '../fixtures/nodes.ts';
import type { HealRun, TemporalUi } from './temporal-ui.ts';

export interface ShownHeal {
  readonly node: string;
  run(): Promise<HealRun>;
  status(): Promise<HealingStatus>;
  close(): Promise<void>;
}

const RELOADS_MAX = 15;
const RELOAD_AFTER_MS = 1_000;
const WAIT_MS = 120_000;

export async function shownHeal(sandbox: Sandbox, name: string): Promise<ShownHeal> {
  const node = nodeName(name);
  const workflowId = healNodeWorkflowId({ cluster: SANDBOX_CLUSTER, node });
  const connection = await Connection.connect({ address: sandbox.env.TEMPORAL_ADDRESS });
  const handle = new Client({ connection }).workflow.getHandle(workflowId);
  return {
    node,
    run: async () => ({ workflowId, runId: (await handle.describe()).runId }),
    status: () => handle.query(healingStatus),
    close: () => connection.close(),
  };
}

export function untilPodsProved(heal: ShownHeal, count: number): Promise<HealingStatus> {
  return waitUntil(
    async () => {
      const status = await heal.status().catch(() => null);
      return status !== null && status.podsProven >= count ? status : null;
    },
    { what: `${count} proven pods on ${heal.node}`, timeoutMs: WAIT_MS, pollMs: 500 },
  );
}

/** Opens the heal's tab "User Metadata" and returns its current details; throws unless they are what the heal says. */
export async function openCurrentDetails(ui: TemporalUi, heal: ShownHeal): Promise<string> {
  const run = await heal.run();
  let seen = '';
  let said: readonly string[] = [];
  for (let reloads = 0; reloads < RELOADS_MAX; reloads++) {
    // The heal may go on between the question and the page: one of the two answers must be shown.
    const before = await heal.status();
    await ui.openMetadata(run);
    seen = await ui.metadata('Current Details');
    said = [before, await heal.status()].map(wordsOf);
    if (said.includes(seen)) return seen;
    await sleep(RELOAD_AFTER_MS);
  }
  throw new Error(`the Temporal UI shows ${JSON.stringify(seen)}, the heal says ${JSON.stringify(said)}`);
}

/** The words of `domain/healing/messages.ts` for what the query answers. */
function wordsOf(status: HealingStatus): string {
  const { state: phase, windowEndMs } = status;
  if (phase !== 'healing' || windowEndMs === null) throw new Error(`the heal is ${phase}, expected healing`);
  const state: HealingState = {
    phase,
    node: { kind: 'gone' },
    window: {
      startMs: status.windowStartMs ?? 0,
      endMs: windowEndMs,
      limitMs: windowEndMs,
      nextAttemptMs: status.nextAttemptMs ?? 0,
      attempts: status.attemptsInWindow,
      attemptsBefore: 0,
      podsProven: status.podsProven,
      lastProofMs: null,
      rejectedInARow: status.rejectedInARow,
      readyChangedMs: null,
    },
    attempts: status.attempts,
    pod: status.pod,
    lastEvidence: lastEvidenceOf(status),
    lastError: status.lastError,
    wakeAtMs: status.retryAtMs,
    looks: 0,
  };
  const rules = { windowMs: 0, intervalMs: 0, evidence: 'sandbox' as const, retryAfterMs: 0, ...status };
  return describeHealing(state, { node: status.node, rules, nowMs: Date.now() });
}

function lastEvidenceOf({ lastEvidence }: HealingStatus): HealingState['lastEvidence'] {
  if (lastEvidence === null) return null;
  const { level } = lastEvidence;
  if (level !== 0 && level !== 1 && level !== 2) throw new Error(`no evidence level ${level}`);
  return { ...lastEvidence, level };
}
