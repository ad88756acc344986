/** `probes`: heals by source address on simulated nodes and on real ones: how long an attempt takes, and what it costs. */

import { parseArgs } from 'node:util';
import {
  DEFAULT_HEALED_ANNOTATION,
  markAnnotation,
  onboardNodeWorkflowId,
  SNAT_PROFILE,
} from '../contracts/healing/names.ts';
import { SANDBOX_CLUSTER } from '../sandbox/layout.ts';
import { REAL_NODES_PROFILE } from '../sandbox/probing-pods/evidence-config.ts';
import { REAL_NODES_MAX, realNodes } from '../sandbox/real-nodes/addresses.ts';
import { realNodesProblem } from '../sandbox/real-nodes/prerequisites.ts';
import { type Sandbox, startSandbox } from '../sandbox/start-sandbox.ts';
import { waitUntil } from '../sandbox/wait-until.ts';
import { isOurs } from '../tests/e2e/audit-attempts.ts';
import { nodeName } from '../tests/fixtures/nodes.ts';
import { temporalClientOf } from '../tests/fixtures/sandbox-temporal.ts';
import { type ProbedNode, type ProbeFigures, probeFigures } from './probe-figures.ts';
import { type BenchResult, wholeNumber } from './result.ts';

/** A dozen attempts of each node; the pauses between them are shorter than by default, and cost the same. */
const HEALING = { window: '60s', interval: '5s', patience: '30s' };
/** The window, its extension, and a slow machine. */
const HEALED_TIMEOUT_MS = 300_000;
const READY_TIMEOUT_MS = 180_000;
const POLL_MS = 1_000;

interface Healed {
  readonly label: string;
  readonly profile: string;
  /** Annotation of a healed node. */
  readonly mark: string;
  readonly names: readonly string[];
}

/** The real ones come first, and alone: all kinds share the machine. */
export async function probes(args: readonly string[]): Promise<BenchResult> {
  const { simulated, real } = countsOf(args);
  const problem = real === 0 ? null : await realNodesProblem();
  if (problem !== null) report(`without real nodes: ${problem}`);
  const count = problem === null ? real : 0;
  const sandbox = await startSandbox({
    evidence: 'source-address',
    vigilante: { healing: HEALING, connectivity: { enabled: false } },
    ...(count === 0 ? {} : { realNodes: { count } }),
  });
  try {
    return { title: 'Attempts with evidence source-address', rows: await measure(sandbox, { simulated, real: count }) };
  } finally {
    await sandbox.stop();
  }
}

interface Counts {
  readonly simulated: number;
  readonly real: number;
}

function countsOf(args: readonly string[]): Counts {
  const { values } = parseArgs({
    args: [...args],
    options: { nodes: { type: 'string', default: '20' }, 'real-nodes': { type: 'string', default: '2' } },
  });
  return {
    simulated: wholeNumber('--nodes', values.nodes, { min: 1, max: 1_000 }),
    real: wholeNumber('--real-nodes', values['real-nodes'], { min: 0, max: REAL_NODES_MAX }),
  };
}

async function measure(sandbox: Sandbox, { simulated, real }: Counts): Promise<readonly ProbeFigures[]> {
  const rows: ProbeFigures[] = [];
  const realNames = realNodes(real).map(({ name }) => name);
  if (real > 0) await Promise.all(realNames.map(async (name) => (await sandbox.realNodes()).cure(name)));
  const processes = [await sandbox.startProcess('worker'), await sandbox.startProcess('starter')];
  await Promise.all(processes.map((process) => process.waitUntilReady(READY_TIMEOUT_MS)));
  if (real > 0) {
    const mark = markAnnotation(REAL_NODES_PROFILE);
    rows.push(await figuresOf(sandbox, { label: 'real', profile: REAL_NODES_PROFILE, mark, names: realNames }));
  }
  const names = Array.from({ length: simulated }, (_, index) => `win-${index}`);
  await Promise.all(names.map((name) => sandbox.addNode(name)));
  const mark = DEFAULT_HEALED_ANNOTATION;
  return [await figuresOf(sandbox, { label: 'simulated', profile: SNAT_PROFILE, mark, names }), ...rows];
}

/** Once all of them are healed. */
async function figuresOf(sandbox: Sandbox, { label, profile, mark, names }: Healed): Promise<ProbeFigures> {
  report(`healing ${names.length} ${label} nodes…`);
  const client = await temporalClientOf(sandbox);
  try {
    const nodes: ProbedNode[] = [];
    for (const name of names) {
      const handle = client.workflow.getHandle(
        onboardNodeWorkflowId({ cluster: SANDBOX_CLUSTER, node: nodeName(name), profile }),
      );
      const isOver = async () => (await handle.describe().catch(() => null))?.status.name === 'COMPLETED';
      const what = `the heal of ${name} to end`;
      await waitUntil(isOver, { what, timeoutMs: HEALED_TIMEOUT_MS, pollMs: POLL_MS });
      const node = await sandbox.getNode(name);
      if (node?.annotations[mark] !== 'true') throw new Error(`${name} was not healed`);
      nodes.push({ name, uid: node.uid, history: await handle.fetchHistory() });
    }
    const requests = (await sandbox.auditEvents()).filter(isOurs);
    return probeFigures(label, { nodes, requests });
  } finally {
    await client.connection.close();
  }
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
