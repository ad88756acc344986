/** A collector with as many agents or as many bytes as it takes: asked for all of it, killed and started again and again. */

import { parseArgs } from 'node:util';
import {
  type Asked,
  askForAll,
  type FillKind,
  fillCollector,
  memoryMb,
} from '../tests/integration/collector/collector-at-bounds.ts';
import { type CollectorProcesses, collectorProcesses } from '../tests/integration/collector/collector-process.ts';
import { startApiServer } from '../tests/integration/kubernetes/api-server.ts';
import { AGENTS, createAgents } from './collector-agents.ts';
import { type BenchResult, wholeNumber } from './result.ts';

const MIB = 1_024 * 1_024;
const FILLS: readonly { readonly kind: FillKind; readonly what: string }[] = [
  { kind: 'ten-urls', what: 'ten URLs each' },
  { kind: 'large-ascii', what: 'reports of 64 kB' },
  { kind: 'large-cjk', what: 'reports of 64 kB, three bytes a character' },
];

export async function collectorBounds(args: readonly string[]): Promise<BenchResult> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '10' }, agents: { type: 'string', default: String(AGENTS) } },
  });
  const rounds = wholeNumber('--rounds', values.rounds, { min: 1, max: 100 });
  const agents = wholeNumber('--agents', values.agents, { min: 1, max: AGENTS });
  const apiServer = await startApiServer();
  try {
    await createAgents(apiServer.admin, agents);
    const names = Array.from({ length: agents }, (_, index) => `agent-${index}`);
    const rows: Row[] = [];
    const problems: string[] = [];
    for (const { kind, what } of FILLS) {
      const config = { agents: { reportsPerSecond: 1_000 } };
      const processes = await collectorProcesses({ kubeconfig: apiServer.kubeconfig('admin').path, config });
      try {
        rows.push(...(await measure(processes, { names, kind, what, rounds, problems })));
      } finally {
        await processes.stop();
      }
    }
    const title = `${agents} agents: filled, then asked for everything at once, killed (-9) and started ${rounds} times`;
    return { title, rows, problems };
  } finally {
    await apiServer.stop();
  }
}

type Row = Readonly<Record<string, string | number>>;

interface Measuring {
  readonly names: readonly string[];
  readonly kind: FillKind;
  readonly what: string;
  readonly rounds: number;
  readonly problems: string[];
}

async function measure(processes: CollectorProcesses, of: Measuring): Promise<readonly Row[]> {
  const { names, kind, what, rounds, problems } = of;
  let collector = await processes.start();
  const filled = await fillCollector(processes.url, names, kind);
  const afterFill = await memoryMb(collector.pid);
  const refused = Object.entries(filled.refused).map(([status, count]) => `${status}: ${count}`);
  const rows: Row[] = [];
  for (let round = 1; round <= rounds; round++) {
    const beganMs = performance.now();
    const answers = await askForAll(processes.url);
    const askedMs = performance.now() - beganMs;
    problems.push(...wrongAmong(answers).map((one) => `${what}, round ${round}: ${one}`));
    const afterAsking = await memoryMb(collector.pid);
    await collector.kill('SIGKILL');
    const killedMs = performance.now();
    collector = await processes.start();
    const atStart = await memoryMb(collector.pid);
    rows.push({
      'filled with': what,
      round,
      stored: filled.stored,
      'refused, by status': refused.join(', ') || 0,
      'page MB': megabytesOf(answers, '/metrics'),
      'list MB': megabytesOf(answers, '/api/v1/agents/'),
      'all answered in s': (askedMs / 1_000).toFixed(1),
      'peak MB, filled': round === 1 ? afterFill.peak : '',
      'peak MB, asked': afterAsking.peak,
      'ready after s': ((performance.now() - killedMs) / 1_000).toFixed(1),
      'peak MB, started': atStart.peak,
    });
  }
  return rows;
}

/** The check of agents that have all reported is 200 as well, or 400 for those that were refused. */
function wrongAmong(answers: readonly Asked[]): readonly string[] {
  return answers
    .filter(({ status }) => status !== 200 && status !== 400)
    .map(({ path, status }) => `${path} was answered ${status}`);
}

function megabytesOf(answers: readonly Asked[], path: string): string {
  return ((answers.find((answer) => answer.path === path)?.bytes ?? 0) / MIB).toFixed(1);
}
