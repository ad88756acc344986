/** The output of `vigilante connectivity`: as a table or as JSON. */

import {
  type AgentVerdict,
  type ConnectivityStatus,
  type ConnectivityVerdict,
} from '../../contracts/connectivity/watch-connectivity.ts';
import { assertNever } from '../../domain/assert-never.ts';
import { countAgents } from '../../domain/connectivity/messages.ts';
import { shortDuration } from '../short-duration.ts';
import { type Column, renderTable } from '../table.ts';

export const CONNECTIVITY_FORMATS = ['table', 'json'] as const;
export type ConnectivityFormat = (typeof CONNECTIVITY_FORMATS)[number];

const DETAIL_WIDTH_MAX = 70;
/** More of them are in the JSON. */
const TRANSITIONS_SHOWN_MAX = 5;

export function renderConnectivity(
  status: ConnectivityStatus,
  view: { readonly format: ConnectivityFormat; readonly nowMs: number },
): string {
  switch (view.format) {
    case 'json':
      return `${JSON.stringify(jsonOf(status), null, 2)}\n`;
    case 'table':
      return [summary(status, view.nowMs), agents(status, view.nowMs), transitions(status, view.nowMs)]
        .filter((part) => part !== '')
        .join('\n');
    default:
      return assertNever(view.format);
  }
}

/** Why the state is what it is, on one line: shown with exit code 1. */
export function connectivityReason(status: ConnectivityStatus): string {
  const { cluster, state, verdict, unavailable, transitions: all } = status;
  const last = all.at(-1);
  const detail = unavailable ?? (verdict === null ? 'no evaluation yet' : countAgents(verdict.counts));
  switch (state) {
    case 'ok':
      return `the agents of cluster ${cluster} report: ${detail}`;
    case 'failing':
      return `agents of cluster ${cluster} fail: ${detail}`;
    case 'unknown':
      return `the connectivity of cluster ${cluster} is unknown (it takes ${status.policy.failuresToAlarm} verdicts in a row to tell): ${detail}`;
    case 'paused':
      return `watching cluster ${cluster} is ${last?.to === 'paused' ? last.detail : 'paused'} (to go on: vigilante connectivity resume)`;
    default:
      return assertNever(state);
  }
}

function summary(status: ConnectivityStatus, nowMs: number): string {
  const { cluster, state, verdict, unavailable, streak, evaluations, lastEvaluationMs, nextEvaluationMs } = status;
  const since = status.transitions.at(-1)?.atMs;
  const ago = (atMs: number) => `${shortDuration(nowMs - atMs)} ago`;
  const rows: readonly (readonly [string, string | null])[] = [
    ['Cluster', cluster],
    ['State', `${state}${since === undefined ? '' : `, for ${shortDuration(nowMs - since)}`}`],
    ['Agents', verdict === null ? 'no verdict yet' : countAgents(verdict.counts)],
    ['Unavailable', unavailable],
    ['Not written', status.writeProblem ?? null],
    ['Last evaluation', lastEvaluationMs === null ? 'none yet' : ago(lastEvaluationMs)],
    ['Streak', `${streak} in a row, of ${evaluations} evaluations`],
    ['Next evaluation', nextEvaluationMs === null ? null : `in ${shortDuration(nextEvaluationMs - nowMs)}`],
    ['Alarmed nodes', status.alarmedNodes.length === 0 ? null : status.alarmedNodes.join(', ')],
  ];
  const shown = rows.filter(([, text]) => text !== null);
  const width = Math.max(...shown.map(([title]) => title.length)) + 3;
  return shown.map(([title, text]) => `${`${title}:`.padEnd(width)}${text}\n`).join('');
}

function agents({ verdict }: ConnectivityStatus, nowMs: number): string {
  if (verdict === null) return '';
  const named = [...verdict.failing, ...verdict.suppressed];
  if (named.length === 0) return '';
  const columns: readonly Column<AgentVerdict>[] = [
    { title: 'AGENT', cell: ({ namespace, agent }) => `${namespace}/${agent}` },
    { title: 'NODE', cell: ({ node }) => node ?? '-' },
    { title: 'VERDICT', cell: ({ failure }) => failure },
    { title: 'SUPPRESSED-BY', cell: ({ suppressedBy }) => suppressedBy ?? '-' },
    { title: 'SINCE', cell: ({ sinceMs }) => shortDuration(nowMs - sinceMs) },
    { title: 'REASON', cell: ({ detail }) => detail, widthMax: DETAIL_WIDTH_MAX },
  ];
  return `${renderTable(columns, named)}${more(verdict)}`;
}

function more({ counts, failing, suppressed }: ConnectivityVerdict): string {
  const unnamed = counts.absent + counts.outdated - failing.length + counts.suppressed - suppressed.length;
  return unnamed > 0 ? `and ${unnamed} more\n` : '';
}

function transitions(status: ConnectivityStatus, nowMs: number): string {
  return status.transitions
    .slice(-TRANSITIONS_SHOWN_MAX)
    .map(({ atMs, from, to, detail }) => `${shortDuration(nowMs - atMs)} ago  ${from} -> ${to}  ${detail}\n`)
    .join('');
}

/** Stable keys for scripts; times are ISO 8601. */
function jsonOf(status: ConnectivityStatus) {
  const { cluster, state, verdict, unavailable, streak, evaluations, alarmedNodes } = status;
  return {
    cluster,
    state,
    running: true,
    ok: verdict?.ok ?? null,
    counts: verdict?.counts ?? null,
    failing: verdict?.failing.map(agentJson) ?? [],
    suppressed: verdict?.suppressed.map(agentJson) ?? [],
    verdictAt: isoTime(verdict?.atMs ?? null),
    unavailable,
    streak,
    evaluations,
    writeProblem: status.writeProblem ?? null,
    lastEvaluation: isoTime(status.lastEvaluationMs),
    nextEvaluation: isoTime(status.nextEvaluationMs),
    alarmedNodes,
    transitions: status.transitions.map(({ atMs, ...rest }) => ({
      at: isoTime(atMs),
      ...rest,
    })),
    policy: status.policy,
  };
}

function agentJson({ sinceMs, ...rest }: AgentVerdict) {
  return { ...rest, since: isoTime(sinceMs) };
}

function isoTime(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
