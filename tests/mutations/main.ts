/** `npm run mutate`: the proof that the tests can fail. `--help` explains. */

import { parseArgs } from 'node:util';
import { messageOf } from '../../domain/error-message.ts';
import { loadMutations } from './load-mutations.ts';
import { type MutationResult, mutate } from './mutate.ts';
import { makeScratchCheckout } from './scratch-checkout.ts';

const DETAIL_LENGTH_MAX = 100;
const WRONG_ARGUMENTS = 64;

const USAGE = `Breaks the code in each way listed in tests/mutations/lists/, one at a time in a copy of the checkout, and demands
that a test notices.

  npm run mutate [-- --only RULE]...

  --only RULE  the mutations of one rule, such as H5; may be given several times

Exit code 1 when a mutation goes unnoticed; 64 on wrong arguments.
`;

function line(result: MutationResult): string {
  const { id, file, find, test } = result.mutation;
  const shown = result.outcome === 'killed' ? result.detail : `${result.detail} (${find} in ${test.path})`;
  const detail = shown.replaceAll(/\s+/g, ' ').slice(0, DETAIL_LENGTH_MAX);
  return `${id.padEnd(4)} ${result.outcome.padEnd(9)} ${file.padEnd(34)} ${detail}`;
}

function parse(): { readonly only?: string[]; readonly help?: boolean } {
  return parseArgs({ options: { only: { type: 'string', multiple: true }, help: { type: 'boolean' } } }).values;
}

async function main(): Promise<number> {
  let values: ReturnType<typeof parse>;
  try {
    values = parse();
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${USAGE}`);
    return WRONG_ARGUMENTS;
  }
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const all = await loadMutations();
  const chosen = all.filter((mutation) => values.only?.includes(mutation.id) ?? true);
  if (chosen.length === 0) {
    process.stderr.write(`no mutation of ${values.only?.join(', ') ?? 'any rule'} in tests/mutations/lists/\n`);
    return WRONG_ARGUMENTS;
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
