/** `npm run mutate [-- --only H5]`: breaks the code in each listed way and demands that a test notices. */

import { parseArgs } from 'node:util';
import { loadMutations } from './load-mutations.ts';
import { type MutationResult, mutate } from './mutate.ts';
import { makeScratchCheckout } from './scratch-checkout.ts';

const DETAIL_LENGTH_MAX = 100;

function line(result: MutationResult): string {
  const { id, file, find, test } = result.mutation;
  const shown = result.outcome === 'killed' ? result.detail : `${result.detail} (${find} in ${test.path})`;
  const detail = shown.replaceAll(/\s+/g, ' ').slice(0, DETAIL_LENGTH_MAX);
  return `${id.padEnd(4)} ${result.outcome.padEnd(9)} ${file.padEnd(34)} ${detail}`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
  const all = await loadMutations();
  const chosen = all.filter((mutation) => values.only?.includes(mutation.id) ?? true);
  if (chosen.length === 0) {
    process.stderr.write(`no mutation of ${values.only?.join(', ') ?? 'any rule'} in tests/mutations/lists/\n`);
    return 2;
  }
  const scratch = makeScratchCheckout();
  process.once('SIGINT', () => {
    scratch.remove();
    process.exit(130);
  });
  try {
    process.stdout.write('RULE OUTCOME   FILE                               FIRST FAILED TEST\n');
    const results = await mutate(scratch, chosen, (result) => process.stdout.write(`${line(result)}\n`));
    const killed = results.filter((result) => result.outcome === 'killed').length;
    process.stdout.write(`${killed} of ${results.length} mutations noticed\n`);
    return killed === results.length ? 0 : 1;
  } finally {
    scratch.remove();
  }
}

process.exitCode = await main();
