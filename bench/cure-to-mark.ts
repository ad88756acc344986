/** `cure-to-mark`: how long after their cure nodes are marked with `finish: proven`, for nodes that come at once. */

import { parseArgs } from 'node:util';
import { DEFAULT_HEALED_ANNOTATION } from '../contracts/healing/names.ts';
import type { AuditEvent } from '../sandbox/audit.ts';
import { BEHAVIOUR_LABEL, SNAT_PREFIX } from '../sandbox/behaviour.ts';
import { type Sandbox, startSandbox } from '../sandbox/start-sandbox.ts';
import { waitUntil } from '../sandbox/wait-until.ts';
import { podLives, turnaroundsOf, WORKER } from '../tests/e2e/audit-attempts.ts';
import { type BenchResult, percentile, UsageError, wholeNumber } from './result.ts';

/** The cures are spread over it, so that they meet every moment of a pause. */
const CURES_OVER_S = 10;
const WARM_UP = 5;
const MARKS_TIMEOUT_MS = 600_000;
/** Each look parses the whole audit log on the cores that are measured: seldom. */
const POLL_MS = 5_000;
const PROOFS_OVER = /^\d+s$/;

/** Marked nodes are not watched, so that nothing but heals is measured. */
const HEALING = { finish: 'proven', relapse: { watch: 'off' } };

export async function cureToMark(args: readonly string[]): Promise<BenchResult> {
  const { nodes, after, over } = optionsOf(args);
  const rows: BenchResult['rows'][number][] = [];
  const problems: string[] = [];
  for (const proofsOver of over) {
    for (const count of nodes) {
      process.stderr.write(`${count} nodes, proofsOver ${proofsOver}\n`);
      const measured = await measure({ count, after, proofsOver });
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
    },
  });
  const over = values.over.split(',');
  const wrong = over.find((text) => !PROOFS_OVER.test(text));
  if (wrong !== undefined) throw new UsageError(`--over ${wrong} is not of the form 10s`);
  return {
    nodes: values.nodes.split(',').map((text) => wholeNumber('--nodes', text, { min: 1, max: 1_000 })),
    after: wholeNumber('--after', values.after, { min: 5, max: 600 }),
    over,
  };
}

interface Run {
  readonly count: number;
  readonly after: number;
  readonly proofsOver: string;
}

async function measure({ count, after, proofsOver }: Run) {
  const sandbox = await startSandbox({
    evidence: 'source-address',
    vigilante: { healing: { ...HEALING, proofsOver } },
    report: () => {},
  });
  try {
    const processes = [await sandbox.startProcess('worker'), await sandbox.startProcess('starter')];
    await Promise.all(processes.map((process) => process.waitUntilReady()));
    await heal(sandbox, 'warm', Array<number>(WARM_UP).fill(0));
    const before = (await sandbox.auditEvents()).length;
    const cures = Array.from({ length: count }, (_, index) => after + (index % CURES_OVER_S));
    const curedMs = await heal(sandbox, 'cured', cures);
    return figures((await sandbox.auditEvents()).slice(before), curedMs);
  } finally {
    await sandbox.stop();
  }
}

/** Adds a node for each of the seconds until its cure, and waits for all marks. Resolves with the times of the cures. */
async function heal(sandbox: Sandbox, prefix: string, cures: readonly number[]): Promise<ReadonlyMap<string, number>> {
  const added = await Promise.all(
    cures.map((seconds, index) => sandbox.addNode(`${prefix}-${index}`, { behaviour: `snat:${seconds}s` })),
  );
  const isAllMarked = async () => {
    const marks = marksIn(await sandbox.auditEvents());
    return added.every(({ name }) => marks.has(name));
  };
  await waitUntil(isAllMarked, {
    what: `${cures.length} marks`,
    timeoutMs: MARKS_TIMEOUT_MS,
    pollMs: POLL_MS,
  });
  return new Map(
    added.map(({ name, labels }) => [name, Number(labels[BEHAVIOUR_LABEL]?.slice(SNAT_PREFIX.length)) * 1_000]),
  );
}

function figures(events: readonly AuditEvent[], curedMs: ReadonlyMap<string, number>) {
  const marks = marksIn(events);
  const tookMs = [...curedMs].map(([name, cured]) => (marks.get(name) ?? Number.NaN) - cured);
  const early = [...curedMs.keys()].filter((_, index) => !((tookMs[index] ?? Number.NaN) >= 0));
  const lives = podLives(events).filter(({ createdBy }) => createdBy === WORKER);
  const turnaroundsMs = turnaroundsOf(lives);
  const requests = events.filter(({ user, verb }) => user === WORKER && verb !== 'watch').length;
  const attempts = turnaroundsMs.length;
  const s = (ms: number) => (ms / 1_000).toFixed(1);
  return {
    row: {
      p50: s(percentile(tookMs, 50)),
      p90: s(percentile(tookMs, 90)),
      p99: s(percentile(tookMs, 99)),
      max: s(percentile(tookMs, 100)),
      'turn-around p50': s(percentile(turnaroundsMs, 50)),
      'turn-around p99': s(percentile(turnaroundsMs, 99)),
      'attempts a heal': (attempts / curedMs.size).toFixed(1),
      'requests a heal beside 2 an attempt': (requests / curedMs.size - (2 * attempts) / curedMs.size).toFixed(1),
    },
    problems: early.map((name) => `${name} was marked before its cure`),
  };
}

/** The first mark of each node, in milliseconds. */
function marksIn(events: readonly AuditEvent[]): ReadonlyMap<string, number> {
  const marks = new Map<string, number>();
  for (const { user, verb, resource, name, code, requestObject, receivedMs } of events) {
    if (user !== WORKER || verb !== 'patch' || resource !== 'nodes' || code !== 200 || name === null) continue;
    const isMark = JSON.stringify(requestObject).includes(`"${DEFAULT_HEALED_ANNOTATION}":"true"`);
    if (isMark && !marks.has(name)) marks.set(name, receivedMs);
  }
  return marks;
}
