/** `vigilante privileges`, and its action `declare`. */

import { assertNever } from '../../domain/assert-never.ts';
import { countPrivileges } from '../../domain/privileges/messages.ts';
import type { StatusAnswer } from '../../temporal/perpetual.ts';
import { type PrivilegesWatch, privilegesWatchOf } from '../../temporal/privileges/watch.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { renderDeclaration } from './declaration.ts';
import { type PrivilegesFormat, renderPrivileges } from './render.ts';

export interface PrivilegesCommand {
  readonly action: 'declare' | null;
  readonly format: PrivilegesFormat;
  /** Only what is drift. */
  readonly drift: boolean;
}

export async function privilegesCommand(
  context: CommandContext,
  terminal: Terminal,
  { action, format, drift }: PrivilegesCommand,
): Promise<ExitCode> {
  const { cluster } = context.config;
  const watch = privilegesWatchOf(await context.client(), cluster);
  if (action === 'declare') return declare(watch, terminal, cluster);
  const answer = await watch.ask();
  if (answer.kind !== 'status') {
    const reason = reasonOf(answer, cluster);
    const running = answer.kind === 'silent';
    // A script that reads JSON gets some in any case.
    if (format === 'json') terminal.write(`${JSON.stringify({ cluster, state: null, running, reason }, null, 2)}\n`);
    terminal.note(`${reason}\n`);
    return EXIT.conditionNotMet;
  }
  const { status } = answer;
  terminal.write(renderPrivileges(status, { format, drift, nowMs: terminal.nowMs() }));
  switch (status.state) {
    case 'ok':
      return EXIT.ok;
    case 'drift':
      terminal.note(
        `privileges are not as declared: ${status.report === null ? '' : countPrivileges(status.report)}\n`,
      );
      return EXIT.conditionNotMet;
    case 'unknown':
      terminal.note(`privileges are not known: ${status.unavailable ?? 'nothing was evaluated yet'}\n`);
      return EXIT.conditionNotMet;
    default:
      return assertNever(status.state);
  }
}

/** Of what runs now: the last report may be an hour old. */
async function declare(watch: PrivilegesWatch, terminal: Terminal, cluster: string): Promise<ExitCode> {
  const before = await watch.ask();
  if (before.kind === 'not-running') throw new CommandError(EXIT.conditionNotMet, reasonOf(before, cluster));
  const now = await watch.evaluateNow();
  if (now.kind === 'refused') throw new CommandError(EXIT.conditionNotMet, now.message);
  if (now.kind === 'silent') throw new CommandError(EXIT.conditionNotMet, silence(cluster));
  terminal.write(renderDeclaration(now.result));
  const { omitted } = now.result;
  if (omitted > 0) terminal.note(`${omitted} containers are left out: declare these first, then run it again\n`);
  return EXIT.ok;
}

function reasonOf(answer: Exclude<StatusAnswer<unknown>, { kind: 'status' }>, cluster: string): string {
  if (answer.kind === 'silent') return silence(cluster);
  const last = answer.closedAs === null ? '' : ` (the last one is ${answer.closedAs})`;
  return `no watch of the privileges of cluster ${cluster} runs${last}; check that the starter runs and that maintenance.privileges.enabled is true`;
}

function silence(cluster: string): string {
  return `the watch of the privileges of cluster ${cluster} does not answer (is the maintainer running?)`;
}
