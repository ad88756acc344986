/** A look of a soak: when it looks, what it asks for, and that what is not answered is said. */

import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { LookAtAlertsInput, LookAtAlertsResult } from '../../contracts/upgrade/soak-cluster.ts';
import type { AlertMinutes, AlertSource } from '../maintenance/alert-source.ts';
import { createSoakActivities, type SoakDeps } from './soak.ts';

const SHOWN = { provenMs: 60_000, remainingMs: 0, newResets: 1, isBlind: false };
const NOW_MS = Date.UTC(2026, 10, 29);
const MINUTE: AlertMinutes = {
  kind: 'known',
  spans: [{ fromMs: NOW_MS - 60_000, toMs: NOW_MS, kind: 'quiet', detail: '' }],
};

interface Looked extends LookAtAlertsResult {
  readonly asked: readonly number[];
  readonly shown: readonly LookAtAlertsInput['shown'][];
}

async function look(
  source: { readonly minutes: AlertMinutes; readonly isOfMoments?: boolean } | null,
  { attempt = 1, waitMs = 0 } = {},
): Promise<Looked> {
  const asked: number[] = [];
  const shown: LookAtAlertsInput['shown'][] = [];
  let nowMs = NOW_MS;
  const alerts: AlertSource | null = source && {
    isOfMoments: source.isOfMoments ?? false,
    verdict: async () => ({ kind: 'quiet' }),
    async minutes(sinceMs) {
      asked.push(sinceMs);
      return source.minutes;
    },
  };
  const deps: SoakDeps = {
    alerts,
    intervalMs: 600_000,
    gapMaxMs: 3_600_000,
    now: () => nowMs,
    onSoak: (one) => shown.push(one),
    wait: async (forMs) => {
      nowMs += forMs;
    },
  };
  const input = { sinceMs: NOW_MS - 600_000, atMs: NOW_MS + waitMs, shown: SHOWN };
  const result = await new MockActivityEnvironment({ attempt }).run<
    [],
    LookAtAlertsResult,
    () => Promise<LookAtAlertsResult>
  >(() => createSoakActivities(deps).lookAtAlerts(input));
  return { ...result, asked, shown };
}

test('M35: one question for the whole time since the last look, when the look is due', async () => {
  const found = await look({ minutes: MINUTE }, { waitMs: 300_000 });
  expect(found).toMatchObject({ asked: [NOW_MS - 600_000], problem: null, intervalMs: 600_000, gapMaxMs: 3_600_000 });
  expect(found.spans).toEqual(MINUTE.kind === 'known' ? MINUTE.spans : []);
});

test('M35: a source that knows only the moment is asked each minute until then', async () => {
  const found = await look({ minutes: MINUTE, isOfMoments: true }, { waitMs: 290_000 });
  expect(found.asked).toHaveLength(5);
  expect(found.spans).toHaveLength(5);
});

test('M35: no answer is said, and so is that the cluster looks at no alerts', async () => {
  const away = await look({ minutes: { kind: 'unknown', message: 'ECONNREFUSED' } });
  expect(away).toMatchObject({ spans: [], problem: 'ECONNREFUSED' });
  expect(await look(null)).toMatchObject({ spans: [], problem: expect.stringContaining('source is none') });
});

test('M52: a look that is tried again counts no reset twice', async () => {
  expect((await look({ minutes: MINUTE })).shown).toEqual([SHOWN]);
  expect((await look({ minutes: MINUTE }, { attempt: 2 })).shown).toEqual([{ ...SHOWN, newResets: 0 }]);
});
