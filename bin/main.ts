/** Starts the process that the first argument names; each lives in its own folder and is loaded only then. */

import { existsSync } from 'node:fs';
import { isProcessName, type ProcessName } from '../contracts/processes.ts';

/** `EX_SOFTWARE` of sysexits.h: a fault that no process expected. */
const EXIT_SOFTWARE = 70;
/** `EX_UNAVAILABLE`. */
const EXIT_UNAVAILABLE = 69;

interface ProcessModule {
  /** Resolves with the exit code. */
  main(args: readonly string[]): Promise<number>;
}

/** Commands that are processes of their own; every other one is the command line's. */
const LOADERS: Readonly<Record<ProcessName, () => Promise<ProcessModule>>> = {
  worker: () => import('../worker/main.ts'),
  starter: () => import('../starter/main.ts'),
  maintainer: () => import('../maintainer/main.ts'),
  fleet: () => import('../fleet/main.ts'),
  collector: () => import('../collector/main.ts'),
  agent: () => import('../agent/main.ts'),
  echo: () => import('../echo/main.ts'),
  sandbox: () => import('../sandbox/main.ts'),
};

async function run(args: readonly string[]): Promise<number> {
  const [command = '', ...rest] = args;
  if (isProcessName(command)) return (await loaded(command, LOADERS[command])).main(rest);
  const commandLine: ProcessModule = await import('../cli/main.ts');
  return commandLine.main(args);
}

/** The image leaves out two folders: the agent has an image of its own, the sandbox builds its programs in a checkout. */
async function loaded(command: string, load: () => Promise<ProcessModule>): Promise<ProcessModule> {
  if (existsSync(new URL(`../${command}/main.ts`, import.meta.url))) return load();
  const where = command === 'agent' ? 'it has an image of its own, vigilante-agent' : 'run it from a checkout';
  console.error(`vigilante ${command} is not part of this installation: ${where}`);
  return process.exit(EXIT_UNAVAILABLE);
}

try {
  process.exit(await run(process.argv.slice(2)));
} catch (error) {
  console.error(error);
  process.exit(EXIT_SOFTWARE);
}
