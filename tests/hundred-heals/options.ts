/** The arguments of `npm run hundred-heals`. */

import { parseArgs } from 'node:util';
import { FINISHES } from '../../domain/healing/early-finish.ts';
import { commandOf } from '../fixtures/suite-command.ts';
import { BREAK_NAMES, BREAKS, type BreakName } from './breaks.ts';

export type AskedHeals =
  | { readonly kind: 'prove'; readonly only: readonly BreakName[] }
  | {
      readonly kind: 'run';
      readonly seed: number;
      readonly heals: number;
      readonly from: number;
      readonly windowMs: number;
      readonly finish: Finish;
    };
type Finish = (typeof FINISHES)[number];

const DEFAULTS = { heals: 100, from: 1, window: 60 };
const SEED_MAX = 2 ** 32 - 1;
const HEALS_MAX = 10_000;
const WINDOW_SECONDS = { min: 24, max: 600 };

export const USAGE = `Heals two real nodes again and again, cures each at a random moment by a random way, and judges each heal by a capture of
packets on the host of the echo and by the audit log of the API server. Needs Linux and root; docs/real-nodes.md says more.

  npm run hundred-heals -- --seed N [--heals K] [--from M] [--window S] [--finish F]
  npm run hundred-heals -- --prove [--break NAME]

  --seed N      the same number gives the same cures; required
  --heals K     how many, ${DEFAULTS.heals} by default, in about an hour
  --from M      number of the first one, ${DEFAULTS.from} by default: goes on with a run that was stopped
  --window S    healing.window in seconds, ${DEFAULTS.window} by default
  --finish F    healing.finish, ${FINISHES.join(' or ')}, ${FINISHES[0]} by default; with proven each mark has to follow its cure at once
  --prove       runs builds that are broken on purpose, and fails unless each is noticed
  --break NAME  only this one:
${BREAK_NAMES.map((name) => `                  ${name.padEnd(18)} ${BREAKS[name].about}`).join('\n')}

Exit code 1 on a violation; 64 on wrong arguments; 69 where the machine lacks something.
`;

type HealsCommand = AskedHeals | { readonly kind: 'wrong'; readonly problem: string };

export function healsCommand(args: readonly string[]): HealsCommand | { readonly kind: 'help' } {
  return commandOf(() => parse(args), asked);
}

function asked(values: ReturnType<typeof parse>): HealsCommand {
  const breakName = BREAK_NAMES.find((name) => name === values.break);
  if (values.break !== undefined && (breakName === undefined || !values.prove)) {
    return { kind: 'wrong', problem: `--break ${values.break}: expected --prove and one of ${BREAK_NAMES.join(', ')}` };
  }
  if (values.prove) return { kind: 'prove', only: breakName === undefined ? BREAK_NAMES : [breakName] };
  const finish = FINISHES.find((known) => known === values.finish);
  if (finish === undefined) {
    return { kind: 'wrong', problem: `--finish ${values.finish}: expected one of ${FINISHES.join(', ')}` };
  }
  if (values.seed === undefined) return { kind: 'wrong', problem: '--seed: expected a number, such as --seed 1' };
  const numbers = [
    { name: 'seed', text: values.seed, min: 0, max: SEED_MAX },
    { name: 'heals', text: values.heals, min: 1, max: HEALS_MAX },
    { name: 'from', text: values.from, min: 1, max: HEALS_MAX },
    { name: 'window', text: values.window, ...WINDOW_SECONDS },
  ];
  const wrong = numbers.find(({ text, min, max }) => !/^\d+$/.test(text) || Number(text) < min || Number(text) > max);
  if (wrong !== undefined) {
    const { name, text, min, max } = wrong;
    return { kind: 'wrong', problem: `--${name} ${text}: expected a whole number from ${min} to ${max}` };
  }
  const { seed, heals, from, window } = values;
  return {
    kind: 'run',
    seed: Number(seed),
    heals: Number(heals),
    from: Number(from),
    windowMs: Number(window) * 1_000,
    finish,
  };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      heals: { type: 'string', default: String(DEFAULTS.heals) },
      from: { type: 'string', default: String(DEFAULTS.from) },
      window: { type: 'string', default: String(DEFAULTS.window) },
      finish: { type: 'string', default: FINISHES[0] },
      break: { type: 'string' },
      prove: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
}
