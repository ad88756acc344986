/** Applies each mutation in turn and asks its test: red is what we want. */

import type { Mutation } from './mutation.ts';
import { runTest, type TestVerdict } from './run-test.ts';
import type { ScratchCheckout } from './scratch-checkout.ts';

export interface MutationResult {
  readonly mutation: Mutation;
  /** `killed`: the test noticed. `survived`: it did not. `invalid`: the run says nothing about the test. */
  readonly outcome: 'killed' | 'survived' | 'invalid';
  readonly detail: string;
}

type RunTest = (folder: string, test: Mutation['test']) => Promise<TestVerdict>;

/** `ask` is replaced in the tests of this file only. */
export async function mutate(
  scratch: ScratchCheckout,
  mutations: readonly Mutation[],
  report: (result: MutationResult) => void,
  ask: RunTest = runTest,
): Promise<MutationResult[]> {
  const baselines = new Map<string, TestVerdict>();
  const results: MutationResult[] = [];
  for (const mutation of mutations) {
    const { project, path } = mutation.test;
    const baseline =
      baselines.get(path) ?? (await ask(scratch.folder, { project, path, ...everyName(mutations, path) }));
    baselines.set(path, baseline);
    const result = await judge(scratch, mutation, baseline, ask);
    results.push(result);
    report(result);
  }
  return results;
}

/** All that the mutations ask of one file, as one pattern: it runs once without any fault. */
function everyName(mutations: readonly Mutation[], path: string): { name?: string } {
  const names = new Set(mutations.filter(({ test }) => test.path === path).map(({ test }) => test.name));
  if (names.has(undefined)) return {};
  return { name: [...names].map((name) => `(?:${name})`).join('|') };
}

/** Red without the mutation proves nothing with it, so the test must be green first. */
async function judge(
  scratch: ScratchCheckout,
  mutation: Mutation,
  baseline: TestVerdict,
  ask: RunTest,
): Promise<MutationResult> {
  if (baseline.kind !== 'green') {
    return { mutation, outcome: 'invalid', detail: `without the mutation: ${words(baseline)}` };
  }
  let restore: () => void;
  try {
    restore = scratch.apply(mutation);
  } catch (error) {
    return { mutation, outcome: 'invalid', detail: error instanceof Error ? error.message : String(error) };
  }
  const verdict = await ask(scratch.folder, mutation.test);
  restore();
  switch (verdict.kind) {
    case 'red':
      return { mutation, outcome: 'killed', detail: words(verdict) };
    case 'green':
      return { mutation, outcome: 'survived', detail: words(verdict) };
    default:
      return { mutation, outcome: 'invalid', detail: words(verdict) };
  }
}

function words(verdict: TestVerdict): string {
  switch (verdict.kind) {
    case 'green':
      return `${verdict.tests} passed, none failed`;
    case 'red':
      return verdict.failed[0] ?? 'red';
    default:
      return verdict.reason;
  }
}
