/** From what a run counted to its figures. */

import { cpuMsBetween } from './processes.ts';
import { sumOf } from './prometheus.ts';
import { percentile } from './result.ts';
import { podNameOf } from './scale-histories.ts';
import type { ScaleRun } from './scale-run.ts';

export interface ScaleFigures {
  readonly nodes: number;
  readonly store: string;
  /** Line of the table by its name. */
  readonly values: Readonly<Record<string, string>>;
}

const KIB = 1_024;
/** Each is one transaction. */
const WRITES = { operation: 'UpdateWorkflowExecution' };
const POD_NAME_PREFIX = 'vigilante-snat-healer-';

export function figuresOf(run: ScaleRun): ScaleFigures {
  const { nodes, store } = run.options;
  const attempts = attemptsIn(run);
  return {
    nodes,
    store,
    values: {
      ...attemptFigures(run, attempts),
      ...lateFigures(run),
      ...requestFigures(run, attempts),
      ...temporalFigures(run, attempts),
      ...processFigures(run, attempts),
    },
  };
}

function isMeasured(run: ScaleRun, atMs: number): boolean {
  return atMs >= run.before.atMs && atMs < run.after.atMs;
}

function measuredSeconds({ before, after }: ScaleRun): number {
  return (after.atMs - before.atMs) / 1_000;
}

function attemptsIn(run: ScaleRun): number {
  return [...run.audit.podsMadeMs].filter(([name, atMs]) => name.startsWith(POD_NAME_PREFIX) && isMeasured(run, atMs))
    .length;
}

function attemptFigures(run: ScaleRun, attempts: number): Record<string, string> {
  const { nodes, intervalSeconds } = run.options;
  const due = Math.round((nodes * measuredSeconds(run)) / intervalSeconds);
  const firstPodMs = run.nodeNames.flatMap((name) => {
    const made = run.audit.podsMadeMs.get(podNameOf(name, 1));
    const ready = run.audit.readyMs.get(name);
    return made === undefined || ready === undefined ? [] : [made - ready];
  });
  return {
    'attempts due': String(due),
    'attempts made': String(attempts),
    'made of due %': ((100 * attempts) / due).toFixed(1),
    'Ready to first pod ms, p50 / p99': spread(firstPodMs),
  };
}

function lateFigures(run: ScaleRun): Record<string, string> {
  const cycles = run.histories.cycles.filter(({ dueMs }) => isMeasured(run, dueMs));
  const pods = cycles.flatMap(({ podName, dueMs }) => {
    const made = run.audit.podsMadeMs.get(podName);
    return made === undefined ? [] : [made - dueMs];
  });
  return {
    'timer fired late ms, p50 / p99': spread(cycles.map(({ firedMs, dueMs }) => firedMs - dueMs)),
    'attempt started late ms, p50 / p99': spread(cycles.map(({ startedMs, dueMs }) => startedMs - dueMs)),
    'pod made late ms, p50 / p99': spread(pods),
  };
}

function requestFigures(run: ScaleRun, attempts: number): Record<string, string> {
  const requests = run.audit.requests.filter(({ receivedMs }) => isMeasured(run, receivedMs));
  const by = (process: string) => requests.filter((request) => request.process === process).length;
  const { before, after } = run;
  const opened = after.bytes.connections - before.bytes.connections;
  return {
    'API requests of the worker per attempt': (by('worker') / attempts).toFixed(2),
    'API requests of the starter per attempt': (by('starter') / attempts).toFixed(3),
    'connections opened per attempt': per(opened, attempts),
    'bytes sent / received per attempt': `${perAttempt(after.bytes.sent - before.bytes.sent, attempts)} / ${perAttempt(after.bytes.received - before.bytes.received, attempts)}`,
  };
}

function temporalFigures(run: ScaleRun, attempts: number): Record<string, string> {
  const { before, after, histories } = run;
  const counted = (page: 'temporal' | 'worker', name: string, labels: Record<string, string> = {}) =>
    sumOf(after[page], name, labels) - sumOf(before[page], name, labels);
  const database = after.databaseBytes - before.databaseBytes;
  return {
    'events per cycle': histories.eventsPerCycle.toFixed(1),
    'history bytes per cycle': histories.bytesPerCycle.toFixed(0),
    'database bytes per cycle': after.databaseBytes === 0 ? '' : perAttempt(database, attempts),
    'actions per cycle': per(counted('temporal', 'action'), attempts),
    'state transitions per cycle': per(counted('temporal', 'state_transition_count_count'), attempts),
    'persistence writes per cycle': per(counted('temporal', 'persistence_requests', WRITES), attempts),
    'persistence requests per cycle': per(counted('temporal', 'persistence_requests'), attempts),
    'workflow tasks per cycle': per(counted('worker', 'temporal_workflow_task_execution_latency_count'), attempts),
    'heals in the cache': sumOf(after.worker, 'temporal_sticky_cache_size').toFixed(0),
    'replays per cycle': per(counted('worker', 'temporal_sticky_cache_miss'), attempts),
  };
}

function processFigures(run: ScaleRun, attempts: number): Record<string, string> {
  const cpuMs = [...cpuMsBetween(run.before.used, run.after.used)].toSorted(([, a], [, b]) => b - a);
  const seconds = measuredSeconds(run);
  const totalMs = cpuMs.reduce((sum, [, ms]) => sum + ms, 0);
  const rows = cpuMs
    .filter(([, ms]) => ms / attempts >= 0.05)
    .map(([program, ms]) => {
      const percent = (ms / seconds / 10).toFixed(0);
      return [program, `${(ms / attempts).toFixed(1)} ms, ${percent} %, ${run.rssMbMax.get(program) ?? 0} MB`] as const;
    });
  return {
    'CPU per attempt, of a core': `${(totalMs / attempts).toFixed(1)} ms, ${(totalMs / seconds / 10).toFixed(0)} %`,
    ...Object.fromEntries(rows),
  };
}

function perAttempt(bytes: number, attempts: number): string {
  const each = bytes / attempts;
  return each >= KIB ? `${(each / KIB).toFixed(1)} KiB` : each.toFixed(0);
}

function per(count: number, attempts: number): string {
  return (count / attempts).toFixed(2);
}

function spread(values: readonly number[]): string {
  if (values.length === 0) return '';
  return `${Math.round(percentile(values, 50))} / ${Math.round(percentile(values, 99))}`;
}
