/** `vigilante upgrade report`: of the workflow as long as Temporal knows it, then of the file that it wrote (M46). */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reportMarkdown } from '../../domain/upgrade/report.ts';
import { clusterUpgradeOf } from '../../temporal/upgrade/clusters.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import type { ReportFormat } from './formats.ts';

export interface ReportCommand {
  readonly run: string;
  readonly format: ReportFormat;
}

export async function reportCommand(
  context: CommandContext,
  terminal: Terminal,
  { run, format }: ReportCommand,
): Promise<ExitCode> {
  const { cluster, maintenance } = context.config;
  const report = await clusterUpgradeOf(await context.client(), cluster).report();
  if (report?.run === run && report.mode === 'upgrade') {
    terminal.write(format === 'md' ? reportMarkdown(report) : `${JSON.stringify(report, null, 2)}\n`);
    return EXIT.ok;
  }
  const { folder } = maintenance.upgrade.report;
  const written = folder === undefined ? null : await lastWritten(folder, { run, cluster, format });
  if (written !== null) {
    terminal.write(written);
    return EXIT.ok;
  }
  const where = folder === undefined ? 'maintenance.upgrade.report.folder is not set' : `${folder} has no file of it`;
  throw new CommandError(
    EXIT.conditionNotMet,
    `no report of run ${run} on ${cluster}: Temporal knows none, and ${where}`,
  );
}

/** Names of the files end in the time at which the run began. */
async function lastWritten(
  folder: string,
  { run, cluster, format }: ReportCommand & { readonly cluster: string },
): Promise<string | null> {
  const names = await readdir(folder).catch((): string[] => []);
  const own = names.filter((name) => name.startsWith(`${run}.${cluster}.`) && name.endsWith(`.${format}`));
  const last = own.sort().at(-1);
  return last === undefined ? null : readFile(join(folder, last), 'utf8');
}
