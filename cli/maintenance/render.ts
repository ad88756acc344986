/** The output of `vigilante maintenance`: as a table or as JSON. */

import type { BudgetStatus } from '../../contracts/maintenance/guard-maintenance.ts';
import { assertNever } from '../../domain/assert-never.ts';
import { breakerReason } from '../../domain/maintenance/breaker.ts';
import type { GroupTally } from '../../domain/maintenance/budget.ts';
import { shortDuration } from '../short-duration.ts';
import { type Column, renderTable } from '../table.ts';

export const MAINTENANCE_FORMATS = ['table', 'json'] as const;
export type MaintenanceFormat = (typeof MAINTENANCE_FORMATS)[number];

const DETAIL_WIDTH_MAX = 90;

/** Why maintenance does not go on as it should, on one line; null where it does. */
export function maintenanceProblem({ slots, breaker, problem, pause }: BudgetStatus): string | null {
  const held = slots.filter((slot) => slot.held).map(({ node }) => node.name);
  if (held.length > 0) return `held until they are proven or released: ${held.join(', ')}`;
  const broken = breakerReason(breaker);
  if (broken !== null) return `the breaker is open: ${broken}`;
  if (problem !== null) return `the cluster could not be looked at: ${problem}`;
  return pause === null ? null : `paused by ${pause.by} until ${isoTime(pause.untilMs)}: ${pause.reason}`;
}

export function renderMaintenance(
  status: BudgetStatus,
  view: { readonly format: MaintenanceFormat; readonly nowMs: number },
): string {
  switch (view.format) {
    case 'json':
      return `${JSON.stringify({ ...status, running: true }, null, 2)}\n`;
    case 'table':
      return [groupsOf(status), slotsOf(status, view.nowMs), waitingOf(status, view.nowMs), footer(status, view.nowMs)]
        .filter((part) => part !== '')
        .join('\n');
    default:
      return assertNever(view.format);
  }
}

function groupsOf({ groups, slots }: BudgetStatus): string {
  if (groups.length === 0) return '';
  const columns: readonly Column<GroupTally>[] = [
    { title: 'GROUP', cell: ({ name }) => name },
    { title: 'IN-WORK', cell: ({ name }) => String(slots.filter(({ group }) => group === name).length) },
    { title: 'DOWN', cell: ({ down }) => String(down) },
    { title: 'MAX', cell: ({ max }) => String(max) },
    { title: 'OF', cell: ({ denominator }) => String(denominator) },
    { title: 'DOWN-NODES', cell: ({ downNames }) => downNames.join(', ') || '-' },
  ];
  return renderTable(columns, groups);
}

function slotsOf({ slots }: BudgetStatus, nowMs: number): string {
  if (slots.length === 0) return '';
  const columns: readonly Column<BudgetStatus['slots'][number]>[] = [
    { title: 'IN-WORK', cell: ({ node }) => node.name },
    { title: 'GROUP', cell: ({ group }) => group },
    { title: 'PURPOSE', cell: ({ purpose }) => purpose },
    { title: 'SINCE', cell: ({ sinceMs }) => shortDuration(nowMs - sinceMs) },
    { title: 'HELD', cell: ({ held }) => (held ? 'yes' : '-') },
  ];
  return renderTable(columns, slots);
}

function waitingOf({ waiting, waitingCount }: BudgetStatus, nowMs: number): string {
  if (waiting.length === 0) return '';
  const columns: readonly Column<BudgetStatus['waiting'][number]>[] = [
    { title: 'WAITS', cell: ({ node }) => node },
    { title: 'PURPOSE', cell: ({ purpose }) => purpose },
    { title: 'SINCE', cell: ({ sinceMs }) => shortDuration(nowMs - sinceMs) },
    {
      title: 'REASON',
      cell: ({ reasons }) => reasons.map(({ detail }) => detail).join('; ') || 'for the next look',
      widthMax: DETAIL_WIDTH_MAX,
    },
  ];
  const more = waitingCount - waiting.length;
  return `${renderTable(columns, waiting)}${more > 0 ? `and ${more} more\n` : ''}`;
}

function footer({ lookedMs, slots, waitingCount }: BudgetStatus, nowMs: number): string {
  const looked = lookedMs === null ? 'not looked at yet' : `looked at ${shortDuration(nowMs - lookedMs)} ago`;
  return `${slots.length} in work, ${waitingCount} waiting; ${looked}\n`;
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
