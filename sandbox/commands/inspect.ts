/** `sandbox status` and `sandbox env`. */

import type { Command } from 'commander';
import { currentSandbox } from '../current-sandbox.ts';
import { sandboxEnvironment } from '../environment.ts';
import { EXIT_FAILED, type Outcome, SandboxProblem } from '../exit-code.ts';
import { apiServerUrl, collectorUrl, echoUrl, type SandboxLayout, temporalAddress, temporalUiUrl } from '../layout.ts';
import { linkKubectl, programFolder } from '../programs.ts';
import { processesOf } from '../reap.ts';

export function addInspectCommands(program: Command, outcome: Outcome): void {
  program
    .command('status')
    .description('what is up; exit code 1 when nothing is')
    .action(async () => {
      const layout = await currentSandbox();
      if (layout === null) {
        process.stdout.write('no sandbox is up\n');
        outcome.exitCode = EXIT_FAILED;
        return;
      }
      process.stdout.write(await describe(layout));
    });
  program
    .command('env')
    .description('shell assignments for kubectl, temporal and vigilante: eval "$(bin/vigilante sandbox env)"')
    .action(async () => {
      const layout = await demandSandbox();
      await linkKubectl(layout);
      for (const [name, value] of Object.entries(sandboxEnvironment(layout)))
        process.stdout.write(`export ${name}=${quoted(value)}\n`);
      process.stdout.write(`export PATH=${quoted(programFolder(layout))}:"$PATH"\n`);
    });
}

export async function demandSandbox(): Promise<SandboxLayout> {
  const layout = await currentSandbox();
  if (layout === null) throw new SandboxProblem('no sandbox is up: start one with `vigilante sandbox up`');
  return layout;
}

async function describe(layout: SandboxLayout): Promise<string> {
  const processes = await processesOf(layout.id);
  return [
    `sandbox     ${layout.id}`,
    `folder      ${layout.folder}`,
    `API server  ${apiServerUrl(layout)}`,
    `Temporal    ${temporalAddress(layout)}, UI ${temporalUiUrl(layout)}`,
    `collector   ${collectorUrl(layout)}`,
    ...(layout.echo === null ? [] : [`echo        ${echoUrl(layout.echo)}, public key ${layout.echo.publicKey}`]),
    `processes   ${processes.length} (${processes.join(', ')})`,
    '',
  ].join('\n');
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
