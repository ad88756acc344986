/** Shows the status of a run over several clusters as text or JSON. */

import type {
  ClusterResult,
  ClusterStatus,
  UpgradeFleetResult,
  UpgradeFleetStatus,
} from '../../contracts/upgrade/upgrade-fleet.ts';
import type { FleetDecision } from '../../domain/upgrade/fleet-state.ts';
import { durationText } from '../../domain/upgrade/soak-messages.ts';
import { type Column, renderTable } from '../table.ts';
import type { UpgradeFormat } from './formats.ts';

const DETAIL_WIDTH_MAX = 80;

export function renderFleet(
  status: UpgradeFleetStatus,
  { format, nowMs }: { readonly format: UpgradeFormat; readonly nowMs: number },
): string {
  if (format === 'json') return `${JSON.stringify(status, null, 2)}\n`;
  const { run, versions, startedBy, state, stage, waitsFor, clusters, decisions } = status;
  const lines = [
    `run ${run} to ${versions.kubernetes}; started by ${startedBy}`,
    `${state}${stage === null ? '' : `, stage ${stage}`}`,
    ...waitsFor.map((reason) => `- ${reason}`),
  ];
  return `${lines.join('\n')}\n\n${renderTable(columns(nowMs), clusters)}${decided(decisions)}`;
}

/** Of a run that has ended. */
export function renderFleetResult(run: string, { outcome, detail, clusters, decisions }: UpgradeFleetResult): string {
  return `run ${run} ended ${outcome}: ${detail}\n\n${renderTable(RESULT_COLUMNS, clusters)}${decided(decisions)}`;
}

const RESULT_COLUMNS: readonly Column<ClusterResult>[] = [
  { title: 'STAGE', cell: ({ stage }) => stage },
  { title: 'CLUSTER', cell: ({ cluster }) => cluster },
  { title: 'OUTCOME', cell: ({ outcome }) => outcome },
  { title: 'DETAIL', cell: ({ detail }) => detail, widthMax: DETAIL_WIDTH_MAX },
];

function decided(decisions: readonly FleetDecision[]): string {
  return decisions
    .map(({ atMs, what, by, reason }) => `${new Date(atMs).toISOString()} ${what} by ${by}: ${reason}\n`)
    .join('');
}

function columns(nowMs: number): readonly Column<ClusterStatus>[] {
  return [
    { title: 'STAGE', cell: ({ stage }) => stage },
    { title: 'CLUSTER', cell: ({ cluster }) => cluster },
    { title: 'PHASE', cell: ({ phase }) => phase },
    { title: 'FOR', cell: ({ sinceMs }) => durationText(nowMs - sinceMs) },
    { title: 'SURVEY', cell: ({ survey }) => survey?.kind ?? '' },
    {
      title: 'SOAKED',
      cell: ({ soak }) => (soak === null ? '' : `${durationText(soak.provenMs)}, ${soak.resets} resets`),
    },
    { title: 'DETAIL', cell: detailOf, widthMax: DETAIL_WIDTH_MAX },
  ];
}

function detailOf({ isUnreachable, detail, survey }: ClusterStatus): string {
  const texts = [isUnreachable ? 'takes no work' : '', detail, survey?.kind === 'blocked' ? survey.detail : ''];
  return texts.filter((text) => text !== '').join('; ');
}
