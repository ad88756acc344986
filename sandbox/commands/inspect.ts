/** `sandbox status` and `sandbox env`. */

import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { currentSandbox } from '../current-sandbox.ts';
import { sandboxEnvironment } from '../environment.ts';
import { EXIT_FAILED, type Outcome, SandboxProblem } from '../exit-code.ts';
import {
  apiServerUrl,
  collectorUrl,
  echoUrl,
  fileOf,
  type SandboxLayout,
  SandboxLayoutSchema,
  temporalAddress,
  temporalUiUrl,
} from '../layout.ts';
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
    .option('--cluster <name>', 'of a fleet (default: the first of its clusters)')
    .action(async ({ cluster }: { readonly cluster?: string }) => {
      const layout = await clusterNamed(await demandSandbox(), cluster);
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

/** Of the fleet that the sandbox is the first cluster of. */
async function clusterNamed(first: SandboxLayout, cluster = first.cluster): Promise<SandboxLayout> {
  if (cluster === first.cluster) return first;
  const text = await readFile(fileOf(first, `clusters/${cluster}/layout.json`), 'utf8').catch(() => null);
  if (text === null) throw new SandboxProblem(`no cluster of the sandbox is called ${cluster}`);
  return SandboxLayoutSchema.parse(JSON.parse(text));
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
