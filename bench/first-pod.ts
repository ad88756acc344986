/** `first-pod`: from a node's Ready to its first healing pod, beside a loop that does nothing else. */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DEFAULT_HEALED_ANNOTATION } from '../contracts/healing/names.ts';
import { DEFAULT_POD_IMAGE } from '../contracts/healing/pod-image.ts';
import { auditUser } from '../sandbox/audit.ts';
import { logTail, type SandboxProcess, startProcess } from '../sandbox/child-process.ts';
import { logOf, RELEASE_NAMESPACE } from '../sandbox/layout.ts';
import { type Sandbox, startSandbox } from '../sandbox/start-sandbox.ts';
import { waitUntil } from '../sandbox/wait-until.ts';
import { type PhaseResult, runPhase } from './first-pod-phase.ts';
import { type BenchResult, percentile, wholeNumber } from './result.ts';

const BURST = 100;
const WARM_UP = 10;
const BARE_LOOP = fileURLToPath(new URL('bare-loop.ts', import.meta.url));
const LIST_TIMEOUT_MS = 60_000;
const OURS = ['worker', 'starter'];

interface Arrivals {
  readonly label: string;
  readonly count: number;
  readonly perSecond: number | null;
}

/** The interval is long, so that only first attempts are under way. */
export async function firstPod(args: readonly string[]): Promise<BenchResult> {
  const phases = phasesOf(args);
  const sandbox = await startSandbox({ vigilante: { healing: { window: '30m', interval: '10m' } } });
  try {
    const bare = await bareResults(sandbox, phases);
    const ours = await ourResults(sandbox, phases);
    const rows = phases.map(({ label }, index) => row(label, bare[index], ours[index]));
    return { title: 'Ready to first pod, milliseconds, from the audit log', rows };
  } finally {
    await sandbox.stop();
  }
}

function phasesOf(args: readonly string[]): readonly Arrivals[] {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rates: { type: 'string', default: '5,10,15,20,30' },
      seconds: { type: 'string', default: '10' },
      burst: { type: 'string', default: `${BURST}` },
    },
  });
  const seconds = wholeNumber('--seconds', values.seconds, { min: 1, max: 600 });
  const burst = wholeNumber('--burst', values.burst, { min: 0, max: 5_000 });
  const steady = values.rates.split(',').map((text) => {
    const perSecond = wholeNumber('--rates', text, { min: 1, max: 1_000 });
    return { label: `${perSecond} a second`, count: perSecond * seconds, perSecond };
  });
  return burst === 0 ? steady : [...steady, { label: `${burst} at once`, count: burst, perSecond: null }];
}

/** Its nodes are annotated as healed: the starter, which comes later, has nothing to do with them. */
async function bareResults(sandbox: Sandbox, phases: readonly Arrivals[]): Promise<readonly PhaseResult[]> {
  const loop = await startBareLoop(sandbox);
  try {
    return await results(sandbox, phases, {
      name: 'bare',
      annotations: { [DEFAULT_HEALED_ANNOTATION]: 'true' },
      users: [auditUser('vigilante-worker')],
    });
  } finally {
    await loop.kill();
  }
}

async function startBareLoop(sandbox: Sandbox): Promise<SandboxProcess> {
  const { layout } = sandbox;
  const loop = await startProcess({
    name: 'bare-loop',
    program: process.execPath,
    args: ['--no-warnings', BARE_LOOP, RELEASE_NAMESPACE, DEFAULT_POD_IMAGE],
    env: { ...sandbox.env, KUBECONFIG: sandbox.kubeconfigOf('worker') },
    sandboxId: layout.id,
    logPath: logOf(layout, 'bare-loop'),
  });
  const isWatching = async () => (await logTail(loop.logPath)).includes('watching');
  await waitUntil(isWatching, { what: 'the bare loop to watch the nodes', timeoutMs: LIST_TIMEOUT_MS });
  return loop;
}

async function ourResults(sandbox: Sandbox, phases: readonly Arrivals[]): Promise<readonly PhaseResult[]> {
  const processes = [await sandbox.startProcess('worker'), await sandbox.startProcess('starter')];
  await Promise.all(processes.map((process) => process.waitUntilReady()));
  const users = OURS.map((component) => auditUser(`vigilante-${component}`));
  return results(sandbox, phases, { name: 'ours', annotations: {}, users });
}

async function results(
  sandbox: Sandbox,
  phases: readonly Arrivals[],
  of: { readonly name: string; readonly annotations: Record<string, string>; readonly users: readonly string[] },
): Promise<readonly PhaseResult[]> {
  const { name, ...rest } = of;
  await runPhase(sandbox, { ...rest, prefix: `${name}-warm`, count: WARM_UP, perSecond: null });
  const measured: PhaseResult[] = [];
  for (const [index, { count, perSecond, label }] of phases.entries()) {
    process.stderr.write(`${name}: ${label}\n`);
    measured.push(await runPhase(sandbox, { ...rest, prefix: `${name}-${index}`, count, perSecond }));
  }
  return measured;
}

function row(
  arrivals: string,
  bare: PhaseResult | undefined,
  ours: PhaseResult | undefined,
): Record<string, string | number> {
  if (bare === undefined || ours === undefined) throw new Error(`nothing was measured for ${arrivals}`);
  const at = ({ latenciesMs }: PhaseResult, percent: number) => Math.round(percentile(latenciesMs, percent));
  const cpuOf = ({ cpuMs }: PhaseResult, programs: readonly string[]) =>
    programs.reduce((sum, program) => sum + (cpuMs.get(program) ?? 0), 0);
  const cluster = [...ours.cpuMs.keys()].filter((program) => !['temporal', ...OURS].includes(program));
  return {
    arrivals,
    'bare loop p50': at(bare, 50),
    'bare loop p99': at(bare, 99),
    p50: at(ours, 50),
    p90: at(ours, 90),
    p99: at(ours, 99),
    max: at(ours, 100),
    'p99 / bare loop': (at(ours, 99) / at(bare, 99)).toFixed(1),
    'API requests per node': ours.requestsPerNode.toFixed(1),
    'CPU ms per node: starter': cpuOf(ours, ['starter']).toFixed(1),
    worker: cpuOf(ours, ['worker']).toFixed(1),
    Temporal: cpuOf(ours, ['temporal']).toFixed(1),
    cluster: cpuOf(ours, cluster).toFixed(1),
    'bare loop': cpuOf(bare, ['node']).toFixed(1),
    'cluster with it': cpuOf(bare, cluster).toFixed(1),
  };
}
