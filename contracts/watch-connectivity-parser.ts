/** Parses what comes to a watch from outside: its input, the payloads of its signals, the answer of the collector. */

import { SUPPRESSION_REASONS } from '../domain/agent-judgement.ts';
import { parseNodeName } from '../domain/node-identity.ts';
import { type Parsed, parsed } from './parsed.ts';
import { type Check, countFromZero, flag, isRecord, list, oneOf, open, shape, text, value } from './shape.ts';
import {
  type AgentVerdict,
  type ConnectivityPolicy,
  type ConnectivityVerdict,
  OTHER_REASON,
  VERDICT_NAMES_MAX,
  type WatchConnectivityInput,
} from './watch-connectivity.ts';

/** A timer of more would make the watch blind, and far more fails the workflow. */
const INTERVAL_MAX_MS = 86_400_000;
const FAILURES_TO_ALARM_MAX = 1_000;
/** Longer words are cut: a verdict with all its names stays small. */
const DETAIL_LENGTH_MAX = 160;
const NAME_LENGTH_MAX = 253;

const policy = shape({
  intervalMs: wholeNumber(INTERVAL_MAX_MS),
  failuresToAlarm: wholeNumber(FAILURES_TO_ALARM_MAX),
  restartHealing: flag,
  searchAttributes: flag,
});

const watchInput = shape({ cluster: text, policy });

const time = value('milliseconds since 1970', (found) => typeof found === 'number' && Math.abs(found) <= 8.64e15);
const shortText = value(
  `a text of 1 to ${NAME_LENGTH_MAX} characters`,
  (found) => typeof found === 'string' && found !== '' && found.length <= NAME_LENGTH_MAX,
);
const nodeNameOrNull = value(
  'a node name or null',
  (found) => found === null || (typeof found === 'string' && parseNodeName(found) !== null),
);
const shortTextOrNull: Check = (found, path) => (found === null ? [] : shortText(found, path));

const agent = open({
  agent: shortText,
  namespace: shortText,
  node: nodeNameOrNull,
  nodeUid: shortTextOrNull,
  os: shortTextOrNull,
  failure: oneOf('absent', 'outdated'),
  suppressedBy: shortTextOrNull,
  sinceMs: time,
  detail: value('a text', (found) => typeof found === 'string'),
});

const verdict = open({
  atMs: time,
  ok: flag,
  counts: open({
    expected: countFromZero,
    reporting: countFromZero,
    absent: countFromZero,
    outdated: countFromZero,
    suppressed: countFromZero,
    unscheduled: (found, path) => (found === undefined ? [] : countFromZero(found, path)),
    conflicting: countFromZero,
  }),
  failing: list(agent, VERDICT_NAMES_MAX),
  suppressed: list(agent, VERDICT_NAMES_MAX),
});

export function parseWatchConnectivityInput(input: unknown): Parsed<WatchConnectivityInput> {
  return parsed<WatchConnectivityInput>(input, watchInput, 'input');
}

export function parseConnectivityPolicy(payload: unknown): Parsed<ConnectivityPolicy> {
  return parsed<ConnectivityPolicy>(payload, policy, 'policy');
}

/** Keys that a newer collector may add are left out, so that what a watch keeps stays small. */
export function parseConnectivityVerdict(answer: unknown): Parsed<ConnectivityVerdict> {
  const found = parsed<ConnectivityVerdict>(answer, verdict, 'verdict');
  if (!found.ok) return found;
  const { atMs, ok, counts, failing, suppressed } = found.value;
  const { expected, reporting, absent, outdated, unscheduled, conflicting } = counts;
  // A verdict that contradicts itself is none: an alarm would begin or end by it.
  if (ok !== (absent + outdated === 0) || failing.length > absent + outdated) {
    return {
      ok: false,
      problems: [`verdict.ok: ${ok} with ${absent} absent, ${outdated} outdated, ${failing.length} named`],
    };
  }
  return {
    ok: true,
    value: {
      ...{ atMs, ok },
      counts: {
        ...{ expected, reporting, absent, outdated, suppressed: counts.suppressed, conflicting },
        ...(unscheduled === undefined ? {} : { unscheduled }),
      },
      failing: failing.map(trimmed),
      suppressed: suppressed.map(trimmed),
    },
  };
}

/** What the collector says where it answers with an error: `{"error": "…"}`; null for anything else. */
export function parseCollectorError(answer: unknown): string | null {
  const error = isRecord(answer) ? answer['error'] : null;
  return typeof error === 'string' ? cut(error) : null;
}

function trimmed(found: AgentVerdict): AgentVerdict {
  const { agent: name, namespace, node, nodeUid, os, failure, sinceMs, detail } = found;
  const suppressedBy = reasonOf(found.suppressedBy);
  return { agent: name, namespace, node, nodeUid, os, failure, suppressedBy, sinceMs, detail: cut(detail) };
}

function reasonOf(found: string | null): AgentVerdict['suppressedBy'] {
  return found === null ? null : (SUPPRESSION_REASONS.find((reason) => reason === found) ?? OTHER_REASON);
}

function cut(words: string): string {
  return words.length <= DETAIL_LENGTH_MAX ? words : `${words.slice(0, DETAIL_LENGTH_MAX - 1)}…`;
}

function wholeNumber(max: number): Check {
  return value(
    `a whole number from 1 to ${max}`,
    (found) => typeof found === 'number' && Number.isSafeInteger(found) && found >= 1 && found <= max,
  );
}
