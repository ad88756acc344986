/** What is shown of the answers of runs over several clusters, and of the lack of one. */

import { afterEach, expect, test } from '@jest/globals';
import type { UpgradeFleetStatus } from '../contracts/upgrade/upgrade-fleet.ts';
import type { Repeating } from '../runtime/repeat.ts';
import type { RunningFleets } from '../temporal/upgrade/fleets.ts';
import { until } from '../tests/fixtures/until.ts';
import { fleetInput } from '../tests/fixtures/upgrade.ts';
import { watchFleets } from './fleet-watch.ts';

type Answer = Awaited<ReturnType<RunningFleets['status']>>;

const { run, startedBy, versions } = fleetInput();
const STATUS: UpgradeFleetStatus = {
  run,
  startedBy,
  versions,
  state: 'halted',
  outcome: null,
  detail: '',
  stage: 'sandbox',
  waitsFor: [],
  clusters: [],
  pause: null,
  decisions: [],
};
const HALTED: Answer = { kind: 'status', status: STATUS };

let watching: Repeating | null = null;
afterEach(async () => {
  await watching?.stop();
  watching = null;
});

/** What was shown after each look: the runs with their states. */
async function shownAfter(looks: readonly (Readonly<Record<string, Answer>> | Error)[]) {
  const shown: string[] = [];
  const warnings: unknown[] = [];
  let asked = -1;
  const look = () => looks[Math.min(asked, looks.length - 1)] ?? {};
  watching = watchFleets({
    fleets: {
      async runs() {
        asked += 1;
        const now = look();
        if (now instanceof Error) throw now;
        return Object.keys(now);
      },
      async status(of) {
        const now = look();
        return now instanceof Error ? HALTED : (now[of] ?? { kind: 'not-running', closedAs: null });
      },
    },
    onRuns: (runs) => void shown.push(runs.map((one) => `${one.run} ${one.state}`).join()),
    log: { warn: (problem: unknown) => void warnings.push(problem) },
    everyMs: 1,
  });
  await until(() => asked >= looks.length, 'all looks');
  await watching.stop();
  return { shown, warnings };
}

test('M30: all runs that go on are asked, again and again; what ended in between is none of them', async () => {
  const { shown } = await shownAfter([
    { [run]: HALTED },
    { [run]: { ...HALTED, status: { ...STATUS, state: 'running' } }, ended: { kind: 'not-running', closedAs: null } },
    {},
  ]);
  expect(shown.slice(0, 3)).toEqual([`${run} halted`, `${run} running`, '']);
});

test('M52: a run that nobody answers for is silent, and hides no other', async () => {
  const { shown } = await shownAfter([{ stuck: { kind: 'silent', lastState: null }, [run]: HALTED }]);
  expect(shown[0]).toBe(`stuck silent,${run} halted`);
});

test('where Temporal is away nothing is said, and it is asked again', async () => {
  const { shown, warnings } = await shownAfter([new Error('deadline exceeded'), { [run]: HALTED }]);
  expect(new Set(shown)).toEqual(new Set([`${run} halted`]));
  expect(warnings).toEqual([{ error: new Error('deadline exceeded') }]);
});
