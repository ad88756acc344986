/** Parses what reaches `soakCluster` from outside, and what it reports. */

import { type AlertSpan, SPAN_KINDS } from '../../domain/maintenance/alert-minutes.ts';
import { SOAK_STATES, type SoakDemand, type SoakReset } from '../../domain/upgrade/soak.ts';
import { anyText, runName, time } from '../maintenance/shapes.ts';
import {
  type Check,
  type Checks,
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
  wholeNumber,
} from '../shape.ts';
import type { SoakActivities, SoakClusterInput, SoakReport } from './soak-cluster.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const RESETS_MAX = 1_000;
const SPANS_MAX = 2_000;

export const SOAK_DEMAND: Checks<SoakDemand> = {
  forMs: wholeNumber({ min: MINUTE_MS, max: 90 * DAY_MS }),
  resetsMax: wholeNumber({ min: 1, max: RESETS_MAX }),
  deadlineMs: wholeNumber({ min: MINUTE_MS, max: 365 * DAY_MS }),
};

const input = shape<SoakClusterInput>({
  ...SOAK_DEMAND,
  cluster: clusterName,
  run: runName,
  stage: runName,
  fleet: name,
});

const report = open<SoakReport>({
  cluster: clusterName,
  run: runName,
  state: oneOf(...SOAK_STATES),
  detail: anyText,
  provenMs: countFromZero,
  resets: countFromZero,
  lastReset: orNull(open<SoakReset>({ atMs: time, detail: anyText })),
  blindMs: countFromZero,
  isAlerting: flag,
  lookedMs: time,
  intervalMs: orNull(countFromZero),
});

export function parseSoakClusterInput(found: unknown): Parsed<SoakClusterInput> {
  return parsed(found, input, 'input');
}

export function parseSoakReport(payload: unknown): Parsed<SoakReport> {
  return parsed(payload, report, 'soakReported');
}

const span = open<AlertSpan>({ fromMs: time, toMs: time, kind: oneOf(...SPAN_KINDS), detail: anyText });

/** Whoever completes an activity by hand may return anything. */
export const SOAK_RESULTS: {
  readonly [Name in keyof SoakActivities]: Check<Awaited<ReturnType<SoakActivities[Name]>>>;
} = {
  lookAtAlerts: open({
    spans: list(span, SPANS_MAX),
    problem: orNull(anyText),
    intervalMs: wholeNumber({ min: 1, max: DAY_MS }),
    gapMaxMs: wholeNumber({ min: 1, max: DAY_MS }),
  }),
};
