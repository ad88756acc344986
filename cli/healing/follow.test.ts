/** Waiting for a heal: how it ends, what is drawn, and that an outage of Temporal does not end it. */

import { expect, test } from '@jest/globals';
import type { HealRecord } from '../../temporal/healing/heal-record.ts';
import type { HealRecords } from '../../temporal/healing/heal-records.ts';
import { nodeName } from '../../tests/fixtures/nodes.ts';
import type { Terminal } from '../terminal.ts';
import { followHeal } from './follow.ts';

const RUNNING: HealRecord = {
  node: 'win-1',
  workflowId: 'heal-node/prod/win-1',
  runId: 'run-1',
  execution: 'running',
  startedMs: 0,
  closedMs: null,
  stateAttribute: 'healing',
  pending: null,
  status: null,
  result: null,
};
const HEALED: HealRecord = {
  ...RUNNING,
  execution: 'completed',
  result: { outcome: 'healed', attempts: 9, podsProven: 8, detail: '8 of 9 pods' },
};
/** As the client throws it: the failed request is the cause. */
const AWAY = new Error('Failed to describe', {
  cause: Object.assign(new Error('14 UNAVAILABLE'), { code: 14, details: 'down', metadata: {} }),
});

/** Answers in turn, the last one again and again; time passes only in pauses. */
async function follow(
  answers: readonly (HealRecord | Error)[],
  options: { interactive?: boolean; timeoutMs?: number; interruptAtMs?: number } = {},
) {
  const { interactive = false, timeoutMs = 60_000, interruptAtMs = Number.POSITIVE_INFINITY } = options;
  const output = { out: '', err: '' };
  let nowMs = 0;
  let asked = 0;
  const terminal: Terminal = {
    write: (text) => void (output.out += text),
    note: (text) => void (output.err += text),
    interactive,
    columns: 30,
    nowMs: () => nowMs,
    pause: (durationMs) => {
      nowMs += durationMs;
      return Promise.resolve();
    },
    interrupted: () => nowMs >= interruptAtMs,
  };
  const heals: HealRecords = {
    list: () => Promise.resolve([]),
    find() {
      const answer = answers[Math.min(asked++, answers.length - 1)] ?? RUNNING;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  const code = await followHeal(heals, terminal, { node: nodeName('win-1'), before: null, timeoutMs });
  return { code, ...output, nowMs };
}

test('ends with 0 when the node is healed, each change on a line of its own', async () => {
  expect(await follow([RUNNING, RUNNING, HEALED])).toMatchObject({
    code: 0,
    out: 'win-1  healing  no answer (is the worker running?)\nnode win-1 is healed: 8 of 9 pods\n',
  });
});

test('redraws one line for a person, no longer than the terminal is wide', async () => {
  const { out } = await follow([RUNNING, HEALED], { interactive: true });
  expect(out).toBe('\rwin-1  healing  no answer (is\u001B[K\nnode win-1 is healed: 8 of 9 pods\n');
});

test('ends with 1 after its time', async () => {
  expect(await follow([RUNNING], { timeoutMs: 5_000 })).toMatchObject({
    code: 1,
    nowMs: 5_000,
    err: expect.stringContaining('not healed after 5s'),
  });
});

test('ends with 130 on Ctrl-C and says that the heal goes on', async () => {
  expect(await follow([RUNNING], { interruptAtMs: 3_000 })).toMatchObject({
    code: 130,
    err: expect.stringContaining('the heal goes on'),
  });
});

test('goes on while Temporal restarts, for two minutes', async () => {
  expect(await follow([RUNNING, AWAY, AWAY, HEALED])).toMatchObject({
    code: 0,
    out: expect.stringContaining('Temporal does not answer'),
  });
  await expect(follow([RUNNING, AWAY], { timeoutMs: 3_600_000 })).rejects.toBe(AWAY);
});

test('an error other than that Temporal is away is passed on', async () => {
  await expect(follow([new Error('a fault')])).rejects.toThrow('a fault');
});
