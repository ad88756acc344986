/** Parses what reaches `watchReboots` from outside: its input, its signal, and what its activities return. */

import { CONNECTIVITY_DEMANDS, HEALING_DEMANDS, SENTINEL_STATES } from '../../domain/maintenance/facts.ts';
import { NODE_OUTCOMES } from '../../domain/maintenance/outcome.ts';
import type { RebootRules, ReportedHost } from '../../domain/maintenance/reboot-need.ts';
import type { RebootEnding } from '../../domain/maintenance/reboot-round.ts';
import type { RebootCandidate } from '../../domain/maintenance/reboots.ts';
import type { Pause } from '../../domain/maintenance/slots.ts';
import type { Gate } from '../../domain/maintenance/survey.ts';
import {
  type Check,
  clusterName,
  countFromZero,
  flag,
  list,
  name,
  oneOf,
  open,
  orNull,
  type Parsed,
  parsed,
  shape,
  value,
  wholeNumber,
} from '../shape.ts';
import { anyText, nodeRef, shortText, time } from './shapes.ts';
import { CANDIDATES_MAX, type RebootActivities, type RebootSurvey, type WatchRebootsInput } from './watch-reboots.ts';

const DAY_MS = 86_400_000;
const TEXTS_MAX = 100;
/** Those remembered are answered beside the others. */
const ANSWERED_MAX = 10 * CANDIDATES_MAX;

const input = shape<WatchRebootsInput>({ cluster: clusterName });
const pause = shape<Pause>({ by: shortText, reason: shortText, untilMs: time });

export function parseWatchRebootsInput(found: unknown): Parsed<WatchRebootsInput> {
  return parsed(found, input, 'input');
}

export function parsePauseReboots(payload: unknown): Parsed<Pause> {
  return parsed(payload, pause, 'pauseReboots');
}

/** A node's clock may be anywhere. */
const anyTime = value<number>('milliseconds since 1970', Number.isSafeInteger);
const texts = list(anyText, TEXTS_MAX);
const gate = open<Gate>({ isOpen: flag, reasons: texts });
const host = open<ReportedHost>({
  reportedMs: anyTime,
  uptimeSeconds: countFromZero,
  bootId: orNull(anyText),
  sentinel: open<ReportedHost['sentinel']>({ state: oneOf(...SENTINEL_STATES), changedMs: orNull(anyTime) }),
});
const candidate = open<RebootCandidate>({
  node: nodeRef,
  group: name,
  groupIndex: countFromZero,
  bootId: anyText,
  host: orNull(host),
  isAskedFor: flag,
  conditions: list(open<RebootCandidate['conditions'][number]>({ type: name, changedMs: orNull(anyTime) }), TEXTS_MAX),
  blockingPods: texts,
  otherTools: texts,
  isInWork: flag,
  gate,
});

const survey = open<RebootSurvey>({
  candidates: list(candidate, ANSWERED_MAX),
  requiredCount: countFromZero,
  unknownCount: countFromZero,
  endings: list(open<RebootEnding>({ node: nodeRef, outcome: oneOf(...NODE_OUTCOMES) }), ANSWERED_MAX),
  rules: open<RebootRules>({ maxUptimeMs: orNull(countFromZero), minUptimeMs: countFromZero }),
  executor: name,
  expect: open<RebootSurvey['expect']>({
    connectivity: oneOf(...CONNECTIVITY_DEMANDS),
    healing: oneOf(...HEALING_DEMANDS),
  }),
  intervalMs: wholeNumber({ min: 1, max: DAY_MS }),
});

/** Whoever completes an activity by hand may return anything. */
export const REBOOT_RESULTS: {
  readonly [Name in keyof RebootActivities]: Check<Awaited<ReturnType<RebootActivities[Name]>>>;
} = {
  surveyReboots: survey,
  clearRebootRequest: oneOf('cleared', 'node-gone', 'uncleared'),
};
