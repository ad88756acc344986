/** What a command says where a workflow did not take what it was told. */

import type { UpdateAnswer } from '../temporal/perpetual.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** Throws a `CommandError` unless the update was accepted. */
export function demandTaken(answer: UpdateAnswer<unknown>): void {
  if (answer.kind === 'refused') throw new CommandError(EXIT.conditionNotMet, answer.message);
  if (answer.kind === 'silent') throw new CommandError(EXIT.conditionNotMet, 'no maintainer answers');
}
