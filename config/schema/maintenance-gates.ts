/** The parts of `maintenance` that say when it may begin: windows of time, freezes, alerts. */

import { z } from 'zod';

import { parseLabelMatcher } from '../../domain/maintenance/label-matchers.ts';
import { isTimeZone, parseClockMinute, WEEKDAYS } from '../../domain/maintenance/windows.ts';
import { choice, duration, key, optionalText, text } from './keys.ts';

const WINDOWS_MAX = 50;
const FREEZES_MAX = 100;
const NAMES_MAX = 100;
const DAY_MS = 86_400_000;
/** Unlike that of other servers it may have a path. */
const SERVER_URL = /^https?:\/\/[^\s?#]+$/;

const minute = z.string().transform((written, context) => {
  const found = parseClockMinute(written);
  if (found !== null) return found;
  context.addIssue({ code: 'custom', message: 'a time of day such as 22:00' });
  return z.NEVER;
});

const WindowSchema = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .default([...WEEKDAYS]),
    start: minute.refine((found) => found < 1_440),
    end: minute,
    timeZone: z.string().refine(isTimeZone),
  })
  .transform(({ days, start: startMinute, end: endMinute, timeZone }) => ({ days, startMinute, endMinute, timeZone }));

export const WindowsSchema = z.array(WindowSchema).max(WINDOWS_MAX).default([]);
export const WINDOWS_ALLOWED = `a list of at most ${WINDOWS_MAX} with the keys days (a list of ${WEEKDAYS.join(', ')}; default all), start and end (such as 22:00; one whose end is not after its start lasts into the next day) and timeZone (such as Europe/Berlin)`;

const moment = z.iso.datetime({ offset: true }).transform((written) => Date.parse(written));
const FreezeSchema = z
  .strictObject({ from: moment, to: moment, reason: z.string().min(1) })
  .refine(({ from, to }) => from < to)
  .transform(({ from: fromMs, to: toMs, reason }) => ({ fromMs, toMs, reason }));

export const FreezesSchema = key(z.array(FreezeSchema).max(FREEZES_MAX).default([]), {
  about: 'Times in which no maintenance begins, whatever the windows say; what has begun is finished',
  allowed: `a list of at most ${FREEZES_MAX} with the keys from and to (such as 2026-12-20T00:00:00Z) and reason`,
  fallback: '[]',
});

const matcher = z.string().transform((written, context) => {
  const found = parseLabelMatcher(written);
  if (found !== null) return found;
  context.addIssue({ code: 'custom', message: 'a matcher such as severity=~"critical|warning"' });
  return z.NEVER;
});

const AlertsKeys = z.strictObject({
  source: choice({
    about:
      'What answers whether alerts fire. Prometheus is asked for the whole time since the last look; Alertmanager knows silences, but only of the moment; `none` looks at no alerts',
    of: ['prometheus', 'alertmanager', 'none'],
    fallback: 'prometheus',
  }),
  url: text({
    about: 'Its address; without one no maintenance begins unless `source` is `none`',
    allowed: 'an address such as http://prometheus.monitoring:9090, or nothing',
    fallback: '',
    matches: (value) => value === '' || SERVER_URL.test(value),
  }),
  tokenFile: optionalText({
    about: 'File with a bearer token, read again for each question',
    allowed: 'the path of a file',
    fallback: 'no token',
  }),
  caFile: optionalText({
    about: 'Certificate authority, read again for each question',
    allowed: 'the path of a PEM file',
    fallback: 'the public ones',
  }),
  match: key(z.array(matcher).max(NAMES_MAX).prefault(['severity=~"critical|warning"']), {
    about: 'Alerts that count: those that all of these match',
    allowed: `a list of at most ${NAMES_MAX} matchers such as severity=~"critical|warning"`,
    fallback: '[severity=~"critical|warning"]',
  }),
  ignore: key(z.array(z.string().min(1)).max(NAMES_MAX).default(['InfoInhibitor']), {
    about: 'Names of alerts that do not count',
    allowed: `a list of at most ${NAMES_MAX} names`,
    fallback: '[InfoInhibitor]',
  }),
  heartbeat: text({
    about: 'Alert that fires at all times: a minute without it is unknown, and what is unknown closes the gate',
    allowed: 'the name of an alert',
    fallback: 'Watchdog',
  }),
  startTime: optionalText({
    about:
      'Query for when what evaluates the rules has started, in seconds, where another program answers as Prometheus',
    allowed: 'a query such as max(process_start_time_seconds{job="ruler"})',
    fallback: 'Prometheus is asked',
  }),
  checkEvery: duration({
    about: 'Alerts of at least this time until now close the gate',
    minMs: 60_000,
    maxMs: 3_600_000,
    fallback: '10m',
  }),
  restartGrace: duration({
    about:
      'After a start of Prometheus nothing is known for the longest `for` of the rules that count, and at most this long',
    minMs: 0,
    maxMs: DAY_MS,
    fallback: '1h',
  }),
  gapMax: duration({
    about:
      'In the soak of an upgrade time of which nothing is known does not count, and more than this at a stretch begins it again',
    minMs: 60_000,
    maxMs: DAY_MS,
    fallback: '1h',
  }),
});

export const MaintenanceGatesSchema = z.strictObject({
  alerts: AlertsKeys.transform(
    ({ checkEvery: checkEveryMs, restartGrace: restartGraceMs, gapMax: gapMaxMs, ...rest }) => ({
      ...rest,
      checkEveryMs,
      restartGraceMs,
      gapMaxMs,
    }),
  ).prefault({}),
});
