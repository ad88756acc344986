/** Counts and times of the probes in all newest reports, in a bounded memory whatever is reported. */

import { setImmediate as nextTurn } from 'node:timers/promises';

import { NOT_MEASURED_MS, probesIn } from '../../contracts/connectivity/agent-report.ts';
import {
  byProbeKind,
  PROBE_KINDS,
  type Probe,
  type ProbeKind,
  type ProbesByKind,
} from '../../contracts/connectivity/probes.ts';
import type { AgentRegistry } from './agent-registry.ts';

export interface ProbeSummary {
  readonly ok: number;
  readonly failed: number;
  /** Milliseconds of the successful ones (nearest rank), at most `TIME_MS_MAX`; null where there is none. */
  quantileMs(quantile: number): number | null;
}

/** Longer times count as this one; two minutes, far above the timeout of a probe. */
export const TIME_MS_MAX = 131_071;
/** Reports that are read before other work gets its turn. */
const REPORTS_AT_ONCE = 20;

interface Tally {
  ok: number;
  failed: number;
  /** Successful probes by their time in whole milliseconds. */
  readonly times: Uint32Array;
}

export async function summarizeProbes(
  agents: Pick<AgentRegistry, 'reports'>,
): Promise<Readonly<Record<ProbeKind, ProbeSummary>>> {
  const tallies = byProbeKind(newTally);
  let reports = 0;
  for (const { report } of agents.reports()) {
    const probes = probesIn(report);
    for (const kind of PROBE_KINDS) addProbes(tallies[kind], kind, probes[kind]);
    reports += 1;
    if (reports % REPORTS_AT_ONCE === 0) await nextTurn();
  }
  return byProbeKind((kind) => summaryOf(tallies[kind]));
}

function newTally(): Tally {
  return { ok: 0, failed: 0, times: new Uint32Array(TIME_MS_MAX + 1) };
}

function addProbes<Kind extends ProbeKind>(tally: Tally, kind: Kind, probes: ProbesByKind[Kind]): void {
  for (const probe of probes) add(tally, OUTCOMES[kind](probe));
}

interface Outcome {
  readonly ok: boolean;
  readonly ms: number;
}

const OUTCOMES: { readonly [Kind in ProbeKind]: (probe: Probe<Kind>) => Outcome } = {
  http: httpOutcome,
  tcp: (probe) => probe,
  dns: (probe) => probe,
};

function add(tally: Tally, { ok, ms }: Outcome): void {
  if (!ok) {
    tally.failed += 1;
    return;
  }
  tally.ok += 1;
  const cell = Math.min(TIME_MS_MAX, Math.max(0, Math.round(ms)));
  tally.times[cell] = (tally.times[cell] ?? 0) + 1;
}

/** An answer of the server's own fault is an answer of the network all the same. */
function httpOutcome({ ConnectionResult, Connect, ServerProcessing, ContentTransfer, Total }: Probe<'http'>): Outcome {
  const transferMs = ContentTransfer >= NOT_MEASURED_MS ? 0 : ContentTransfer;
  const ms = Total >= NOT_MEASURED_MS ? Connect + ServerProcessing + transferMs : Total;
  return { ok: ConnectionResult === 1, ms };
}

function summaryOf({ ok, failed, times }: Tally): ProbeSummary {
  return {
    ok,
    failed,
    quantileMs(quantile) {
      if (ok === 0) return null;
      const rank = Math.max(1, Math.ceil(ok * quantile));
      let seen = 0;
      return times.findIndex((count) => (seen += count) >= rank);
    },
  };
}
