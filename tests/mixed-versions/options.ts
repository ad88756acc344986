/** The arguments of `npm run mixed-versions`. */

import { parseArgs } from 'node:util';
import { commandOf } from '../fixtures/suite-command.ts';

export interface AskedMix {
  readonly kind: 'run';
  readonly from: string;
  readonly minutes: number;
}

type MixedCommand = AskedMix | { readonly kind: 'wrong'; readonly problem: string };

const MINUTES = { default: 5, min: 1, max: 600 };

export const USAGE = `Lets a worker of an earlier version run beside a starter of this checkout, then the reverse, on simulated nodes whose pods
ask an echo. New nodes come all the time. Fails where a heal fails, where a node is marked by a rule that its worker does
not know, and where a starter removes the pod of a heal.

  npm run mixed-versions -- --from COMMIT [--minutes M]

  --from COMMIT  the earlier version; required
  --minutes M    how long each of the two lasts, ${MINUTES.default} by default

Exit code 1 on a violation; 64 on wrong arguments.
`;

export function mixedCommand(args: readonly string[]): MixedCommand | { readonly kind: 'help' } {
  return commandOf(() => parse(args), asked);
}

function asked({ from, minutes }: ReturnType<typeof parse>): MixedCommand {
  if (from === undefined) return { kind: 'wrong', problem: '--from: expected a commit' };
  if (!/^\d+$/.test(minutes) || Number(minutes) < MINUTES.min || Number(minutes) > MINUTES.max) {
    const problem = `--minutes ${minutes}: expected a whole number from ${MINUTES.min} to ${MINUTES.max}`;
    return { kind: 'wrong', problem };
  }
  return { kind: 'run', from, minutes: Number(minutes) };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      from: { type: 'string' },
      minutes: { type: 'string', default: String(MINUTES.default) },
      help: { type: 'boolean', default: false },
    },
  }).values;
}
