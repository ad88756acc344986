/** The arithmetic of a soak, against a recorder that reads the same minutes as one text. */

import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { AlertSpan } from '../maintenance/alert-minutes.ts';
import { afterLook, newSoak, type Soak, type SoakDemand, soakFailure, soakState } from './soak.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 5, 10, 12);
const WEEK: SoakDemand = { forMs: 7 * DAY_MS, resetsMax: 3, deadlineMs: 21 * DAY_MS };

const span = (kind: AlertSpan['kind'], fromMs: number, toMs: number): AlertSpan => ({
  fromMs: START_MS + fromMs,
  toMs: START_MS + toMs,
  kind,
  detail: kind === 'quiet' ? '' : `${kind} there`,
});
const after = (...spans: readonly AlertSpan[]) => afterLook(newSoak(START_MS), spans, HOUR_MS);
const stateAt = (soak: Soak, atMs: number) => soakState(soak, WEEK, START_MS + atMs);

test.each([
  [7 * DAY_MS - 1, 'soaking'],
  [7 * DAY_MS, 'proven'],
])('M35: %i ms without an alert: %s', (forMs, expected) => {
  expect(stateAt(after(span('quiet', 0, forMs)), forMs)).toBe(expected);
});

test.each([0, 3.5 * DAY_MS, 7 * DAY_MS - MINUTE_MS])(
  'M35: an alert after %i ms begins it again from its end',
  (atMs) => {
    const endMs = atMs + 10 * MINUTE_MS;
    const soak = after(span('quiet', 0, atMs), span('alerting', atMs, endMs));
    expect(soak).toMatchObject({
      provenMs: 0,
      resets: 1,
      lastReset: { atMs: START_MS + atMs, detail: 'alerting there' },
    });
    const quietFor = (ms: number) => afterLook(soak, [span('quiet', endMs, endMs + ms)], HOUR_MS);
    expect(stateAt(quietFor(7 * DAY_MS - 1), endMs + 7 * DAY_MS - 1)).toBe('soaking');
    expect(stateAt(quietFor(7 * DAY_MS), endMs + 7 * DAY_MS)).toBe('proven');
  },
);

test('M35: an alert that goes on over many looks, and through unknown time, is one reset', () => {
  const first = after(span('alerting', 0, HOUR_MS));
  const second = afterLook(first, [span('alerting', HOUR_MS, 2 * HOUR_MS)], HOUR_MS);
  const spans = [span('unknown', 2 * HOUR_MS, 3 * HOUR_MS), span('alerting', 3 * HOUR_MS, 4 * HOUR_MS)];
  expect(afterLook(second, spans, HOUR_MS).resets).toBe(1);
});

test.each([
  [HOUR_MS, { provenMs: 2 * HOUR_MS, resets: 0 }],
  [HOUR_MS + 1, { provenMs: HOUR_MS, resets: 1 }],
])('M35: %i ms of unknown time do not count, and more than the gap begin it again', (gapMs, expected) => {
  const quiet = [span('quiet', 0, HOUR_MS), span('quiet', HOUR_MS + gapMs, 2 * HOUR_MS + gapMs)];
  const said = after(...quiet.slice(0, 1), span('unknown', HOUR_MS, HOUR_MS + gapMs), ...quiet.slice(1));
  expect(said).toMatchObject(expected);
  // Time that nobody says anything about is unknown.
  expect(after(...quiet)).toMatchObject(expected);
});

test('M35: a gap is one reset, however long it is and however many looks see it', () => {
  const spans = [1, 2, 3, 4].map((hour) => span('unknown', (hour - 1) * HOUR_MS, hour * HOUR_MS));
  expect(after(...spans)).toMatchObject({ provenMs: 0, resets: 1 });
});

test('M35: it is not proven while an alert counts or its end is unknown, and is again once that is known', () => {
  const week = after(span('quiet', 0, 8 * DAY_MS));
  const blind = afterLook(week, [span('unknown', 8 * DAY_MS, 8 * DAY_MS + MINUTE_MS)], HOUR_MS);
  expect(stateAt(blind, 8 * DAY_MS + MINUTE_MS)).toBe('soaking');
  const known = afterLook(blind, [span('quiet', 8 * DAY_MS + MINUTE_MS, 8 * DAY_MS + HOUR_MS)], HOUR_MS);
  expect(stateAt(known, 8 * DAY_MS + HOUR_MS)).toBe('proven');
});

test('M35: too many resets fail it, and so does its deadline, unless it is proven', () => {
  const alerts = (count: number) =>
    after(
      ...Array.from({ length: count }, (_, index) => [
        span('alerting', 2 * index * HOUR_MS, (2 * index + 1) * HOUR_MS),
        span('quiet', (2 * index + 1) * HOUR_MS, (2 * index + 2) * HOUR_MS),
      ]).flat(),
    );
  expect(soakFailure(alerts(2), WEEK, START_MS + DAY_MS)).toBeNull();
  expect(soakFailure(alerts(3), WEEK, START_MS + DAY_MS)).toBe('3 resets, the last one: alerting there');
  expect(stateAt(alerts(1), 21 * DAY_MS - 1)).toBe('soaking');
  expect(soakFailure(alerts(1), WEEK, START_MS + 21 * DAY_MS)).toBe('not proven within its deadline');
  expect(stateAt(after(span('quiet', 0, 21 * DAY_MS)), 21 * DAY_MS)).toBe('proven');
});

const KINDS = { q: 'quiet', a: 'alerting', u: 'unknown' } as const;
type Letter = keyof typeof KINDS;
const GAP_MINUTES = 3;

/** Reads the whole text at once, backwards from its end. */
function recorded(text: string, gap = GAP_MINUTES): { minutes: number; resets: number } {
  const kept = text.replace(/^.*a/, '').replace(new RegExp(`^.*u{${gap + 1},}`), '');
  const count = (pattern: RegExp, of: string) => (of.match(pattern) ?? []).length;
  return {
    minutes: count(/q/g, kept),
    resets: count(/a[au]*/g, text) + count(new RegExp(`u{${gap + 1},}`, 'g'), text),
  };
}

const letters = fc.array(fc.constantFrom<Letter>('q', 'q', 'q', 'u', 'a'), { maxLength: 60 });
/** For each minute: whether a look ends there, how many minutes it repeats, whether it leaves the unknown out. */
const looks = fc.array(
  fc.record({ ends: fc.boolean(), repeats: fc.nat(4), isSilent: fc.boolean(), fails: fc.boolean() }),
  { minLength: 60, maxLength: 60 },
);

test('M35: whatever is seen in whatever looks, the proven time is what a recorder of all minutes has', () => {
  fc.assert(
    fc.property(letters, looks, (minutes, ends) => {
      let soak = newSoak(START_MS);
      let from = 0;
      minutes.forEach((_, index) => {
        const look = ends[index];
        const isLast = index === minutes.length - 1;
        if (look === undefined || !(look.ends || isLast) || (look.fails && !isLast)) return;
        const first = Math.max(0, from - look.repeats);
        const seen = minutes.slice(first, index + 1).map((letter, offset) => {
          const startMs = (first + offset) * MINUTE_MS;
          return span(KINDS[letter], startMs, startMs + MINUTE_MS);
        });
        soak = afterLook(
          soak,
          seen.filter(({ kind }) => isLast || !(look.isSilent && kind === 'unknown')),
          GAP_MINUTES * MINUTE_MS,
        );
        from = index + 1;
      });
      const { provenMs, resets } = soak;
      expect({ minutes: provenMs / MINUTE_MS, resets }).toEqual(recorded(minutes.join('')));
    }),
    { numRuns: 5_000 },
  );
});

test('M35: where the minutes of the looks begin anywhere, the proven time is never more than a finer recorder has', () => {
  const TICKS = 6;
  const TICK_MS = MINUTE_MS / TICKS;
  const ticks = fc.array(fc.constantFrom<Letter>(...'qqqqqqqqqqqqqqqua'.split('').map((one) => one as Letter)), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(ticks, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }), (all, steps) => {
      let soak = newSoak(START_MS);
      let end = 0;
      for (const step of steps) {
        const since = end;
        end = Math.min(all.length, end + step);
        const count = Math.ceil((end - since) / TICKS);
        const seen = Array.from({ length: count }, (_, index) => {
          const to = end - (count - 1 - index) * TICKS;
          const part = all.slice(Math.max(0, to - TICKS), to);
          const kind = part.includes('a') ? 'alerting' : part.includes('u') ? 'unknown' : 'quiet';
          return span(kind, (to - TICKS) * TICK_MS, to * TICK_MS);
        });
        soak = afterLook(soak, seen, GAP_MINUTES * MINUTE_MS);
      }
      const finer = recorded(all.slice(0, end).join(''), GAP_MINUTES * TICKS).minutes * TICK_MS;
      expect(soak.provenMs).toBeLessThanOrEqual(finer);
    }),
    { numRuns: 5_000 },
  );
});
