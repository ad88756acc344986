/** Shows the guard to others: its status, the current details in the Temporal UI. */

import { setCurrentDetails } from '@temporalio/workflow';
import { type BudgetStatus, WAITING_SHOWN_MAX } from '../../contracts/maintenance/guard-maintenance.ts';
import { breakerReason } from '../../domain/maintenance/breaker.ts';
import type { GuardSession } from './guard-session.ts';

const LINES_MAX = 20;

export function showGuard(session: GuardSession): void {
  const { slots, requests, breaker, pause } = session.ledger;
  const broken = breakerReason(breaker);
  const lines = [
    `**${slots.length}** nodes in work, **${requests.length}** wait`,
    session.problem === null ? null : `the cluster could not be looked at: ${session.problem}`,
    broken === null ? null : `the breaker is open: ${broken}`,
    pause === null ? null : `paused by ${pause.by} until ${new Date(pause.untilMs).toISOString()}: ${pause.reason}`,
    ...slots.map(({ node, purpose, held }) => `- ${node.name}: ${purpose}${held ? ', held' : ''}`),
    ...requests.map(({ node, reasons }) => `- ${node.name} waits: ${reasons[0]?.detail ?? 'for the next look'}`),
  ];
  setCurrentDetails(
    lines
      .filter((line) => line !== null)
      .slice(0, LINES_MAX)
      // Markdown runs lines together that nothing parts.
      .join('\n\n'),
  );
}

export function budgetOfGuard({ cluster, ledger, survey, lookedMs, problem }: GuardSession): BudgetStatus {
  const { slots, requests, breaker, pause, givesFromMs } = ledger;
  return {
    cluster,
    lookedMs,
    problem,
    givesFromMs,
    slots,
    waiting: requests.slice(0, WAITING_SHOWN_MAX).map(({ node, purpose, stage, firstAskedMs, reasons }) => ({
      node: node.name,
      purpose,
      stage,
      sinceMs: firstAskedMs,
      reasons,
    })),
    waitingCount: requests.length,
    groups: survey?.groups ?? [],
    all: survey?.cluster ?? null,
    breaker,
    pause,
  };
}
