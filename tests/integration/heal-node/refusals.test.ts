/** A step that the API server refuses is shown while it is tried again, and the history does not grow for it. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type HealingActivities, REFUSALS_REPORTED_MAX } from '../../../contracts/healing/activities.ts';
import { healingStatus, nodeChanged, restartHealing } from '../../../contracts/healing/signals-and-queries.ts';
import { type Harness, type Heal, historyCost, MINUTE_MS, startHarness, withHeal } from './harness.ts';
import { of, present } from './world.ts';

const REFUSAL = 'patch nodes akswin000000: 403 Forbidden: a policy denies it';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness.env.teardown());

/** Refuses one step until it is granted; counts the tries. */
function refusalOf(step: keyof HealingActivities, message: (tries: number) => string = () => REFUSAL) {
  const refusal = { granted: false, tries: 0 };
  const refuses = (asked: keyof HealingActivities) => {
    if (asked !== step || refusal.granted) return null;
    refusal.tries += 1;
    return message(refusal.tries);
  };
  return { refusal, script: { refuses } };
}

async function until(holds: () => boolean): Promise<void> {
  for (let minutes = 0; minutes < 300 && !holds(); minutes += 1) await harness.env.sleep(MINUTE_MS);
  expect(holds()).toBe(true);
}

const statusOf = ({ handle }: Heal) => handle.query(healingStatus);

test.each<[keyof HealingActivities, string, (heal: Heal) => Promise<void>]>([
  ['beginHealing', 'create pod 1', async () => {}],
  ['attemptPod', 'judge pod 1, create pod 2', async () => {}],
  ['concludeHealing', 'judge the last pod, remove all pods', async () => {}],
  ['annotateNode', 'annotate the node as healed', async () => {}],
])(
  'H7, H11: a refused %s is shown with what is refused and why, and the heal ends once it is granted',
  async (name, step) => {
    const { refusal, script } = refusalOf(name);
    await withHeal(harness, { script }, async (heal) => {
      await until(() => refusal.tries > 3);
      const status = await statusOf(heal);
      expect(status).toMatchObject({ lastError: REFUSAL, refusal: { step, message: REFUSAL } });
      const events = (await historyCost(heal.handle)).events;
      const tries = refusal.tries;
      await until(() => refusal.tries > tries + 3);
      expect((await historyCost(heal.handle)).events).toBe(events);
      refusal.granted = true;
      expect(await heal.result()).toMatchObject({ outcome: 'healed' });
      expect(await statusOf(heal)).toMatchObject({ lastError: null, refusal: null });
    });
  },
);

test('H13: a refused reset of the annotation is shown', async () => {
  const { refusal, script } = refusalOf('beginHealing');
  refusal.granted = true;
  await withHeal(harness, { script }, async (heal) => {
    await harness.env.sleep(MINUTE_MS);
    refusal.granted = false;
    await heal.handle.signal(restartHealing, {});
    await until(() => refusal.tries > 2);
    const { lastError, refusal: shown } = await statusOf(heal);
    expect([lastError, shown?.step]).toEqual([REFUSAL, expect.stringContaining('set the annotation to false')]);
    await heal.handle.terminate();
  });
});

test('H14: a refused clean-up of a cancelled heal is shown', async () => {
  const { refusal, script } = refusalOf('cleanUpCancelled');
  await withHeal(harness, { script }, async (heal) => {
    await harness.env.sleep(MINUTE_MS);
    await heal.handle.cancel();
    await until(() => refusal.tries > 2);
    expect(await statusOf(heal)).toMatchObject({ lastError: REFUSAL });
    refusal.granted = true;
    await expect(heal.result()).rejects.toThrow();
    expect(of(heal.world.events, 'clean-up')).toHaveLength(1);
  });
});

test('H9: a refused removal of the pods at the end is shown', async () => {
  const { refusal, script } = refusalOf('concludeHealing');
  await withHeal(harness, { script }, async (heal) => {
    await harness.env.sleep(MINUTE_MS);
    heal.world.node = present({ disabled: true });
    await heal.handle.signal(nodeChanged, heal.world.node);
    await until(() => refusal.tries > 2);
    expect(await statusOf(heal)).toMatchObject({ lastError: REFUSAL, refusal: { step: 'remove the pods' } });
    refusal.granted = true;
    expect(await heal.result()).toMatchObject({ outcome: 'disabled' });
  });
});

test('H11: a refusal whose message always differs adds to the history a few times only', async () => {
  const { refusal, script } = refusalOf('annotateNode', (tries) => `${REFUSAL} (request ${tries})`);
  await withHeal(harness, { script }, async (heal) => {
    await until(() => refusal.tries > 2 * REFUSALS_REPORTED_MAX);
    const { events } = await historyCost(heal.handle);
    await until(() => refusal.tries > 4 * REFUSALS_REPORTED_MAX);
    expect((await historyCost(heal.handle)).events).toBe(events);
    expect((await statusOf(heal)).lastError).toContain(REFUSAL);
    await heal.handle.terminate();
  });
});
