/** The maintainer dies at some steps of a maintenance; `npm run chaos -- --maintenance --steps` takes all of them. */

import { expect, test } from '@jest/globals';
import { fewSteps } from '../../chaos/kill-maintainer.ts';
import { killEachMaintenanceStep } from '../../chaos/maintenance/kill-each-step.ts';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';

/** Spread evenly over all of them, from the first question to the slot that is given back. */
const STEPS_MAX = 12;
const STEP_TIMEOUT_MS = 120_000;

test(
  'M16, M21, M26: whenever the maintainer is killed, the node is acted upon once, proven and given back with its slot',
  async () => {
    installQuietRuntime();
    const { kills, problems } = await killEachMaintenanceStep(fewSteps(STEPS_MAX));
    expect(problems).toEqual([]);
    expect(kills).toBeGreaterThan(STEPS_MAX / 2);
  },
  STEPS_MAX * STEP_TIMEOUT_MS,
);
