/** Faults that come from outside and hit no process: a webhook that does not answer, revoked credentials, a clock. */

import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { requestToken } from '../../sandbox/accounts.ts';
import { RELEASE_NAMESPACE, serviceAccountOf } from '../../sandbox/layout.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { addSlowWebhook, type SlowWebhook, type SlowWebhookRule } from '../integration/kubernetes/slow-webhook.ts';
import { describeFault, type SystemFault } from './fault.ts';
import { persist } from './persist.ts';
import { clockFileOf } from './process-clock.ts';
import { componentOf } from './replicas.ts';
import { type ClockCheck, checkClock, type ReportStream } from './report-stream.ts';
import type { ChaosWorld } from './world.ts';

/** The module looks at its file this often; reports come ten times a second. */
const CLOCK_FELT_AFTER_MS = 1_000;
const REPORTS_AWAITED_MS = 10_000;

const SLOW_RULES: readonly SlowWebhookRule[] = [
  { resource: 'pods', operations: ['CREATE', 'DELETE'], label: 'vigilante-node-name' },
  { resource: 'nodes', operations: ['UPDATE'] },
  { resource: 'events', operations: ['CREATE'] },
];

export async function slowWebhook(world: ChaosWorld, forMs: number): Promise<void> {
  const { sandbox, timeline, webhooks } = world;
  timeline.note(`slow-webhook for ${forMs / 1_000} s`);
  const isAdded = await persist(async () => {
    webhooks.add(await addSlowWebhook(sandbox.api, SLOW_RULES));
  });
  if (!isAdded) throw new Error('the API server took no webhook');
  await sleep(forMs);
  for (const webhook of webhooks) await removeWebhook(world, webhook);
}

export async function removeWebhook({ timeline, webhooks }: ChaosWorld, webhook: SlowWebhook): Promise<void> {
  if (!(await persist(() => webhook.remove()))) return;
  webhooks.delete(webhook);
  timeline.note(`slow-webhook is over: ${webhook.asked()} requests hit`);
}

/** Tokens name the uid of their account, so those of the old one are worth nothing. */
export async function revokeCredentials(
  { sandbox, timeline, replicas }: ChaosWorld,
  fault: Extract<SystemFault, { kind: 'revoke' }>,
): Promise<void> {
  timeline.note(describeFault(fault));
  const component = componentOf(fault.target);
  const account = serviceAccountOf(component);
  const accounts = `/api/v1/namespaces/${RELEASE_NAMESPACE}/serviceaccounts`;
  await persist(() => sandbox.api.demand('DELETE', `${accounts}/${account}`, { alsoFine: [404] }));
  await persist(() => sandbox.api.demand('POST', accounts, { body: { metadata: { name: account } }, alsoFine: [409] }));
  await sleep(fault.forMs);
  let token = '';
  await persist(async () => {
    token = await requestToken(sandbox.api, { account });
  });
  const own = replicas.all.filter(({ name }) => componentOf(name) === component);
  for (const { kubeconfig } of own) await replaceToken(kubeconfig, token);
  timeline.note(`${component} has a good token again`);
}

async function replaceToken(kubeconfig: string, token: string): Promise<void> {
  const text = await readFile(kubeconfig, 'utf8');
  await writeFile(kubeconfig, text.replace(/token: \S+/, `token: ${token}`));
}

/**
 * Checks the verdict after the step, and after the step back. The agents are silent meanwhile: a report that comes after
 * the step is fresh by any clock.
 */
export async function stepClock(world: ChaosWorld, fault: Extract<SystemFault, { kind: 'clock-step' }>): Promise<void> {
  world.timeline.note(describeFault(fault));
  for (const offsetMs of [fault.stepMs, 0]) {
    const check = await checkAfterStep(world, offsetMs);
    if (check !== null) world.clockChecks.push(check);
    await sleep(offsetMs === 0 ? 0 : fault.forMs);
  }
}

/** Null where the collector takes no reports, or has no verdict. */
async function checkAfterStep({ sandbox, reports }: ChaosWorld, offsetMs: number): Promise<ClockCheck | null> {
  await freshReports(reports);
  try {
    await reports.pause();
    await writeFile(clockFileOf(sandbox), String(offsetMs));
    await sleep(CLOCK_FELT_AFTER_MS);
    return await checkClock(sandbox, reports);
  } finally {
    reports.resume();
  }
}

/** Until an agent has reported from now on, or for a while: the collector may be away. */
async function freshReports({ acknowledgedMs }: ReportStream): Promise<void> {
  const sinceMs = performance.now();
  await waitUntil(() => [...acknowledgedMs.values()].some((atMs) => atMs > sinceMs), {
    what: 'a report after the last step of the clock',
    timeoutMs: REPORTS_AWAITED_MS,
  }).catch(() => undefined);
}
