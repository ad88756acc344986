/**
 * What people decide about a node of an upgrade before it is held: while it waits for its slot (S2), is drained (S4), or
 * is acted upon (S7). What they decide about one that is held (S8) is in halts.test.ts.
 */

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { addPod, podsOf, removePod } from '../e2e/scene-pods.ts';
import { BEFORE, startUpgradeWorld, TARGET, type UpgradeWorld } from '../e2e/upgrade-world.ts';
import { nodeName } from '../fixtures/nodes.ts';

/** The canary: nothing else is begun before it. */
const SUBJECT = 'w-1';
const OTHER = 'w-2';
const WHO = { by: 'anna', reason: 'seen on its console' };
const ABOUT_SUBJECT = { ...WHO, node: SUBJECT };
const HOUR_MS = 3_600_000;
const STEPS = ['S2', 'S4', 'S7'] as const;
type Step = (typeof STEPS)[number];

const GIVEN_BACK = { isCordoned: false, isMarked: false };
const UNTOUCHED = { ...GIVEN_BACK, acts: 0, kubelet: BEFORE };
const UPGRADED = { ...GIVEN_BACK, acts: 1, kubelet: TARGET };
const ROW_MS = 240_000;

let world: UpgradeWorld;

beforeAll(async () => {
  world = await startUpgradeWorld({ workers: [SUBJECT, OTHER], nodesMax: 1, waves: ['100%'] });
}, 300_000);

afterAll(async () => {
  await world?.stop();
});

afterEach(async () => {
  await world.guard.resume(WHO);
  for (const state of Object.values(await seen())) expect(state).toMatchObject(GIVEN_BACK);
  expect(await world.maintenances.state(nodeName(SUBJECT))).toBe('closed');
});

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const explain = async () => JSON.stringify([await world.status(), await world.budget()], null, 1);
  await waitUntil(isSo, { what, timeoutMs: 120_000, pollMs: 500, explain });
}

async function seen() {
  const acts = await world.acts();
  const all = [...(await world.states())].map(([name, { isCordoned, isMarked, kubelet }]) => {
    return [name, { isCordoned, isMarked, kubelet, acts: acts[name] }] as const;
  });
  return Object.fromEntries(all);
}

/** The only pod on the node: no eviction of it is allowed while its budget is there. */
const podOf = (run: string) => `${SUBJECT}-${run}`;

async function isWaitingFor(kind: string): Promise<boolean> {
  return (await world.reasonsOf(SUBJECT)).some((reason) => reason.kind === kind);
}

async function refusals(run: string): Promise<number> {
  const events = await world.sandbox.auditEvents();
  return events.filter(({ subresource, name, code }) => {
    return subresource === 'eviction' && name === podOf(run) && code === 429;
  }).length;
}

/** Begins a run whose first node is in this step, and stays there until it is let go. */
async function begin(run: string, step: Step): Promise<void> {
  await world.reset(step === 'S7' ? { [SUBJECT]: 'acts-for:15s' } : {});
  await world.guard.pause({ ...WHO, untilMs: Date.now() + HOUR_MS });
  await world.start(run);
  await until('it to wait for its slot', () => isWaitingFor('paused'));
  if (step === 'S2') return;
  // After the checks before the run, which would not let it begin.
  if (step === 'S4') await addPod(world.sandbox, { node: SUBJECT, name: run, budgets: 1 });
  await world.guard.resume(WHO);
  if (step === 'S4') await until('an eviction to be refused', async () => (await refusals(run)) > 0);
  else await until('its act to be under way', async () => (await seen())[SUBJECT]?.acts === 1);
  const phase = step === 'S4' ? 'draining' : 'acting';
  expect(await world.nodeState(SUBJECT)).toMatchObject({ phase, isCordoned: true, kubelet: BEFORE });
}

/** Of what keeps the node in its step. */
async function letGo(run: string, step: Step): Promise<void> {
  if (step === 'S2') await world.guard.resume(WHO);
  if (step !== 'S4') return;
  const path = `/apis/policy/v1/namespaces/default/poddisruptionbudgets/${podOf(run)}-1`;
  await world.sandbox.api.demand('DELETE', path);
}

async function isClosed(): Promise<boolean> {
  return (await world.maintenances.state(nodeName(SUBJECT))) === 'closed';
}

/** Where the drain was undone the pod that could not be evicted is there still. */
async function expectPodKept(run: string, step: Step): Promise<void> {
  if (step !== 'S4') return;
  expect(await podsOf(world.sandbox.api, podOf(run))).toMatchObject([{ phase: 'Running', isEnding: false }]);
}

describe.each(STEPS)('a node in %s', (step) => {
  test(
    'M38: a retry is refused, as there is nothing to decide, and the run goes on',
    async () => {
      const run = `retry-${step.toLowerCase()}`;
      await begin(run, step);
      expect(await world.upgrade.retry(ABOUT_SUBJECT)).toEqual({
        kind: 'refused',
        message: expect.stringContaining(`${SUBJECT} neither waits for a decision nor was passed over`),
      });
      await letGo(run, step);
      expect(await world.result()).toMatchObject({ outcome: 'done', counts: { done: 2 }, exceptions: [] });
      expect(await seen()).toEqual({ [SUBJECT]: UPGRADED, [OTHER]: UPGRADED });
      expect((await world.upgrade.report())?.decisions).toEqual([]);
    },
    ROW_MS,
  );

  // What has begun is finished.
  const isActed = step === 'S7';

  test(
    'M16, M17, M38: a skip leaves it as it was before its act, and the run goes on without it',
    async () => {
      const run = `skip-${step.toLowerCase()}`;
      await begin(run, step);
      expect(await world.upgrade.skip(ABOUT_SUBJECT)).toMatchObject({ kind: 'result' });
      await until('its maintenance to end', isClosed);
      expect((await seen())[SUBJECT]).toEqual(isActed ? UPGRADED : UNTOUCHED);
      await expectPodKept(run, step);
      await letGo(run, step);
      const outcome = isActed ? 'done' : 'skipped';
      expect(await world.result()).toMatchObject(
        isActed
          ? { outcome: 'done', counts: { done: 2 }, exceptions: [] }
          : { outcome: 'partial', counts: { done: 1, skipped: 1 }, exceptions: [{ node: SUBJECT, outcome }] },
      );
      expect(await seen()).toEqual({ [SUBJECT]: isActed ? UPGRADED : UNTOUCHED, [OTHER]: UPGRADED });
      const report = await world.upgrade.report();
      expect(report?.decisions).toMatchObject([{ kind: 'skip', ...ABOUT_SUBJECT }]);
      expect(report?.records).toMatchObject([
        { node: SUBJECT, outcome },
        { node: OTHER, outcome: 'done' },
      ]);
    },
    ROW_MS,
  );

  test(
    'M16, M17, M38: an abort leaves it as it was before its act, and begins no other',
    async () => {
      const run = `abort-${step.toLowerCase()}`;
      await begin(run, step);
      expect(await world.upgrade.abort(WHO)).toMatchObject({ kind: 'result' });
      const outcome = isActed ? 'done' : 'aborted';
      expect(await world.result()).toMatchObject({
        outcome: 'aborted',
        detail: 'aborted by anna: seen on its console',
        counts: { [outcome]: 1 },
      });
      expect(await seen()).toEqual({ [SUBJECT]: isActed ? UPGRADED : UNTOUCHED, [OTHER]: UNTOUCHED });
      await expectPodKept(run, step);
      const report = await world.upgrade.report();
      expect(report?.decisions).toMatchObject([{ kind: 'abort', node: null, ...WHO }]);
      expect(report?.records).toMatchObject([{ node: SUBJECT, outcome }]);
      await letGo(run, step);
      if (step === 'S4') await removePod(world.sandbox.api, podOf(run));
    },
    ROW_MS,
  );

  test(
    'M19, M24: one that is not Ready meanwhile and comes back is taken once, without a decision',
    async () => {
      const run = `late-${step.toLowerCase()}`;
      await begin(run, step);
      await world.sandbox.setNodeReady(SUBJECT, false);
      await comesBack(run, step);
      await letGo(run, step);
      expect(await world.result()).toMatchObject({ outcome: 'done', counts: { done: 2 }, exceptions: [] });
      expect(await seen()).toEqual({ [SUBJECT]: UPGRADED, [OTHER]: UPGRADED });
    },
    ROW_MS,
  );
});

async function comesBack(run: string, step: Step): Promise<void> {
  if (step === 'S2') {
    await world.guard.resume(WHO);
    await until('the guard to see that it is not Ready', () => isWaitingFor('not-ready'));
  }
  if (step === 'S4') {
    const before = await refusals(run);
    await until('another eviction to be refused', async () => (await refusals(run)) > before);
  }
  // A machine that is acted upon comes back by its boot.
  if (step !== 'S7') await world.sandbox.setNodeReady(SUBJECT, true);
}

test(
  'M38: a node that is not begun is left out by a skip, and a second one is refused',
  async () => {
    await world.reset();
    await world.guard.pause({ ...WHO, untilMs: Date.now() + HOUR_MS });
    await world.start('not-begun');
    await until('the canary to wait', () => isWaitingFor('paused'));
    expect(await world.upgrade.skip({ ...WHO, node: OTHER })).toMatchObject({ kind: 'result' });
    expect(await world.upgrade.skip({ ...WHO, node: OTHER })).toEqual({
      kind: 'refused',
      message: expect.stringContaining(`${OTHER} is left out already`),
    });
    await world.guard.resume(WHO);
    expect(await world.result()).toMatchObject({
      outcome: 'partial',
      detail: `not upgraded: ${OTHER}`,
      counts: { done: 1, skipped: 1 },
      exceptions: [{ node: OTHER, outcome: 'skipped' }],
    });
    expect(await seen()).toEqual({ [SUBJECT]: UPGRADED, [OTHER]: UNTOUCHED });
  },
  ROW_MS,
);
