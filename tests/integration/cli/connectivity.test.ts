/** `vigilante connectivity` against a real Temporal and the real workflow. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { ConnectivityPolicy } from '../../../contracts/connectivity/watch-connectivity.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { failing, fine, manyFailing, suppressed, unavailable } from '../watch-connectivity/world.ts';
import { type CliWorld, startCliWorld } from './cli-world.ts';

const UNTIL = { timeoutMs: 120_000, pollMs: 100 };
const POLICY: ConnectivityPolicy = {
  intervalMs: 300,
  failuresToAlarm: 2,
  restartHealing: false,
  searchAttributes: true,
};

let world: CliWorld;
let watch: WorkflowHandle | null = null;

beforeAll(async () => {
  world = await startCliWorld();
});

afterAll(async () => {
  await watch?.terminate().catch(() => undefined);
  await world.stop();
});

const connectivity = (...args: readonly string[]) => world.run(['connectivity', ...args]);

async function untilCode(code: number): Promise<void> {
  await waitUntil(async () => (await connectivity()).code === code, { what: `exit code ${code}`, ...UNTIL });
}

test('where no watch runs every form of it ends with 1 and says what to check', async () => {
  for (const args of [[], ['--now'], ['pause'], ['resume']]) {
    expect(await connectivity(...args)).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/no watch of the connectivity of cluster test runs; check that the starter runs and/),
    });
  }
  const { code, out } = await connectivity('-o', 'json');
  expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 1, cluster: 'test', running: false, state: null });
});

describe('while a watch runs', () => {
  beforeAll(async () => {
    watch = await world.startWatch(POLICY);
  });

  beforeEach(async () => {
    world.collector.answer = () => fine();
    await untilCode(0);
  });

  test('agents that report end with 0 and are counted', async () => {
    const { out, err } = await connectivity();
    expect(err).toBe('');
    expect(out).toMatch(/^Cluster: +test$/m);
    expect(out).toMatch(/^State: +ok, for \d+s$/m);
    expect(out).toMatch(/^Agents: +2 of 2 agents report, 0 absent, 0 outdated, 0 suppressed$/m);
    expect(out).toMatch(/^Streak: +\d+ in a row, of \d+ evaluations$/m);
    expect(out).toMatch(/^\d+s ago {2}unknown -> ok {2}2 evaluations in a row/m);
  });

  test('failing agents end with 1, with node, reason and time; suppressed ones are listed apart', async () => {
    world.collector.answer = () => failing('lin-1', { node: 'win-1', os: 'windows', failure: 'outdated' });
    await untilCode(1);
    const { out, err } = await connectivity();
    expect(err).toBe('agents of cluster test fail: 2 of 4 agents report, 1 absent, 1 outdated, 0 suppressed\n');
    expect(out).toMatch(/^AGENT +NODE +VERDICT +SUPPRESSED-BY +SINCE +REASON$/m);
    expect(out).toMatch(/^netchecker\/netchecker-agent-lin-1 +lin-1 +absent +- +\d+d\d\dh +no report since/m);
    expect(out).toMatch(/^netchecker\/netchecker-agent-win-1 +win-1 +outdated /m);
    expect(out).toMatch(/^Alarmed nodes: +lin-1, win-1$/m);
    const json = JSON.parse((await connectivity('-o', 'json')).out);
    expect(json).toMatchObject({
      cluster: 'test',
      state: 'failing',
      running: true,
      ok: false,
      alarmedNodes: ['lin-1', 'win-1'],
      counts: {
        absent: 1,
        outdated: 1,
      },
      failing: [
        {
          node: 'lin-1',
          since: '2023-11-14T22:13:20.000Z',
        },
        { node: 'win-1' },
      ],
    });
    world.collector.answer = () => manyFailing(10_000);
    await waitUntil(async () => (await connectivity()).out.includes('and 9900 more'), { what: 'the many', ...UNTIL });
    world.collector.answer = () => suppressed('lin-2');
    await untilCode(0);
    expect((await connectivity()).out).toMatch(/^netchecker\/netchecker-agent-lin-2 +lin-2 +absent +node-cordoned/m);
  });

  test('paused ends with 1 and its reason, --now still asks, and resume goes on', async () => {
    expect(await connectivity('pause', '--reason', 'network is rebuilt')).toMatchObject({ code: 0, err: '' });
    await waitUntil(async () => (await connectivity()).out.includes('paused'), { what: 'the pause', ...UNTIL });
    expect(await connectivity()).toMatchObject({ code: 1, err: expect.stringContaining('paused: network is rebuilt') });

    expect(await connectivity('--now')).toMatchObject({ code: 0, err: '', out: expect.stringContaining('paused') });
    world.collector.answer = () => failing('lin-3');
    expect(await connectivity('--now')).toMatchObject({
      code: 1,
      err: expect.stringContaining('fail now: 2 of 3 agents'),
    });
    world.collector.answer = () => unavailable('connect ECONNREFUSED 10.0.0.9:8081');
    const none = await connectivity('--now');
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining('no verdict: connect ECONNREFUSED 10.0.0.9') });
    expect(none.out).toMatch(/^Unavailable: +connect ECONNREFUSED/m);

    world.collector.answer = () => fine();
    expect(await connectivity('resume')).toMatchObject({ code: 0 });
    await waitUntil(async () => (await connectivity()).out.includes('State:'), { what: 'an answer', ...UNTIL });
    await untilCode(0);
  });

  test('a collector that is away is unknown, ends with 1 and says why', async () => {
    world.collector.answer = () => unavailable('connect ECONNREFUSED 10.0.0.9:8081');
    await untilCode(1);
    expect((await connectivity()).err).toMatch(/is unknown .*: connect ECONNREFUSED 10\.0\.0\.9:8081/);
  });

  // The worker does not come back, so this is the last test.
  test('without a worker it ends with 1, the last state and a hint', async () => {
    world.collector.answer = () => unavailable();
    await untilCode(1);
    await world.stopWorker();
    expect(await connectivity()).toEqual({
      code: 1,
      out: '',
      err: 'the watch of cluster test does not answer (is the worker running?); its last state was unknown\n',
    });
    expect(JSON.parse((await connectivity('-o', 'json')).out)).toMatchObject({ running: true, state: 'unknown' });
    await watch?.terminate();
    expect(await connectivity()).toMatchObject({
      code: 1,
      err: expect.stringContaining('(the last one is terminated)'),
    });
  });
});
