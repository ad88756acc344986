/** H15: a worker dies at the steps of a heal that matter most; `npm run chaos -- --steps` takes all of them. */

import { expect, test } from '@jest/globals';
import { killEachStep } from './kill-each-step.ts';
import { describeStep, type Step } from './step.ts';

const CHOSEN = [
  // The activity was handed out and never begun.
  'after PollActivityTaskQueue 2',
  // The old pod is gone, the new one not there.
  'after DELETE pods 1',
  'after POST pods 2',
  // All is done, and no worker knows it yet.
  'before RespondActivityTaskCompleted 2',
  'before RespondWorkflowTaskCompleted 3',
  'after PATCH nodes 1',
];

test('H15: a worker killed at one step of a heal: annotated once, one pod for each attempt, nothing left over', async () => {
  const lines: string[] = [];
  const choose = (steps: readonly Step[]) => steps.filter((step) => CHOSEN.includes(describeStep(step)));
  const { outcomes, problems } = await killEachStep({
    lanes: CHOSEN.length,
    choose,
    print: (line) => lines.push(line),
  });
  expect(problems).toEqual([]);
  expect(outcomes.filter(({ hit }) => hit)).toHaveLength(CHOSEN.length);
});
