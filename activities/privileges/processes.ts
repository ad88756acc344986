/** Asks the collector, page by page, what agents have read of the processes of containers. */

import { PROCESSES_PAGE, type ProcessesReport } from '../../contracts/connectivity/processes.ts';
import { parseProcessesPage } from '../../contracts/connectivity/processes-parser.ts';
import { cutText } from '../../domain/cut-text.ts';
import type { ProcessFacts } from '../../domain/privileges/observation.ts';
import type { PrivilegesActivityDeps } from './deps.ts';

export interface ReadProcesses {
  /** Of the container with this id, as an agent of that node has read them; none where none has. */
  of(containerId: string, node: string): readonly ProcessFacts[];
  /** What is missing, for people: bounded. */
  readonly problems: readonly string[];
}

const PAGE_TIMEOUT_MS = 30_000;
/** More agents than any cluster has nodes. */
const PAGES_MAX = 1_000;
const PROBLEMS_MAX = 5;
const PROBLEM_LENGTH_MAX = 300;
const HTTP_OK = 200;
const NONE: readonly ProcessFacts[] = [];

/** Never throws: without them the user that the kubelet reports, or the spec, has to do. */
export async function readProcesses(
  collector: PrivilegesActivityDeps['collector'],
  signal: AbortSignal,
): Promise<ReadProcesses> {
  const found = new Map<string, { readonly node: string; readonly processes: readonly ProcessFacts[] }>();
  const problems: string[] = [];
  let after: string | null = null;
  for (let count = 0; count < PAGES_MAX; count += 1) {
    const page = await askPage(collector, { after, signal });
    if (typeof page === 'string') {
      problems.unshift(page);
      break;
    }
    for (const { node, agent, processes } of page) {
      for (const { id, processes: own } of processes.containers) found.set(id, { node, processes: own });
      const problem = problemIn(processes);
      if (problem !== null) problems.push(`agent ${agent} on ${node}: ${problem}`);
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PROCESSES_PAGE) break;
    after = `${last.namespace}/${last.agent}`;
  }
  return {
    of(containerId, node) {
      const read = found.get(containerId);
      return read?.node === node ? read.processes : NONE;
    },
    problems: bounded(problems),
  };
}

/** The page, or why there is none. */
async function askPage(
  collector: PrivilegesActivityDeps['collector'],
  { after, signal }: { readonly after: string | null; readonly signal: AbortSignal },
) {
  const from = `the collector at ${collector.url}`;
  try {
    const { status, body } = await collector.ask(AbortSignal.any([signal, AbortSignal.timeout(PAGE_TIMEOUT_MS)]), {
      limit: String(PROCESSES_PAGE),
      ...(after === null ? {} : { after }),
    });
    if (status !== HTTP_OK) return `${from} answered ${status}: no processes are known`;
    const page = parseProcessesPage(body);
    return page.ok ? page.value : `the answer of ${from} is no list of processes: ${page.problems.join('; ')}`;
  } catch (error) {
    return `${from} cannot be asked for processes: ${reasonOf(error)}`;
  }
}

function problemIn({ problem, omitted }: ProcessesReport): string | null {
  return problem ?? (omitted > 0 ? `${omitted} containers are left out` : null);
}

function bounded(problems: readonly string[]): readonly string[] {
  const shown = problems.slice(0, PROBLEMS_MAX).map((problem) => cutText(problem, PROBLEM_LENGTH_MAX));
  return problems.length > PROBLEMS_MAX ? [...shown, `and ${problems.length - PROBLEMS_MAX} more`] : shown;
}

/** A failed connection says why only in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? `${error.message}: ${cause.message}` : error.message;
}
