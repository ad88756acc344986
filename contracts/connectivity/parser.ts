/** Parses what comes to a watch from outside: its input, the payloads of its signals, the answer of the collector. */

import { AGENT_FAILURES, OTHER, SUPPRESSION_REASONS } from '../../domain/connectivity/agent-judgement.ts';
import { cutText } from '../../domain/cut-text.ts';
import { type NodeName, type NodeUid, parseNodeName } from '../../domain/node/identity.ts';
import {
  clusterName,
  countFromZero,
  flag,
  isRecord,
  list,
  name,
  open,
  optional,
  type Parsed,
  parsed,
  shape,
  text,
  value,
  wholeNumber,
} from '../shape.ts';
import {
  type AgentVerdict,
  type ConnectivityCounts,
  type ConnectivityPolicy,
  type ConnectivityVerdict,
  VERDICT_NAMES_MAX,
  type WatchConnectivityInput,
} from './watch-connectivity.ts';

/** A timer of more would make the watch blind, and far more fails the workflow. */
const INTERVAL_MAX_MS = 86_400_000;
const FAILURES_TO_ALARM_MAX = 1_000;
/** A longer text is cut: a verdict with all its names stays small. */
const DETAIL_LENGTH_MAX = 160;
const NAME_LENGTH_MAX = 253;
const UID = /^[!-~]+$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

const policy = shape<ConnectivityPolicy>({
  intervalMs: wholeNumber({ min: 1, max: INTERVAL_MAX_MS }),
  failuresToAlarm: wholeNumber({ min: 1, max: FAILURES_TO_ALARM_MAX }),
  restartHealing: flag,
  searchAttributes: flag,
});

const watchInput = shape<WatchConnectivityInput>({ cluster: clusterName, policy });
/** What the watches of version 0.1 took. */
const earlierInput = shape<WatchConnectivityInput>({ cluster: text, policy });

const time = value<number>(
  'milliseconds since 1970',
  (found) => typeof found === 'number' && Math.abs(found) <= 8.64e15,
);
/** Names of pods, namespaces and nodes alike: so that a hundred of them stay small, in bytes too. */
const objectName = value<string>(
  'the name of a Kubernetes object',
  (found) => typeof found === 'string' && parseNodeName(found) !== null,
);
const uidOrNull = value<NodeUid | null>(
  `null or a uid of 1 to ${NAME_LENGTH_MAX} printable characters`,
  (found) => found === null || (typeof found === 'string' && found.length <= NAME_LENGTH_MAX && UID.test(found)),
);
const labelOrNull = value<string | null>(
  'null or the value of a label',
  (found) => found === null || (typeof found === 'string' && LABEL_VALUE.test(found)),
);
const reasonOrNull = value<string | null>(
  `null or a text of 1 to ${NAME_LENGTH_MAX} characters`,
  (found) => found === null || (typeof found === 'string' && found !== '' && found.length <= NAME_LENGTH_MAX),
);
const nodeNameOrNull = value<NodeName | null>(
  'a node name or null',
  (found) => found === null || (typeof found === 'string' && parseNodeName(found) !== null),
);

/** An agent as any collector may send it: all is checked but its failure and its reason, which may be new. */
interface CheckedAgent extends Omit<AgentVerdict, 'failure' | 'suppressedBy'> {
  readonly failure: string;
  readonly suppressedBy: string | null;
}

interface CheckedVerdict extends Omit<ConnectivityVerdict, 'failing' | 'suppressed'> {
  readonly failing: readonly CheckedAgent[];
  readonly suppressed: readonly CheckedAgent[];
}

const agent = open<CheckedAgent>({
  agent: objectName,
  namespace: objectName,
  node: nodeNameOrNull,
  nodeUid: uidOrNull,
  os: labelOrNull,
  failure: name,
  suppressedBy: reasonOrNull,
  sinceMs: time,
  detail: value<string>('a text', (found) => typeof found === 'string'),
});

const verdict = open<CheckedVerdict>({
  atMs: time,
  ok: flag,
  counts: open<ConnectivityCounts>({
    expected: countFromZero,
    reporting: countFromZero,
    absent: countFromZero,
    outdated: countFromZero,
    suppressed: countFromZero,
    unscheduled: optional(countFromZero),
    conflicting: countFromZero,
  }),
  failing: list(agent, VERDICT_NAMES_MAX),
  suppressed: list(agent, VERDICT_NAMES_MAX),
});

export function parseWatchConnectivityInput(input: unknown): Parsed<WatchConnectivityInput> {
  return parsed(input, watchInput, 'input');
}

/** For watches that began before the name of their cluster was checked, and are running. */
export function parseEarlierWatchInput(input: unknown): Parsed<WatchConnectivityInput> {
  return parsed(input, earlierInput, 'input');
}

export function parseConnectivityPolicy(payload: unknown): Parsed<ConnectivityPolicy> {
  return parsed(payload, policy, 'policy');
}

/** Keys that a newer collector may add are left out, so that what a watch keeps stays small. */
export function parseConnectivityVerdict(answer: unknown): Parsed<ConnectivityVerdict> {
  const found = parsed(answer, verdict, 'verdict');
  if (!found.ok) return found;
  const { atMs, ok, counts, failing, suppressed } = found.value;
  const { expected, reporting, absent, outdated, unscheduled, conflicting } = counts;
  // A verdict that contradicts itself is none: an alarm would begin or end by it.
  const named = failing.map(trimmed);
  const knownCount = named.filter(({ failure }) => failure !== OTHER).length;
  const isFine = absent + outdated === 0 && named.length === knownCount;
  if (ok !== isFine || knownCount > absent + outdated) {
    return {
      ok: false,
      problems: [`verdict.ok: ${ok} with ${absent} absent, ${outdated} outdated, ${failing.length} named`],
    };
  }
  return {
    ok: true,
    value: {
      atMs,
      ok,
      counts: {
        expected,
        reporting,
        absent,
        outdated,
        suppressed: counts.suppressed,
        conflicting,
        ...(unscheduled === undefined ? {} : { unscheduled }),
      },
      failing: named,
      suppressed: suppressed.map(trimmed),
    },
  };
}

/** What the collector says where it answers with an error: `{"error": "…"}`; null for anything else. */
export function parseCollectorError(answer: unknown): string | null {
  const error = isRecord(answer) ? answer['error'] : null;
  return typeof error === 'string' ? cut(error) : null;
}

function trimmed(found: CheckedAgent): AgentVerdict {
  const { agent: podName, namespace, node, nodeUid, os, sinceMs, detail } = found;
  const failure = knownOf(AGENT_FAILURES, found.failure);
  const suppressedBy = found.suppressedBy === null ? null : knownOf(SUPPRESSION_REASONS, found.suppressedBy);
  return { agent: podName, namespace, node, nodeUid, os, failure, suppressedBy, sinceMs, detail: cut(detail) };
}

function knownOf<T extends string>(known: readonly T[], found: string): T | typeof OTHER {
  return known.find((one) => one === found) ?? OTHER;
}

function cut(text: string): string {
  return cutText(text, DETAIL_LENGTH_MAX);
}
