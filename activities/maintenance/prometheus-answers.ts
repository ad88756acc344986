/** Shapes of what Prometheus answers, and of programs that answer in its place. */

import {
  type Check,
  isRecord,
  list,
  name,
  oneOf,
  open,
  optional,
  type Problems,
  value,
} from '../../contracts/shape.ts';
import type { AlertingRule } from '../../domain/maintenance/alert-gate.ts';

export interface Range {
  readonly alertname: string;
  /** In milliseconds since 1970. */
  readonly times: readonly number[];
}

const SERIES_MAX = 10_000;
const POINTS_MAX = 11_000;
const NANOSECONDS_PAST = /\.(\d{3})\d*/;

const number = value<number>('a number', (found) => typeof found === 'number' && Number.isFinite(found));
const labels: Check<Readonly<Record<string, string>>> = value(
  'labels',
  (found) => isRecord(found) && Object.values(found).every((text) => typeof text === 'string'),
);
const point: Check<readonly [number, string]> = value(
  'a time and a value',
  (found) => Array.isArray(found) && typeof found[0] === 'number' && typeof found[1] === 'string',
);

/** A warning means that something is left out: a store that does not answer, for example. */
const noWarnings = optional(
  list(
    value<never>('no warning', () => false),
    SERIES_MAX,
  ),
);

interface Success<T> {
  readonly status: 'success';
  readonly warnings?: readonly string[];
  readonly data: T;
}

function success<T>(data: Check<Required<Success<T>>['data']>): Check<Success<T>> {
  return open<Success<T>>({ status: oneOf('success'), warnings: noWarnings, data });
}

export const rangeAnswer = success(
  open<RangeData>({
    resultType: oneOf('matrix'),
    result: list(open<Series>({ metric: labels, values: list(point, POINTS_MAX) }), SERIES_MAX),
  }),
);

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

interface RangeData {
  readonly resultType: string;
  readonly result: readonly Series[];
}

export function rangesOf({ data }: { readonly data: RangeData }): readonly Range[] {
  return data.result.map(({ metric, values }) => ({
    alertname: metric['alertname'] ?? 'an alert without a name',
    times: values.map(([seconds]) => Math.round(seconds * 1_000)),
  }));
}

interface VectorData {
  readonly resultType: string;
  readonly result: readonly { readonly value: readonly [number, string] }[];
}

export const vectorAnswer = success(
  open<VectorData>({
    resultType: oneOf('vector'),
    result: list(open<VectorData['result'][number]>({ value: point }), SERIES_MAX),
  }),
);

/** The largest value, in milliseconds where the query is in seconds; null where there is none. */
export function latestStartMs({ data }: { readonly data: VectorData }): number | null {
  const values = data.result.map(({ value: [, text] }) => Number(text) * 1_000);
  return values.length === 0 || values.some((ms) => !Number.isFinite(ms)) ? null : Math.max(...values);
}

const time = value<string>(
  'a time such as 2026-01-31T14:05:09Z',
  (found) => typeof found === 'string' && !Number.isNaN(timeMs(found)),
);

export const runtimeAnswer = success(open<{ readonly startTime: string }>({ startTime: time }));

/** Go writes nanoseconds. */
export function timeMs(text: string): number {
  return Date.parse(text.replace(NANOSECONDS_PAST, '.$1'));
}

interface RuleData {
  readonly type: string;
  readonly name: string;
  /** Seconds. */
  readonly duration: number;
  readonly labels?: Readonly<Record<string, string>>;
}

interface RulesData {
  readonly groups: readonly { readonly rules: readonly unknown[] }[];
}

const alertingRule = open<RuleData>({ type: name, name, duration: number, labels: optional(labels) });
const isAlerting = (rule: unknown) => isRecord(rule) && rule['type'] === 'alerting';
const rule: Check = (found, path): Problems => (isAlerting(found) ? alertingRule(found, path) : []);

export const rulesAnswer = success(
  open<RulesData>({
    groups: list(open<RulesData['groups'][number]>({ rules: list(rule, SERIES_MAX) }), SERIES_MAX),
  }),
);

export function alertingRulesOf({ data }: { readonly data: RulesData }): readonly AlertingRule[] {
  return data.groups.flatMap(({ rules }) =>
    (rules.filter(isAlerting) as readonly RuleData[]).map((rule) => ({
      name: rule.name,
      labels: rule.labels ?? {},
      forMs: rule.duration * 1_000,
    })),
  );
}
