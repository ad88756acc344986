/** Odd names and annotations: each a defined state, and nothing lost. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_HEALED_ANNOTATION, HEALING_SWITCH_ANNOTATION } from '../../contracts/healing/names.ts';
import { deed, nodePatches, provedSandbox, WORKER } from './audit-attempts.ts';
import { type HealingWorld, startHealingWorld } from './healing-world.ts';

const LONGEST = ['a'.repeat(63), 'b'.repeat(63), 'c'.repeat(63), 'd'.repeat(61)].join('.');
/** Two that differ only in their last character, and two that differ only in a dot. */
const ALIKE = [`${LONGEST.slice(0, -1)}1`, `${LONGEST.slice(0, -1)}2`, 'pool-1', 'pool.1'] as const;
/** Neither `true` nor anything else that means something. */
const RUBBISH = ['', 'yes', 'true ', '{"healed": true}', '☃'.repeat(1_000)] as const;

/** A busy machine may miss the window; the next one comes soon. */
const HEALING = { window: '3s', interval: '1s', provenPodsMin: 2, retryAfter: '5s' };

let world: HealingWorld;

beforeAll(async () => {
  world = await startHealingWorld({ vigilante: { healing: HEALING } });
  const { sandbox } = world;
  for (const name of [LONGEST, ...ALIKE]) await sandbox.addNode(name);
  for (const [index, value] of RUBBISH.entries()) {
    const annotations = { [DEFAULT_HEALED_ANNOTATION]: value, [HEALING_SWITCH_ANNOTATION]: 'rubbish' };
    await sandbox.addNode(`rubbish-${index}`, { annotations });
  }
});

afterAll(async () => {
  await world?.stop();
});

async function expectHealedByItsOwnPods(name: string): Promise<void> {
  await world.untilAnnotated(name);
  const lives = await world.lives(name);
  expect(lives.filter(provedSandbox).length).toBeGreaterThanOrEqual(2);
  const events = await world.sandbox.auditEvents();
  const node = await world.sandbox.getNode(name);
  expect(nodePatches(events, name)).toMatchObject([{ user: WORKER, uid: node?.uid }]);
  for (const life of lives) {
    expect(life.nodeUid).toBe(node?.uid);
    // A pod's name is its hostname too: a DNS label.
    expect(life.name).toMatch(/^[a-z0-9-]{1,63}$/);
    const bound = events.find(({ name: pod, subresource }) => pod === life.name && subresource === 'binding');
    expect(bound?.requestObject).toMatchObject({ target: { name } });
  }
}

test('a node whose name has 253 characters is healed', async () => {
  expect(LONGEST).toHaveLength(253);
  await expectHealedByItsOwnPods(LONGEST);
  expect((await world.heal(LONGEST).describe()).workflowId).toBe(`heal-node/sandbox/${LONGEST}`);
  expect((await world.nodeEvents(LONGEST)).map(({ reason }) => reason)).toContain('HealingStarted');
});

test('nodes whose names are alike are healed each by its own pods', async () => {
  for (const name of ALIKE) await expectHealedByItsOwnPods(name);
  const events = await world.sandbox.auditEvents();
  const names = (await Promise.all(ALIKE.map((name) => world.lives(name)))).flat().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(events.filter((event) => deed(event) === 'create pods' && event.code === 409)).toEqual([]);
});

test('H10: an annotation with rubbish in it is not healed, and is overwritten', async () => {
  for (const index of RUBBISH.keys()) await expectHealedByItsOwnPods(`rubbish-${index}`);
});
