/** Heals as a table, and as one line each. */

import type { HealView } from './heal-views.ts';
import type { Rows } from './screen.ts';
import { textTable } from './text-table.ts';

const HEADINGS = ['NODE', 'STATE', 'ATTEMPTS', 'PROVEN', 'LAST EVIDENCE', 'WINDOW LEFT'] as const;

export function healTable(views: readonly HealView[], nowMs: number): readonly string[] {
  return textTable(
    HEADINGS,
    views.map((view) => cells(view, nowMs)),
  );
}

/** Without what changes every second. */
export function healLine(view: HealView): string {
  const { node, status } = view;
  if (status === null) return `${node}: ${view.healed ? 'healed' : (view.problem ?? 'unknown')}`;
  const error = status.lastError === null ? '' : `, last error: ${status.lastError}`;
  return `${node}: ${stateOf(view)}, ${status.attempts} attempts, ${proven(view)} pods proven, ${evidenceOf(view)}${error}`;
}

export const HEAL_ROWS: Rows<HealView> = { table: healTable, line: healLine };

export function evidenceOf({ status }: HealView): string {
  const evidence = status?.lastEvidence ?? null;
  return evidence === null ? 'no evidence' : `level ${evidence.level}: ${evidence.detail}`;
}

function cells(view: HealView, nowMs: number): readonly string[] {
  const { node, status } = view;
  if (status === null) return [node, view.healed ? 'healed' : (view.problem ?? ''), '', '', '', ''];
  return [node, stateOf(view), `${status.attempts}`, proven(view), evidenceOf(view), windowLeft(view, nowMs)];
}

/** The cluster has the last word on `healed`. */
function stateOf({ healed, status }: HealView): string {
  return healed ? 'healed' : (status?.state ?? '');
}

function proven({ status }: HealView): string {
  return status === null ? '' : `${status.podsProven}/${status.provenPodsMin}`;
}

function windowLeft({ ended, status }: HealView, nowMs: number): string {
  const endMs = status?.windowEndMs ?? null;
  if (ended || endMs === null) return '';
  const seconds = Math.max(0, Math.round((endMs - nowMs) / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
