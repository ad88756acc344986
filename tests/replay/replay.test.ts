/** Histories of released versions replayed against the bundle as it is built now. */

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { GuardedWorker } from '../../temporal/worker/guarded-worker.ts';
import { type Replayed, replayRecordedHistories } from './recorded-histories.ts';

const HISTORIES_MIN = 30;
const IN_ZONE = fileURLToPath(new URL('replay-in-zone.ts', import.meta.url));

test.each([
  { of: 'the SDK', worker: Worker },
  { of: 'the product', worker: GuardedWorker },
])('H12, H15: every recorded history replays without non-determinism in the worker of $of', async ({ worker }) => {
  expectAllReplayed(await replayRecordedHistories(worker));
});

test.each(['America/New_York', 'Pacific/Chatham'])(
  'M36: every recorded history replays alike in the time zone %s',
  async (timeZone) => {
    const env = { ...process.env, TZ: timeZone };
    const child = spawn(process.execPath, [IN_ZONE], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const said: unknown = JSON.parse(await text(child.stdout));
    const { replayed, ...zone } = said as { readonly timeZone: string; readonly replayed: readonly Replayed[] };
    expect(zone).toEqual({ timeZone });
    expectAllReplayed(replayed);
  },
);

function expectAllReplayed(replayed: readonly Replayed[]): void {
  expect(replayed.filter(({ problem }) => problem !== null)).toEqual([]);
  expect(replayed.length).toBeGreaterThanOrEqual(HISTORIES_MIN);
}
