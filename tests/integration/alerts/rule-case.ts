/** Cases of an alert: series, and what the alert then is or says. Values are promtool's, a minute apart. */

export type AlertState = 'firing' | 'pending' | null;

export interface RuleCase {
  readonly alert: string;
  readonly title: string;
  readonly series: Readonly<Record<string, string>>;
  /** When it is looked at. */
  readonly at: string;
  readonly state: AlertState;
  /** How many series of the alert are in that state; default 1. */
  readonly count?: number;
}

export interface AnnotationCase {
  readonly alert: string;
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  /** Beside the severity. */
  readonly labels: Readonly<Record<string, string>>;
  readonly description: string;
}

export type CaseRow = readonly [
  title: string,
  series: RuleCase['series'],
  at: string,
  state: AlertState,
  count?: number,
];

/** Labels of two replicas. */
export const ONE = 'job="collector",instance="a",pod="a"';
export const OTHER = 'job="collector",instance="b",pod="b"';

export function casesOf(alert: string, cases: readonly CaseRow[]): readonly RuleCase[] {
  return cases.map(([title, series, at, state, count = 1]) => ({ alert, title, series, at, state, count }));
}
