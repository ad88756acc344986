/** The watch of reboots while it is paused, on a server of its own: after other tests its time was seen not to skip. */

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { evaluateNow, pauseReboots, resumeReboots } from '../../../contracts/maintenance/watch-reboots.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { type Harness, startHarness } from '../heal-node/harness.ts';
import { needy, surveyOf, withReboots } from './harness.ts';

jest.setTimeout(100_000);

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => harness?.env.teardown());

const UNTIL = { timeoutMs: 60_000, pollMs: 20 };

test('while it is paused nothing is started; a pause ends by itself, or by hand with a look at once', async () => {
  await withReboots(
    harness,
    () => {},
    async ({ world, handle, looked, status }) => {
      await looked(1);
      const nowMs = await harness.env.currentTimeMs();
      await handle.signal(pauseReboots, { by: 'anna', reason: 'audit', untilMs: nowMs + 40 * 86_400_000 });
      // Not a payload: ignored.
      await handle.signal('pauseReboots', { by: 'anna' });
      const { pause } = await status();
      expect(pause).toMatchObject({ by: 'anna', reason: 'audit' });
      expect((pause?.untilMs ?? 0) - nowMs).toBeLessThan(14.1 * 86_400_000);
      world.survey = () => surveyOf([needy('lin-1')]);
      const lookNow = () => handle.executeUpdate(evaluateNow);
      expect(await lookNow()).toMatchObject({ inWork: [], rows: [{ node: 'lin-1', kind: 'reboot' }] });
      await handle.signal(resumeReboots);
      await waitUntil(async () => world.maintained.length === 1, { what: 'the maintenance', ...UNTIL });
      expect(await status()).toMatchObject({ pause: null, inWork: ['lin-1'] });
      const untilMs = (await harness.env.currentTimeMs()) + 400_000;
      await handle.signal(pauseReboots, { by: 'anna', reason: 'again', untilMs });
      world.survey = () => surveyOf([needy('lin-2')]);
      expect(await lookNow()).toMatchObject({ pause: { reason: 'again' }, inWork: ['lin-1'] });
      await harness.env.sleep(500_000);
      expect(await lookNow()).toMatchObject({ pause: null, inWork: ['lin-1', 'lin-2'] });
    },
  );
});
