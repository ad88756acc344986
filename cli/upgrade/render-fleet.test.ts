/** The status of a run over several clusters as people read it. */

import { expect, test } from '@jest/globals';
import { fleetInput } from '../../tests/fixtures/upgrade.ts';
import { renderFleet, renderFleetResult } from './render-fleet.ts';

const NOW_MS = Date.UTC(2026, 10, 29, 12);
const HOUR_MS = 3_600_000;
const { run, versions, startedBy } = fleetInput();
const CLUSTER = { sinceMs: NOW_MS - HOUR_MS, detail: '', survey: null, isUnreachable: false, soak: null } as const;
const SOAK = {
  state: 'soaking',
  detail: '',
  provenMs: 50 * HOUR_MS,
  resets: 1,
  lookedMs: NOW_MS,
  intervalMs: 600_000,
} as const;

test('stages, clusters, what is waited for, how much is soaked, and who has decided what', () => {
  const text = renderFleet(
    {
      run,
      versions,
      startedBy,
      state: 'soaking',
      outcome: null,
      detail: '',
      stage: 'staging',
      waitsFor: ['the soak of weu: 4 d 22 h left'],
      clusters: [
        {
          ...CLUSTER,
          stage: 'staging',
          cluster: 'weu',
          phase: 'soaking',
          soak: SOAK,
          survey: { kind: 'clear', detail: '' },
        },
        {
          ...CLUSTER,
          stage: 'production',
          cluster: 'neu',
          phase: 'waiting',
          survey: { kind: 'blocked', detail: 'budgets: default/web' },
        },
        {
          ...CLUSTER,
          stage: 'production',
          cluster: 'eus',
          phase: 'skipped',
          detail: 'skipped by anna: CHG-1',
          isUnreachable: true,
        },
      ],
      pause: null,
      decisions: [{ atMs: NOW_MS, what: 'skip of eus', by: 'anna', reason: 'CHG-1' }],
    },
    { format: 'table', nowMs: NOW_MS },
  );
  expect(text).toBe(`run 2026-48-v1-37 to v1.37.2; started by anna
soaking, stage staging
- the soak of weu: 4 d 22 h left

STAGE       CLUSTER  PHASE    FOR  SURVEY   SOAKED             DETAIL
staging     weu      soaking  1 h  clear    2 d 2 h, 1 resets
production  neu      waiting  1 h  blocked                     budgets: default/web
production  eus      skipped  1 h                              takes no work; skipped by anna: CHG-1
2026-11-29T12:00:00.000Z skip of eus by anna: CHG-1
`);
});

test('a run that has ended: what became of it and of each cluster', () => {
  const text = renderFleetResult(run, {
    outcome: 'partial',
    detail: 'not upgraded: neu',
    clusters: [
      { cluster: 'weu', stage: 'staging', outcome: 'done', detail: '' },
      { cluster: 'neu', stage: 'production', outcome: 'skipped', detail: 'skipped by anna: CHG-1' },
    ],
    decisions: [{ atMs: NOW_MS, what: 'skip of neu', by: 'anna', reason: 'CHG-1' }],
  });
  expect(text).toBe(`run 2026-48-v1-37 ended partial: not upgraded: neu

STAGE       CLUSTER  OUTCOME  DETAIL
staging     weu      done
production  neu      skipped  skipped by anna: CHG-1
2026-11-29T12:00:00.000Z skip of neu by anna: CHG-1
`);
});
