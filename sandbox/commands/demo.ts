/** `sandbox demo`, which is `npm start`: nodes are healed before your eyes. */

import type { Command } from 'commander';
import type { SandboxProcess } from '../child-process.ts';
import { rememberSandbox } from '../current-sandbox.ts';
import { conclude } from '../demo/conclusion.ts';
import { connectivityLine } from '../demo/connectivity-line.ts';
import { HEAL_ROWS, healLine } from '../demo/heal-table.ts';
import { type HealView, watchHeals } from '../demo/heal-views.ts';
import { createScreen } from '../demo/screen.ts';
import { createStandstill } from '../demo/standstill.ts';
import { EXIT_FAILED, EXIT_OK, type Outcome } from '../exit-code.ts';
import { type Sandbox, startSandbox } from '../start-sandbox.ts';
import { endSandbox, startComponents } from './components.ts';
import { addWorldOptions, evidenceOptions, nodePlan, sandboxConfig, type WorldOptions } from './options.ts';
import { runRebootsDemo } from './reboots-demo.ts';
import { demandRunning } from './running.ts';
import { signalReceived } from './signals.ts';

/** Nothing has changed for this long: no heal will end any more. Far above any interval worth watching. */
const STANDSTILL_MAX_MS = 15 * 60_000;

interface DemoOptions extends WorldOptions {
  readonly exitWhenHealed?: boolean;
  readonly reboots?: boolean;
}

export function addDemoCommand(program: Command, outcome: Outcome): void {
  const demo = program
    .command('demo')
    .description('start the sandbox with Windows nodes, show their healing and whether their agents report');
  addWorldOptions(demo, { nodes: 3, window: '2m' })
    .option('--exit-when-healed', 'end when every heal has ended; exit code 0 only if all nodes are healed')
    .option('--reboots', 'reboot sixteen Linux nodes on a budget instead, drained and proven one after the other')
    .action(async (options: DemoOptions) => {
      outcome.exitCode = options.reboots === true ? await runRebootsDemo() : await runDemo(options);
    });
}

async function runDemo(options: DemoOptions): Promise<number> {
  process.stderr.write('starting etcd, the Kubernetes control plane, simulated nodes and Temporal…\n');
  const sandbox = await startSandbox({ vigilante: sandboxConfig(options), ...evidenceOptions(options) });
  try {
    await rememberSandbox(sandbox.layout);
    process.stderr.write('starting worker, starter, collector and agents…\n');
    const components = [...(await startComponents(sandbox)), await sandbox.startAgents({ count: options.agents })];
    return await showHealing({ sandbox, components, options });
  } finally {
    await endSandbox(sandbox);
  }
}

interface Show {
  readonly sandbox: Sandbox;
  readonly components: readonly SandboxProcess[];
  readonly options: DemoOptions;
}

async function showHealing({ sandbox, components, options }: Show): Promise<number> {
  const { COLLECTOR_URL, TEMPORAL_UI_URL } = sandbox.env;
  const plan = nodePlan(options);
  for (const { name, behaviour } of plan) await sandbox.addNode(name, { behaviour });
  const screen = createScreen(
    process.stdout,
    [
      `Temporal UI: ${TEMPORAL_UI_URL}/namespaces/default/workflows`,
      'From another terminal: eval "$(bin/vigilante sandbox env)", then vigilante status, kubectl get nodes, …',
    ],
    HEAL_ROWS,
  );
  const ended = new AbortController();
  void signalReceived().then(() => ended.abort());
  const standstill = createStandstill(STANDSTILL_MAX_MS);
  let last: readonly HealView[] = [];
  for await (const views of watchHeals(sandbox, ended.signal)) {
    last = views;
    screen.show(views, await connectivityLine(COLLECTOR_URL));
    await demandRunning(components);
    if (options.exitWhenHealed !== true) continue;
    if (views.length >= plan.length && views.every(({ ended: over }) => over)) break;
    if (standstill.reached(views.map(healLine).join('\n'), Date.now())) break;
  }
  if (options.exitWhenHealed !== true) return EXIT_OK;
  const { lines, allHealed } = conclude(last);
  process.stdout.write(`${lines.join('\n')}\n${await connectivityLine(COLLECTOR_URL)}\n`);
  return allHealed ? EXIT_OK : EXIT_FAILED;
}
