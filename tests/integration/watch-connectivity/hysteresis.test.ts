/** When a watch alarms and when it does not, on the time-skipping server. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Evaluation } from '../../../contracts/connectivity/watch-connectivity.ts';
import { type Harness, historyCost, startHarness } from '../heal-node/harness.ts';
import { INTERVAL_MS, type Watch, withWatch } from './harness.ts';
import { failing, fine, suppressed, unavailable } from './world.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness.env.teardown());

/** Answers from the list, then its last entry without end. */
function script(...answers: readonly Evaluation[]) {
  return (question: number): Evaluation => answers[Math.min(question, answers.length) - 1] ?? fine();
}

async function statesOf({ world, evaluated }: Watch, answers: readonly Evaluation[]): Promise<string[]> {
  world.answer = script(...answers);
  const states: string[] = [];
  for (let count = 1; count <= answers.length; count += 1) states.push((await evaluated(count)).state);
  return states;
}

const F = failing('lin-1');
const O = fine();
const U = unavailable();

test.each([
  ['two failures are no alarm', [O, O, O, F, F, O], ['unknown', 'unknown', 'ok', 'ok', 'ok', 'ok']],
  ['the third one is', [O, O, O, F, F, F], ['unknown', 'unknown', 'ok', 'ok', 'ok', 'failing']],
  [
    'a fourth one changes nothing',
    [O, O, O, F, F, F, F],
    ['unknown', 'unknown', 'ok', 'ok', 'ok', 'failing', 'failing'],
  ],
  [
    'it is over after the third good one',
    [F, F, F, O, O, F, O, O, O],
    ['unknown', 'unknown', 'failing', 'failing', 'failing', 'failing', 'failing', 'failing', 'ok'],
  ],
  [
    'three without a verdict are unknown, and counting begins again',
    [O, O, O, U, U, U, O, O, O],
    ['unknown', 'unknown', 'ok', 'ok', 'ok', 'unknown', 'unknown', 'unknown', 'ok'],
  ],
  [
    'a question without an answer neither counts nor interrupts',
    [O, O, O, F, U, F, U, F],
    ['unknown', 'unknown', 'ok', 'ok', 'ok', 'ok', 'ok', 'failing'],
  ],
])('hysteresis: %s', async (_what, answers, states) => {
  await withWatch(harness, {}, async (watch) => {
    expect(await statesOf(watch, answers)).toEqual(states);
  });
});

test('flapping agents never alarm, neither the cluster nor the node', async () => {
  const answers = Array.from({ length: 24 }, (_, index) => (index % 3 === 2 ? O : F));
  await withWatch(harness, { prepare: (world) => void (world.answer = script(...answers)) }, async (watch) => {
    const { state, transitions, alarmedNodes } = await watch.evaluated(24);
    expect({ state, transitions, alarmedNodes }).toEqual({ state: 'unknown', transitions: [], alarmedNodes: [] });
    expect(watch.world.changes).toEqual([]);
  });
});

test('a node is alarmed at its third failure, and its condition and Event are written once, both ways', async () => {
  const answers = [F, F, F, F, F, suppressed('lin-1'), O, O, suppressed('lin-1'), O, O, O, O];
  await withWatch(harness, { prepare: (world) => void (world.answer = script(...answers)) }, async (watch) => {
    expect((await watch.evaluated(2)).alarmedNodes).toEqual([]);
    expect(watch.world.changes).toEqual([]);
    expect((await watch.evaluated(3)).alarmedNodes).toEqual(['lin-1']);
    // A cordoned node's agents are no sign that it is fine.
    expect((await watch.evaluated(11)).alarmedNodes).toEqual(['lin-1']);
    expect((await watch.evaluated(12)).alarmedNodes).toEqual([]);
    await watch.evaluated(13);
    expect(watch.world.changes).toEqual([
      expect.objectContaining({
        node: { name: 'lin-1', uid: 'uid-lin-1' },
        alarmed: true,
        reason: 'AgentsAbsent',
        message: expect.stringContaining('netchecker-agent-lin-1 is absent: no report'),
      }),
      expect.objectContaining({ alarmed: false, reason: 'AgentsReporting' }),
    ]);
  });
});

test('evaluates every interval with at most eleven events where nothing changes', async () => {
  await withWatch(harness, {}, async (watch) => {
    await watch.evaluated(12);
    const { perCycle } = await historyCost(watch.handle);
    expect(perCycle.length).toBeGreaterThanOrEqual(10);
    // The third evaluation makes the state known, and writes it into the search attributes.
    expect(Math.max(...perCycle.slice(2))).toBeLessThanOrEqual(11);
    const pauses = watch.world.askedMs.slice(1).map((atMs, index) => atMs - (watch.world.askedMs[index] ?? 0));
    for (const pauseMs of pauses) expect(Math.abs(pauseMs - INTERVAL_MS)).toBeLessThan(INTERVAL_MS / 10);
  });
});

test('a change that was refused is written after a later evaluation, and an activity that fails ends nothing', async () => {
  await withWatch(harness, { policy: { failuresToAlarm: 1 } }, async (watch) => {
    watch.world.answer = () => F;
    watch.world.outcome = () => 'refused';
    await watch.evaluated(2);
    expect(watch.world.changes).toHaveLength(2);
    watch.world.outcome = () => 'written';
    await watch.evaluated(4);
    expect(watch.world.changes).toHaveLength(3);
    expect(new Set(watch.world.changes.map(({ changedMs }) => changedMs)).size).toBe(1);
    watch.world.answer = () => {
      throw new Error('the worker burns');
    };
    const { state, unavailable: why } = await watch.evaluated(5);
    expect({ state, why }).toEqual({ state: 'unknown', why: 'the worker burns' });
  });
});

test('nodes that an earlier watch left as alarmed are ended by this one', async () => {
  const left = [{ node: { name: 'lin-9', uid: 'uid-lin-9' }, os: 'linux', sinceMs: 1_000 }] as never;
  await withWatch(harness, { prepare: (world) => void (world.left = left) }, async (watch) => {
    expect((await watch.evaluated(1)).alarmedNodes).toEqual(['lin-9']);
    await watch.evaluated(4);
    expect(watch.world.changes.map(({ node, alarmed }) => [node.name, alarmed])).toEqual([['lin-9', false]]);
  });
});
