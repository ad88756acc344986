/** `cure-to-mark`: how long after their cure nodes are marked with `finish: proven`, for nodes that come at once. */

import { parseArgs } from 'node:util';
import { DEFAULT_HEALED_ANNOTATION, onboardNodeWorkflowId, SNAT_PROFILE } from '../contracts/healing/names.ts';
import { BEHAVIOUR_LABEL, SNAT_PREFIX } from '../sandbox/behaviour.ts';
import { SANDBOX_CLUSTER } from '../sandbox/layout.ts';
import { type Sandbox, startSandbox } from '../sandbox/start-sandbox.ts';
import { waitUntil } from '../sandbox/wait-until.ts';
import { nodeName } from '../tests/fixtures/nodes.ts';
import { temporalClientOf } from '../tests/fixtures/sandbox-temporal.ts';
import { cureFigures, PATIENCE_MS } from './cure-figures.ts';
import { useByProgram } from './processes.ts';
import { type BenchResult, UsageError, wholeNumber } from './result.ts';
import { type Settings, settings } from './settings.ts';

/** The cures are spread over it, so that they meet every moment of a pause. */
const CURES_OVER_S = 10;
const WARM_UP = 5;
const MARKS_TIMEOUT_MS = 1_800_000;
/** Each look lists all nodes on the cores that are measured: seldom. */
const POLL_MS = 5_000;
/** Histories are read one after the other. */
const HISTORIES_MAX = 50;
const PROOFS_OVER = /^\d+s$/;

const TAINT = { key: 'startup-taint.cluster-autoscaler.kubernetes.io/vigilante-snat', effect: 'NoSchedule' } as const;
/** Marked nodes are not watched, so that nothing but heals is measured. */
const HEALING = { finish: 'proven', relapse: { watch: 'off' }, patience: `${PATIENCE_MS}ms` };

export async function cureToMark(args: readonly string[]): Promise<BenchResult> {
  const { nodes, after, over, cap, config } = optionsOf(args);
  const rows: BenchResult['rows'][number][] = [];
  const problems: string[] = [];
  for (const proofsOver of over) {
    for (const count of nodes) {
      process.stderr.write(`${count} nodes, proofsOver ${proofsOver}\n`);
      const measured = await measure({ count, after, proofsOver, cap, config });
      rows.push({ nodes: count, proofsOver, ...measured.row });
      problems.push(...measured.problems);
    }
  }
  const cured = `${after} to ${after + CURES_OVER_S - 1} s`;
  return { title: `cure to mark in seconds, cured ${cured} after the node came, from the audit log`, rows, problems };
}

function optionsOf(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string', default: '50' },
      /** Seconds from the node to its cure. */
      after: { type: 'string', default: '60' },
      over: { type: 'string', default: '10s,0s' },
      /** Seconds after which a node loses its startup taint without a mark; 0: nodes have none. */
      cap: { type: 'string', default: '0' },
      /** A key of the configuration, as `healing.attemptsPerSecond=8`; may be given several times. */
      set: { type: 'string', multiple: true, default: [] },
    },
  });
  const over = values.over.split(',');
  const wrong = over.find((text) => !PROOFS_OVER.test(text));
  if (wrong !== undefined) throw new UsageError(`--over ${wrong} is not of the form 10s`);
  return {
    nodes: values.nodes.split(',').map((text) => wholeNumber('--nodes', text, { min: 1, max: 1_000 })),
    after: wholeNumber('--after', values.after, { min: 5, max: 600 }),
    cap: wholeNumber('--cap', values.cap, { min: 0, max: 600 }),
    config: settings(values.set),
    over,
  };
}

interface Run {
  readonly count: number;
  readonly after: number;
  readonly proofsOver: string;
  readonly cap: number;
  readonly config: Settings;
}

async function measure({ count, after, proofsOver, cap, config }: Run) {
  const taint = cap === 0 ? {} : { taint: { key: TAINT.key, cap: `${cap}s` } };
  const sandbox = await startSandbox({
    evidence: 'source-address',
    vigilante: { ...config, healing: { ...HEALING, ...taint, proofsOver, ...config['healing'] } },
    report: () => {},
  });
  const taints = cap === 0 ? [] : [TAINT];
  try {
    const processes = [await sandbox.startProcess('worker'), await sandbox.startProcess('starter')];
    await Promise.all(processes.map((process) => process.waitUntilReady()));
    await heal(sandbox, 'warm', { cures: Array<number>(WARM_UP).fill(0), taints });
    const before = (await sandbox.auditEvents()).length;
    const cures = Array.from({ length: count }, (_, index) => after + (index % CURES_OVER_S));
    const { curedMs, workerMb } = await heal(sandbox, 'cured', { cures, taints });
    const eventCounts = await historyLengths(sandbox, [...curedMs.keys()].slice(0, HISTORIES_MAX));
    const events = (await sandbox.auditEvents()).slice(before);
    return cureFigures(events, { curedMs, workerMb, eventCounts, capMs: cap * 1_000 });
  } finally {
    await sandbox.stop();
  }
}

interface Nodes {
  /** Seconds from each node to its cure. */
  readonly cures: readonly number[];
  readonly taints: readonly (typeof TAINT)[];
}

/** Adds the nodes and waits for all marks. Resolves with the times of the cures, and the most memory of the worker. */
async function heal(sandbox: Sandbox, prefix: string, { cures, taints }: Nodes) {
  const added = await Promise.all(
    cures.map((seconds, index) => sandbox.addNode(`${prefix}-${index}`, { behaviour: `snat:${seconds}s`, taints })),
  );
  let workerMb = 0;
  const isAllMarked = async () => {
    workerMb = Math.max(workerMb, (await useByProgram(sandbox)).get('worker')?.rssMb ?? 0);
    const marked = (await sandbox.listNodes()).filter(
      ({ annotations }) => annotations[DEFAULT_HEALED_ANNOTATION] === 'true',
    );
    return marked.filter(({ name }) => name.startsWith(prefix)).length === added.length;
  };
  await waitUntil(isAllMarked, { what: `${cures.length} marks`, timeoutMs: MARKS_TIMEOUT_MS, pollMs: POLL_MS });
  const curedMs = new Map(
    added.map(({ name, labels }) => [name, Number(labels[BEHAVIOUR_LABEL]?.slice(SNAT_PREFIX.length)) * 1_000]),
  );
  return { curedMs, workerMb };
}

/** Events in the histories of these heals. */
async function historyLengths(sandbox: Sandbox, names: readonly string[]): Promise<readonly number[]> {
  const client = await temporalClientOf(sandbox);
  try {
    const lengths: number[] = [];
    for (const name of names) {
      const node = nodeName(name);
      const workflowId = onboardNodeWorkflowId({ cluster: SANDBOX_CLUSTER, profile: SNAT_PROFILE, node });
      lengths.push((await client.workflow.getHandle(workflowId).describe()).historyLength);
    }
    return lengths;
  } finally {
    await client.connection.close();
  }
}
