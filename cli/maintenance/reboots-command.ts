/** `vigilante reboots`: who needs a reboot, who waits and why. */

import type { RebootStatus } from '../../contracts/maintenance/watch-reboots.ts';
import { assertNever } from '../../domain/assert-never.ts';
import { rebootSentences } from '../../domain/maintenance/reboot-messages.ts';
import { rebootsWatchOf } from '../../temporal/maintenance/reboots.ts';
import type { StatusAnswer } from '../../temporal/perpetual.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type Column, renderTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import type { RebootsFormat } from './reboots-formats.ts';

type Row = RebootStatus['rows'][number];

const REASON_WIDTH_MAX = 90;

const COLUMNS: readonly Column<Row>[] = [
  { title: 'NODE', cell: ({ node }) => node },
  { title: 'GROUP', cell: ({ group }) => group },
  { title: 'STATE', cell: ({ kind }) => kind },
  { title: 'REASON', cell: ({ reason }) => reason, widthMax: REASON_WIDTH_MAX },
];

export async function rebootsCommand(
  context: CommandContext,
  terminal: Terminal,
  { format }: { readonly format: RebootsFormat },
): Promise<ExitCode> {
  const { cluster } = context.config;
  const answer = await rebootsWatchOf(await context.client(), cluster).status();
  if (answer.kind === 'status') {
    terminal.write(renderReboots(answer.status, format));
    return EXIT.ok;
  }
  terminal.note(`${missing(answer, cluster)}\n`);
  return EXIT.conditionNotMet;
}

export function renderReboots(status: RebootStatus, format: RebootsFormat): string {
  if (format === 'json') return `${JSON.stringify(status, null, 2)}\n`;
  const table = status.rows.length === 0 ? '' : `\n${renderTable(COLUMNS, status.rows)}`;
  return `${rebootSentences(status).join('\n')}\n${table}`;
}

function missing(answer: Exclude<StatusAnswer<unknown>, { kind: 'status' }>, cluster: string): string {
  switch (answer.kind) {
    case 'silent':
      return `the watch of the reboots of cluster ${cluster} does not answer (is the maintainer running?)`;
    case 'not-running':
      return `no watch of the reboots of cluster ${cluster} runs; check that the starter runs and that maintenance.enabled and maintenance.reboots.enabled are true`;
    default:
      return assertNever(answer);
  }
}
