/** The two loops of an agent: probing at every interval, and reporting when a round of probes is through. */

import { pause } from '../runtime/pause.ts';
import { createAccessFiles } from './access-files.ts';
import { type AgentLog, memoryMB } from './agent-log.ts';
import type { AgentOptions } from './agent-options.ts';
import { interfaceAddresses, uptimeSeconds } from './host-facts.ts';
import { createHostLookup } from './host-lookup.ts';
import { createProcessReading, type ProcessReading } from './privileges/process-reading.ts';
import { createProbing, type Probing } from './probing.ts';
import { reasonOf } from './reason.ts';
import { rebootFacts } from './reboot-facts.ts';
import { reportOf } from './report.ts';
import { type ReportDestination, reportUrl, sendReport } from './report-sender.ts';
import {
  afterSend,
  firstReportDelayMs,
  nextRoundMs,
  probeTimeoutsMs,
  type SendOutcome,
  type SendState,
  settleMaxMs,
} from './schedule.ts';

export interface AgentSetup {
  readonly options: AgentOptions;
  readonly podName: string;
  /** Empty where it is not known. */
  readonly nodeName: string;
  readonly log: AgentLog;
  /** Ends the loops when it is aborted; what is under way is left alone. */
  readonly signal: AbortSignal;
}

/** Rounds of probes that are through. */
interface Rounds {
  count(): number;
  /** Resolves when there are more than that. */
  moreThan(count: number): Promise<void>;
  add(): void;
}

const MEMORY_INTERVAL_MS = 3_600_000;

/** Resolves when the signal is aborted. */
export async function runAgent(setup: AgentSetup): Promise<void> {
  const { options, podName, log, signal } = setup;
  const intervalMs = options.reportIntervalSeconds * 1_000;
  const timeoutsMs = probeTimeoutsMs(intervalMs);
  const access = createAccessFiles(options, log);
  const lookup = createHostLookup(options.endpoint.host);
  const { origin } = options.endpoint;
  const destination = { origin, podName, timeoutMs: timeoutsMs.send, lookup, access };
  const probing = createProbing({ options, timeoutsMs, lookup, access, log });
  const reading = options.processes ? createProcessReading() : null;
  const rounds = createRounds(signal);
  const memory = setInterval(() => log.info('memory in use', { memoryMB: memoryMB() }), MEMORY_INTERVAL_MS);
  try {
    const loops = Promise.all([
      keepProbing({ probing, reading, rounds, intervalMs, signal }),
      keepReporting({ setup, destination, probing, reading, rounds, intervalMs }),
    ]);
    // What is under way may take a minute still.
    await Promise.race([loops, aborted(signal)]);
  } finally {
    clearInterval(memory);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}

function createRounds(signal: AbortSignal): Rounds {
  let count = 0;
  let wake = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => wake.resolve());
  return {
    count: () => count,
    // Nobody has seen more rounds than there are, so one more is enough.
    async moreThan(seen) {
      if (count <= seen && !signal.aborted) await wake.promise;
    },
    add() {
      count += 1;
      wake.resolve();
      wake = Promise.withResolvers<void>();
    },
  };
}

async function keepProbing(parts: {
  probing: Probing;
  reading: ProcessReading | null;
  rounds: Rounds;
  intervalMs: number;
  signal: AbortSignal;
}): Promise<void> {
  const { probing, reading, rounds, intervalMs, signal } = parts;
  const startedMs = performance.now();
  let roundMs = startedMs;
  let waitAfterMs = firstReportDelayMs(intervalMs, Math.random());
  while (!signal.aborted) {
    const round = Promise.all([probing.round(), reading?.refresh()]);
    await Promise.race([round, pause(settleMaxMs(intervalMs), signal)]);
    await pause(waitAfterMs, signal);
    waitAfterMs = 0;
    rounds.add();
    // A timer may fire a moment early: never the same round twice.
    roundMs = nextRoundMs({ startedMs, intervalMs }, Math.max(performance.now(), roundMs));
    await pause(roundMs - performance.now(), signal);
  }
}

/** There is no queue: a report is made when it is sent, of the newest results. */
async function keepReporting(parts: {
  setup: AgentSetup;
  destination: ReportDestination;
  probing: Probing;
  reading: ProcessReading | null;
  rounds: Rounds;
  intervalMs: number;
}): Promise<void> {
  const { setup, destination, probing, reading, rounds, intervalMs } = parts;
  const { log, signal } = setup;
  const composed = createComposer(setup, { probing, reading });
  const logOutcome = createOutcomeLog(log);
  let state: SendState = { failureStreak: 0, next: { kind: 'with-round' } };
  let reported = 0;
  for (;;) {
    await (state.next.kind === 'with-round' ? rounds.moreThan(reported) : pause(state.next.delayMs, signal));
    if (signal.aborted) return;
    reported = rounds.count();
    log.debug(`sending a report to ${reportUrl(destination)}`);
    const outcome = await sendReport(destination, composed());
    if (signal.aborted) return;
    state = afterSend(outcome, { failureStreak: state.failureStreak, intervalMs, random: Math.random() });
    logOutcome(outcome, state);
  }
}

function createComposer(
  { options, podName, nodeName, log }: AgentSetup,
  { probing, reading }: { readonly probing: Probing; readonly reading: ProcessReading | null },
): () => string {
  let interfaceProblem: string | null = null;
  function interfaces() {
    try {
      return interfaceAddresses();
    } catch (error) {
      const problem = reasonOf(error);
      if (problem !== interfaceProblem) log.warn(`the interfaces cannot be listed: ${problem}`);
      interfaceProblem = problem;
      return null;
    }
  }
  return () => {
    const report = reportOf({
      intervalSeconds: options.reportIntervalSeconds,
      nodeName,
      podName,
      nowMs: Date.now(),
      uptimeSeconds: uptimeSeconds(),
      interfaces: interfaces(),
      findings: probing.findings(),
      processes: reading?.latest() ?? null,
      host: rebootFacts(options.reboots),
      zeroExtenderLength: options.zeroExtenderLength,
    });
    return JSON.stringify(report);
  };
}

/** Logs every failure, and the first success after one; every success only at the level debug. */
function createOutcomeLog(log: AgentLog): (outcome: SendOutcome, state: SendState) => void {
  let wasTaken = false;
  return (outcome, { next }) => {
    if (outcome.kind === 'taken') {
      if (!wasTaken) log.info('the collector takes the reports', { memoryMB: memoryMB() });
      log.debug(`the collector answered ${outcome.code}`);
    } else {
      const when =
        next.kind === 'after'
          ? `next attempt in ${(next.delayMs / 1_000).toFixed(1)} s`
          : 'next report at the interval';
      log.warn(`report not taken: ${outcome.message}; ${when}`);
    }
    wasTaken = outcome.kind === 'taken';
  };
}
