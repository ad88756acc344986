/** How an upgrade goes through a cluster: keys of `maintenance.upgrade`. */

import { z } from 'zod';

import { duration, key, optionalText, wholeNumber } from './keys.ts';
import { LIMIT_ALLOWED, LimitSchema } from './maintenance-budget.ts';
import { WINDOWS_ALLOWED, WindowsSchema } from './maintenance-gates.ts';

const DAY_MS = 86_400_000;
const WAVES_MAX = 50;
const ALLOWED_MAX = 200;
const WAVE = /^(\d{1,3})%$/;

const WaveSchema = z.union([
  z.string().transform((written, context) => {
    const percent = Number(WAVE.exec(written)?.[1] ?? Number.NaN);
    if (percent >= 1 && percent <= 100) return { percent, count: null };
    context.addIssue({ code: 'custom', message: 'a percentage such as 10%' });
    return z.NEVER;
  }),
  LimitSchema,
]);

const CanaryKeys = z.strictObject({
  perGroup: wholeNumber({
    about: 'Workers of each group that go before all others',
    min: 0,
    max: 1_000,
    fallback: 1,
  }),
  soak: duration({
    about: 'How long must be proven free of alerts after them',
    minMs: 0,
    maxMs: 7 * DAY_MS,
    fallback: '30m',
  }),
});

const BrokenSchema = z
  .strictObject({
    namespace: z.string().min(1),
    workload: z.string().min(1),
    state: z.string().min(1),
    reason: z.string().min(1),
    until: z.iso.datetime({ offset: true }).transform((written) => Date.parse(written)),
  })
  .transform(({ until: untilMs, ...rest }) => ({ ...rest, untilMs }));

const AfterChecksKeys = z.strictObject({
  settle: duration({
    about: 'How long no pod may be broken at the end that was not before',
    minMs: 1_000,
    maxMs: DAY_MS,
    fallback: '5m',
  }),
  deadline: duration({
    about: 'What is broken for longer makes the upgrade `partial`',
    minMs: 1_000,
    maxMs: DAY_MS,
    fallback: '30m',
  }),
  allow: key(z.array(BrokenSchema).max(ALLOWED_MAX).default([]), {
    about: 'Pods that may be broken, until that time',
    allowed: `a list of at most ${ALLOWED_MAX} with the keys namespace, workload (such as deployment/web), state (such as CrashLoopBackOff, as the report says it), reason and until (such as 2026-12-31T00:00:00Z)`,
    fallback: '[]',
  }),
});

const ReportKeys = z.strictObject({
  folder: optionalText({
    about: 'Where the report of each upgrade is written, as JSON and as Markdown; on a volume of the maintainer',
    allowed: 'the path of a folder',
    fallback: 'nowhere: then the report is gone with the history of the workflow',
  }),
});

/** Keys of `maintenance.upgrade`. */
export const ROLLOUT_KEYS = {
  windows: key(WindowsSchema, {
    about: 'When nodes may be begun in an upgrade, within the windows of their groups; empty: whenever those are open',
    allowed: WINDOWS_ALLOWED,
    fallback: '[]',
  }),
  canary: CanaryKeys.transform(({ soak: soakMs, ...rest }) => ({ ...rest, soakMs })).prefault({}),
  waves: key(z.array(WaveSchema).max(WAVES_MAX).prefault(['10%', '100%']), {
    about:
      "How much of each group's workers is upgraded after the canaries, one wave after another, those included that are done. What is left comes after the last",
    allowed: `a list of at most ${WAVES_MAX}: a percentage such as 10%, or ${LIMIT_ALLOWED}`,
    fallback: '[10%, 100%]',
  }),
  waveSoak: duration({
    about: 'How long must be proven free of alerts between two waves',
    minMs: 0,
    maxMs: 7 * DAY_MS,
    fallback: '5m',
  }),
  afterChecks: AfterChecksKeys.transform(({ settle: settleMs, deadline: deadlineMs, ...rest }) => ({
    ...rest,
    settleMs,
    deadlineMs,
  })).prefault({}),
  report: ReportKeys.prefault({}),
};
