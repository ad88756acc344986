/** Many failing agents, nodes that come and go, and heals that an alarm restarts; on the time-skipping server. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Harness, historyCost, startHarness } from '../heal-node/harness.ts';
import { INTERVAL_MS, withWatch } from './harness.ts';
import { failing, fine, manyFailing } from './world.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness.env.teardown());

test('ten thousand failing agents are one alarm, no condition, and a small history', async () => {
  await withWatch(harness, { prepare: (world) => void (world.answer = () => manyFailing(10_000)) }, async (watch) => {
    await harness.env.sleep(10.5 * INTERVAL_MS);
    const { bytes, timers } = await historyCost(watch.handle);
    expect(timers).toBeGreaterThanOrEqual(10);
    expect(bytes / timers).toBeLessThan(45_000);
    expect(watch.world.changes).toEqual([]);
    const status = await watch.status();
    expect(status).toMatchObject({ state: 'failing', alarmedNodes: [], verdict: { counts: { absent: 10_000 } } });
    expect(await detailsOf(watch.handle)).toMatch(
      /Failing: netchecker-agent-node-0 on node-0 \(absent\), .* and 9990 more\./,
    );
    expect(JSON.stringify(status).length).toBeLessThan(60_000);
  });
});

async function detailsOf(handle: { query<T>(name: string): Promise<T> }): Promise<string> {
  return (await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata')).currentDetails ?? '';
}

test('a hundred failing nodes have each a condition; a hundred and one are an alarm of the cluster only', async () => {
  const nodes = Array.from({ length: 100 }, (_, index) => `node-${index}`);
  await withWatch(harness, { policy: { failuresToAlarm: 1 } }, async (watch) => {
    watch.world.answer = () => manyFailing(101);
    expect(await watch.evaluated(2)).toMatchObject({ state: 'failing', alarmedNodes: [] });
    watch.world.answer = () => failing(...nodes);
    expect((await watch.evaluated(3)).alarmedNodes).toHaveLength(100);
    expect(watch.world.changes).toHaveLength(100);
    // Alarms that there are stay while not all failing agents are named.
    watch.world.answer = () => manyFailing(10_000);
    expect((await watch.evaluated(4)).alarmedNodes).toHaveLength(100);
    watch.world.answer = () => fine();
    expect((await watch.evaluated(5)).alarmedNodes).toEqual([]);
    expect(watch.world.changes).toHaveLength(200);
  });
});

test('a refused condition is shown in the status and in the details until it is written', async () => {
  await withWatch(harness, { policy: { failuresToAlarm: 1 } }, async (watch) => {
    watch.world.outcome = () => 'refused';
    watch.world.answer = () => failing('a');
    expect(await watch.evaluated(1)).toMatchObject({ writeProblem: expect.stringContaining('403 Forbidden') });
    expect(await detailsOf(watch.handle)).toMatch(/Not done, .*: patch nodes\/status: 403 Forbidden\./);
    watch.world.outcome = () => 'written';
    expect(await watch.evaluated(2)).toMatchObject({ writeProblem: null, alarmedNodes: ['a'] });
    expect(await detailsOf(watch.handle)).not.toMatch(/Not done/);
  });
});

test('a node that is gone or was replaced is forgotten, and nothing restored is written for it', async () => {
  await withWatch(harness, { policy: { failuresToAlarm: 1 } }, async (watch) => {
    watch.world.outcome = ({ node }) => (node.name === 'gone' ? 'node-gone' : 'written');
    watch.world.answer = () => failing('gone', 'replaced');
    expect((await watch.evaluated(1)).alarmedNodes.toSorted()).toEqual(['replaced']);
    watch.world.answer = () => failing({ node: 'replaced', nodeUid: 'uid-2' });
    expect((await watch.evaluated(2)).alarmedNodes).toEqual(['replaced']);
    const last = watch.world.changes.at(-1);
    expect(last).toMatchObject({ node: { name: 'replaced', uid: 'uid-2' }, alarmed: true });
    expect(watch.world.changes.filter(({ alarmed }) => !alarmed)).toEqual([]);
  });
});

test('the heal of a Windows node is restarted once for each alarm, and at most once in a healing window', async () => {
  const policy = { failuresToAlarm: 1, restartHealing: true };
  await withWatch(harness, { policy }, async (watch) => {
    watch.world.answer = () => failing({ node: 'win-1', os: 'windows' }, 'lin-1');
    await watch.evaluated(5);
    expect(watch.world.healed).toEqual(['win-1']);
    // A second alarm within the window waits for the end of it.
    watch.world.answer = () => fine();
    await watch.evaluated(6);
    watch.world.answer = () => failing({ node: 'win-1', os: 'windows' });
    await watch.evaluated(28);
    expect(watch.world.healed).toEqual(['win-1']);
    await watch.evaluated(34);
    expect(watch.world.healed).toEqual(['win-1', 'win-1']);
    await watch.evaluated(38);
    expect(watch.world.healed).toHaveLength(2);
  });
});

test('ten heals are restarted after an evaluation, the others after the next ones, none without the policy', async () => {
  const nodes = Array.from({ length: 25 }, (_, index) => ({ node: `win-${index}`, os: 'windows' }));
  const policy = { failuresToAlarm: 1, restartHealing: true };
  await withWatch(
    harness,
    { policy, prepare: (world) => void (world.answer = () => failing(...nodes)) },
    async (watch) => {
      const counts: number[] = [];
      for (let count = 1; count <= 4; count += 1) {
        await watch.evaluated(count);
        counts.push(new Set(watch.world.healed).size);
      }
      expect(counts).toEqual([10, 20, 25, 25]);
      expect(watch.world.healed).toHaveLength(25);
    },
  );
  await withWatch(harness, { policy: { ...policy, restartHealing: false } }, async (watch) => {
    watch.world.answer = () => failing(...nodes);
    await watch.evaluated(2);
    expect(watch.world.healed).toEqual([]);
  });
});

test('search attributes follow the state', async () => {
  await withWatch(harness, { policy: { failuresToAlarm: 1 } }, async (watch) => {
    watch.world.answer = () => failing('lin-1');
    await watch.evaluated(1);
    const { searchAttributes } = await watch.handle.describe();
    expect(searchAttributes).toMatchObject({
      VigilanteState: ['failing'],
      VigilanteCluster: [watch.input.cluster],
    });
  });
});
