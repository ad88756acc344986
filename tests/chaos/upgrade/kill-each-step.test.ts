/** The maintainer dies at some steps of an upgrade; `npm run chaos -- --upgrade --steps` takes all of them. */

import { expect, test } from '@jest/globals';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';
import { fewSteps } from '../kill-maintainer.ts';
import { killEachUpgradeStep } from './kill-each-step.ts';

/** Spread evenly over all of them, from the first look to the report. */
const STEPS_MAX = 5;
const STEP_TIMEOUT_MS = 120_000;

test(
  'M16, M21, M26, M46: whenever the maintainer is killed, each node is upgraded once and given back, and there is one report',
  async () => {
    installQuietRuntime();
    const { kills, problems } = await killEachUpgradeStep(fewSteps(STEPS_MAX));
    expect(problems).toEqual([]);
    expect(kills).toBeGreaterThan(STEPS_MAX / 2);
  },
  STEPS_MAX * STEP_TIMEOUT_MS,
);
