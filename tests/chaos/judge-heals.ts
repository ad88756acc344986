/** Invariants b, e and f: nodes without care, workflows that failed, stand still or lost their determinism. */

import { z } from 'zod';
import type { ChaosFacts } from './facts.ts';
import type { Finding, Violation } from './finding.ts';
import type { TaskFailure, WorkflowRun } from './heal-runs.ts';
import { isSwitchedOff } from './node-faults.ts';
import { isMarkValid } from './node-versions.ts';
import { idleMsMax, REFUSED_RETRY_MS } from './policy.ts';

const BAD_STATES = new Set(['FAILED', 'TERMINATED', 'TIMED_OUT']);
/** One may fail in the moment of the look. */
const PENDING_FAILURES_MAX = 1;

const LOG_LINE_TOLD_MAX = 1_500;
const LogLineSchema = z.object({ time: z.iso.datetime(), runId: z.string() });

export function judgeNodes({ nodes, states, runs, unsettled, judgedMs }: ChaosFacts): Finding {
  const running = new Set(runs.filter(({ status }) => status === 'RUNNING').map(({ node }) => node));
  const marked = new Set(states.filter(isMarkValid).map(({ node }) => node));
  const forgotten = nodes
    .filter((node) => !marked.has(node.name) && !isSwitchedOff(node) && !running.has(node.name))
    .map(({ name, ready }) => ({
      what: `nobody cares for it: ${ready ? 'Ready' : 'not Ready'}, not annotated, not switched off, no heal runs`,
      node: name,
      atMs: judgedMs,
    }));
  const late = unsettled
    .filter((name) => running.has(name))
    .map((node) => ({ what: 'in the quiet end it did not become what its pods show', node, atMs: judgedMs }));
  const violations = [...forgotten, ...late];
  return { invariant: 'b', checked: nodes.length, of: 'nodes', violations };
}

export function judgeWorkflows(facts: ChaosFacts): Finding {
  const violations = facts.runs.flatMap((run) =>
    workflowProblems(run, facts).map((what) => violationOf(run, what, facts)),
  );
  return { invariant: 'e', checked: facts.runs.length, of: 'workflow runs', violations };
}

function workflowProblems(run: WorkflowRun, { policy, judgedMs, nodes }: ChaosFacts): readonly string[] {
  const { status, lastEventMs, pendingTaskFailures, taskFailures, node } = run;
  if (BAD_STATES.has(status)) return [`is ${status}`];
  const failures = taskFailures.filter((failure) => !isNondeterminism(failure));
  const failed = failures.map(({ cause, message }) => `a workflow task failed: ${cause}: ${message}`);
  if (status !== 'RUNNING') return failed;
  const idleMs = judgedMs - lastEventMs;
  // A node that left the cluster while no starter watched is noticed by the next reconcile.
  const isThere = node === null || nodes.some(({ name }) => name === node);
  return [
    ...failed,
    ...(idleMs > idleMsMax(policy) + (run.wasRefused ? REFUSED_RETRY_MS : 0)
      ? [`runs, but its history has stood still for ${idleMs} ms (${run.lately})`]
      : []),
    ...(isThere ? [] : ['runs, but its node is gone']),
    ...(pendingTaskFailures > PENDING_FAILURES_MAX
      ? [`its workflow task failed ${pendingTaskFailures} times (${run.lately})`]
      : []),
  ];
}

export function judgeDeterminism(facts: ChaosFacts): Finding {
  const inHistories = facts.runs.flatMap((run) =>
    run.taskFailures
      .filter(isNondeterminism)
      .map(({ message, atMs }) => ({ ...violationOf(run, message, facts), atMs })),
  );
  const lines = facts.workerLogs.split('\n');
  const inLogs = lines.filter(saysNondeterminism).map((line) => loggedViolation(line, facts));
  const inReplays = facts.runs.flatMap((run) => {
    const message = facts.replayFailures.get(run.runId);
    return message === undefined ? [] : [violationOf(run, `its history does not replay: ${message}`, facts)];
  });
  const live = inHistories.length > 0 ? inHistories : inLogs.slice(0, 5);
  const violations = [...live, ...inReplays];
  const checked = facts.runs.reduce((sum, { events }) => sum + events, 0);
  return {
    invariant: 'f',
    checked,
    of: `events in histories, all replayed, and ${lines.length} lines of the workers' logs`,
    violations,
  };
}

/** A task that fails again and is then done leaves nothing in the history: only the worker has said it. */
function loggedViolation(line: string, { runs, judgedMs }: ChaosFacts): Violation {
  const { time, runId } = LogLineSchema.safeParse(parsedJson(line)).data ?? {};
  const run = runs.find((one) => one.runId === runId);
  const atMs = time === undefined ? judgedMs : Date.parse(time);
  return { what: `log of a worker: ${line.slice(0, LOG_LINE_TOLD_MAX)}`, node: run?.node ?? null, atMs };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isNondeterminism({ cause, message }: TaskFailure): boolean {
  return cause.includes('NON_DETERMINISTIC') || saysNondeterminism(message);
}

function saysNondeterminism(text: string): boolean {
  return /TMPRL1100|non-?determinis/i.test(text);
}

function violationOf({ node, workflowId, runId }: WorkflowRun, what: string, { judgedMs }: ChaosFacts): Violation {
  return { what: `${workflowId} (run ${runId}): ${what}`, node, atMs: judgedMs };
}
