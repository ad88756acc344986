/** Starts the process that the first argument names; each lives in its own folder and is loaded only then. */

/** `EX_SOFTWARE` of sysexits.h: a fault that no process expected. */
const EXIT_SOFTWARE = 70;

interface ProcessModule {
  /** Resolves with the exit code. */
  main(args: readonly string[]): Promise<number>;
}

/** Commands that are processes of their own; every other one is the command line's. */
const PROCESSES: Readonly<Record<string, () => Promise<ProcessModule>>> = {
  worker: () => import('../worker/main.ts'),
  starter: () => import('../starter/main.ts'),
  sandbox: () => import('../sandbox/main.ts'),
};

async function run(args: readonly string[]): Promise<number> {
  const [command = '', ...rest] = args;
  const load = Object.hasOwn(PROCESSES, command) ? PROCESSES[command] : undefined;
  if (load !== undefined) return (await load()).main(rest);
  const commandLine: ProcessModule = await import('../cli/main.ts');
  return commandLine.main(args);
}

try {
  process.exit(await run(process.argv.slice(2)));
} catch (error) {
  console.error(error);
  process.exit(EXIT_SOFTWARE);
}
