/** The mutation runner: what counts as noticed, and that it never takes a broken run for a red test. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { mutate } from './mutate.ts';
import type { Mutation } from './mutation.ts';
import type { TestVerdict } from './run-test.ts';
import { makeScratchCheckout } from './scratch-checkout.ts';

const MUTATION: Mutation = {
  id: 'H5',
  file: 'domain/healing/pod-evidence.ts',
  find: 'if (signs.readyToStartContainers === true) return 2;',
  replace: "const price = '$&';",
  test: { project: 'unit', path: 'domain/healing/pod-evidence.test.ts' },
};

const GREEN: TestVerdict = { kind: 'green', tests: 3 };
const RED: TestVerdict = { kind: 'red', failed: ['H5: a title'] };
const BROKEN: TestVerdict = { kind: 'broken', reason: 'no test matched' };

async function outcome(verdicts: readonly TestVerdict[], mutation = MUTATION) {
  const answers = [...verdicts];
  let restored = 0;
  const scratch = { folder: '', apply: () => () => (restored += 1), remove: () => undefined };
  const ask = () => Promise.resolve(answers.shift() ?? BROKEN);
  const [result] = await mutate(scratch, [mutation], () => undefined, ask);
  return { outcome: result?.outcome, restored };
}

test.each([
  { verdicts: [GREEN, RED], expected: { outcome: 'killed', restored: 1 } },
  { verdicts: [GREEN, GREEN], expected: { outcome: 'survived', restored: 1 } },
  { verdicts: [GREEN, BROKEN], expected: { outcome: 'invalid', restored: 1 } },
  { verdicts: [RED, RED], expected: { outcome: 'invalid', restored: 0 } },
  { verdicts: [BROKEN, RED], expected: { outcome: 'invalid', restored: 0 } },
])('a mutant whose test was $verdicts.0.kind and is $verdicts.1.kind: $expected.outcome', async (row) => {
  expect(await outcome(row.verdicts)).toEqual(row.expected);
});

test('a file runs once without a fault, with all the titles that its mutations name', async () => {
  const named = (name: string): Mutation => ({ ...MUTATION, test: { ...MUTATION.test, name } });
  const asked: (string | undefined)[] = [];
  const scratch = { folder: '', apply: () => () => undefined, remove: () => undefined };
  const ask = async (_folder: string, { name }: Mutation['test']) => {
    asked.push(name);
    return asked.length === 1 ? GREEN : RED;
  };
  await mutate(scratch, [named('^a'), named('b'), named('^a')], () => undefined, ask);
  expect(asked).toEqual(['(?:^a)|(?:b)', '^a', 'b', '^a']);
  asked.length = 0;
  await mutate(scratch, [named('^a'), MUTATION], () => undefined, ask);
  expect(asked).toEqual([undefined, '^a', undefined]);
});

test('the scratch checkout is broken and repaired, the working tree is not touched', () => {
  const scratch = makeScratchCheckout();
  const original = readFileSync(MUTATION.file, 'utf8');
  try {
    const restore = scratch.apply(MUTATION);
    expect(readFileSync(join(scratch.folder, MUTATION.file), 'utf8')).toContain(MUTATION.replace);
    expect(readFileSync(MUTATION.file, 'utf8')).toBe(original);
    restore();
    expect(readFileSync(join(scratch.folder, MUTATION.file), 'utf8')).toBe(original);
    expect(() => scratch.apply({ ...MUTATION, find: 'return' })).toThrow(/"return" occurs \d+ times in domain/);
  } finally {
    scratch.remove();
  }
});
