/** What people say to `upgradeCluster`, and what it answers. */

import { ApplicationFailure, log, setHandler } from '@temporalio/workflow';
import { PAUSE_MAX_MS } from '../../contracts/maintenance/guard-maintenance.ts';
import type { Parsed } from '../../contracts/shape.ts';
import {
  abortUpgrade,
  pauseUpgrade,
  resumeUpgrade,
  retryNode,
  skipNode,
  upgradePlan,
  upgradeReport,
  upgradeStatus,
} from '../../contracts/upgrade/cluster-messages.ts';
import { parseDecision, parseNodeDecision, parsePauseUpgrade } from '../../contracts/upgrade/cluster-parser.ts';
import type { DecisionPayload, NodeDecisionPayload } from '../../contracts/upgrade/cluster-status.ts';
import type { Resolution } from '../../domain/maintenance/state.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import type { Decision } from '../../domain/upgrade/cluster-state.ts';
import { afterRetry, afterSkip, decided, retryProblem, skipProblem } from '../../domain/upgrade/node-endings.ts';
import { ignoreOtherSignals } from '../interceptors.ts';
import { nowOf } from '../workflow-time.ts';
import { callOf } from './calls.ts';
import { change, type UpgradeSession } from './session.ts';
import { planOf, reportOf, statusOf } from './view.ts';

const TAKEN = { isTaken: true } as const;
const WHO = '"by": "who", "reason": "why"';

/** The descriptions are shown by the Temporal UI, where a person picks a message. */
export function receiveMessages(session: UpgradeSession): void {
  setHandler(upgradeStatus, () => statusOf(session), { description: 'State, what is waited for, nodes in work' });
  setHandler(upgradePlan, () => planOf(session), { description: 'The first plan of the run, and its checks' });
  setHandler(upgradeReport, () => reportOf(session), { description: 'Every step so far, with what was seen' });
  receiveNodeDecisions(session);
  setHandler(
    abortUpgrade,
    (payload) => {
      const who = valueOf(parseDecision(payload));
      change(session, (state) => ({ ...decided(state, decision(session, 'abort', who)), isAborted: true }));
      return TAKEN;
    },
    {
      description: `Begins nothing more, finishes what has been begun, and ends. Input: {${WHO}}`,
      validator: (payload) => void valueOf(parseDecision(payload)),
    },
  );
  receivePauses(session);
  ignoreOtherSignals('an upgrade');
}

function receiveNodeDecisions(session: UpgradeSession): void {
  setHandler(
    skipNode,
    async (payload) => {
      const who = valueOf(parseNodeDecision(payload));
      const { node } = who;
      const isInTheWay = hasProblem(session, node);
      const isBegun = isInTheWay || nodeInWork(session, node) !== undefined;
      await resolve(session, who, 'give-back');
      change(session, (state) => afterSkip(state, { node, isBegun }, decision(session, 'skip', who)));
      if (isInTheWay) await letGoOn(session, who);
      return TAKEN;
    },
    {
      description: `Takes a node out of the run; one in work before its act, or held, is given back. Input: {"node": "name", ${WHO}}`,
      validator: (payload) => refuse(skipProblem(session.state, valueOf(parseNodeDecision(payload)).node)),
    },
  );
  setHandler(
    retryNode,
    async (payload) => {
      const who = valueOf(parseNodeDecision(payload));
      const isInTheWay = hasProblem(session, who.node);
      if (!(await resolve(session, who, 'retry'))) {
        throw ApplicationFailure.nonRetryable(`${who.node} is not held any more, or does not answer`, 'Refused');
      }
      change(session, (state) => afterRetry(state, who.node, decision(session, 'retry', who)));
      if (isInTheWay) await letGoOn(session, who);
      return TAKEN;
    },
    {
      description: `Tries a node again; one that is held is acted upon again. Input: {"node": "name", ${WHO}}`,
      validator: (payload) => refuse(retryProblem(session.state, valueOf(parseNodeDecision(payload)).node)),
    },
  );
}

function receivePauses(session: UpgradeSession): void {
  setHandler(
    pauseUpgrade,
    (payload) => {
      const found = parsePauseUpgrade(payload);
      if (!found.ok) {
        log.warn('signal pauseUpgrade ignored', { problem: found.problems.join('; ') });
        return;
      }
      // A pause that is forgotten must not last (M31).
      const untilMs = Math.min(found.value.untilMs, nowOf(session) + PAUSE_MAX_MS);
      const pause = { ...found.value, untilMs };
      change(session, (state) => ({ ...decided(state, decision(session, 'pause', pause)), pause }));
    },
    { description: `Begins no other node until untilMs, at most 14 days. Input: {${WHO}, "untilMs": 1}` },
  );
  setHandler(
    resumeUpgrade,
    async (payload) => {
      const found = parseDecision(payload);
      if (!found.ok) {
        log.warn('signal resumeUpgrade ignored', { problem: found.problems.join('; ') });
        return;
      }
      change(session, (state) => ({ ...decided(state, decision(session, 'resume', found.value)), pause: null }));
      await letGoOn(session, found.value);
    },
    { description: `Ends a pause, and closes a breaker that failures opened. Input: {${WHO}}` },
  );
}

/** A node that is held is decided about by its own maintenance. False where that does not take it. */
async function resolve(session: UpgradeSession, who: NodeDecisionPayload, resolution: Resolution): Promise<boolean> {
  const node = nodeInWork(session, who.node);
  const isHeld = session.state.problems.some((one) => one.node === who.node && one.kind === 'held');
  if (node === undefined || !isHeld) return true;
  const input = { node, resolution, by: who.by, reason: who.reason };
  return (await callOf('resolveMaintenance', { summary: `${resolution} ${node}`, input })) === 'taken';
}

function nodeInWork({ inWork }: UpgradeSession, node: string): NodeName | undefined {
  return [...inWork].find((name) => name === node);
}

function hasProblem({ state }: UpgradeSession, node: string): boolean {
  return state.problems.some((problem) => problem.node === node);
}

/** Whoever decides about the last node that is in the way means the others to go on. */
async function letGoOn(session: UpgradeSession, { by, reason }: DecisionPayload): Promise<void> {
  if (session.state.problems.length > 0) return;
  const outcome = await callOf('closeBreaker', { summary: 'close the breaker', input: { by, reason } });
  if (outcome === 'closed') session.isBreakerOpen = false;
}

function decision(
  session: UpgradeSession,
  kind: Decision['kind'],
  { by, reason, ...who }: DecisionPayload & Partial<NodeDecisionPayload>,
): Decision {
  return { kind, node: who.node ?? null, by, reason, atMs: nowOf(session) };
}

function refuse(problem: string | null): void {
  if (problem !== null) throw new Error(problem);
}

function valueOf<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw ApplicationFailure.nonRetryable(parsed.problems.join('; '), 'InvalidInput');
}
