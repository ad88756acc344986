/** The heals in the real Temporal UI, in a headless Chromium: what a person sees there, and a signal sent from there. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { DEFAULT_HEALED_ANNOTATION } from '../../contracts/healing/names.ts';
import { startComponents } from '../../sandbox/commands/components.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type Browser, findChromium, openBrowser } from '../ui/chromium.ts';
import { openCurrentDetails, type ShownHeal, shownHeal, untilPodsProved } from '../ui/shown-heal.ts';
import { TemporalUi } from '../ui/temporal-ui.ts';

const WAIT_MS = 120_000;
const chromium = await findChromium();
const inChromium = chromium === null ? test.skip : test;
const title = (words: string) =>
  chromium === null ? `${words} (skipped: no chromium on the PATH; Debian: apt-get install chromium)` : words;

const EventsSchema = z.object({ items: z.array(z.object({ reason: z.string(), message: z.string() })) });

let sandbox: Sandbox;
let browser: Browser;
let ui: TemporalUi;
let heal: ShownHeal;

beforeAll(async () => {
  if (chromium === null) return;
  // Long enough that no heal ends while it is looked at.
  sandbox = await startSandbox({ report: () => {}, vigilante: { healing: { window: '10m', interval: '5s' } } });
  await startComponents(sandbox);
  await sandbox.addNode('win-1');
  await sandbox.addNode('win-2', { behaviour: 'failing' });
  heal = await shownHeal(sandbox, 'win-1');
  browser = await openBrowser(chromium, { width: 1_600, height: 900 });
  ui = new TemporalUi(browser.page, sandbox.env.TEMPORAL_UI_URL);
  await untilPodsProved(heal, 1);
});

afterAll(async () => {
  await browser?.close();
  await heal?.close();
  await sandbox?.stop();
});

async function eventsOf(node: string): Promise<readonly { reason: string; message: string }[]> {
  const fields = encodeURIComponent(`involvedObject.kind=Node,involvedObject.name=${node},source=vigilante`);
  const answer = await sandbox.api.demand('GET', `/api/v1/namespaces/default/events?fieldSelector=${fields}`);
  return EventsSchema.parse(answer.body).items;
}

inChromium(title('the list finds heals by their search attributes and shows them in columns'), async () => {
  await ui.openList('VigilanteState="healing" AND VigilanteNode="win-1"');
  await ui.addColumn('VigilanteNode');
  await ui.addColumn('VigilanteState');
  const row = ui.row('heal-node/sandbox/win-1');
  await row.getByText('win-1', { exact: true }).waitFor();
  await row.getByText('healing', { exact: true }).waitFor();
  expect(await ui.row('heal-node/sandbox/win-2').count()).toBe(0);
});

inChromium(title('the page of a heal says in words what is going on'), async () => {
  const details = await openCurrentDetails(ui, heal);
  expect(details).toMatch(/^Healing node win-1: \d+ of \d+ pods proved their network \(3 needed\)\./);
  expect(await ui.metadata('Summary')).toBe('Heal Windows node win-1 of sandbox');
  expect(await ui.metadata('Details')).toContain(DEFAULT_HEALED_ANNOTATION);
  await browser.page.getByText('judge pod 1, create pod 2').first().waitFor();
});

inChromium(title('H13: the signal restartHealing, sent from the page, begins a new window'), async () => {
  const before = await heal.status();
  await ui.openMetadata(await heal.run());
  await ui.sendSignal('restartHealing', '{"reason": "asked for in the UI"}');
  const node = await waitUntil(
    async () => {
      const found = await sandbox.getNode('win-1');
      return found?.annotations[DEFAULT_HEALED_ANNOTATION] === 'false' ? found : null;
    },
    { what: 'the annotation to be false', timeoutMs: WAIT_MS },
  );
  expect(node.ready).toBe(true);
  await waitUntil(
    async () =>
      (await eventsOf('win-1')).some(
        ({ reason, message }) =>
          reason === 'HealingStarted' && message.includes('restarted by signal: asked for in the UI'),
      ),
    {
      what: 'the Event of the new window',
      timeoutMs: WAIT_MS,
      explain: async () => JSON.stringify(await eventsOf('win-1')),
    },
  );
  const after = await waitUntil(
    async () => {
      const status = await heal.status();
      return status.windowStartMs !== before.windowStartMs ? status : null;
    },
    { what: 'the new window', timeoutMs: WAIT_MS },
  );
  expect(after.windowStartMs).toBeGreaterThan(before.windowStartMs ?? Number.POSITIVE_INFINITY);
  expect(after.attemptsInWindow).toBeLessThan(after.attempts);
});
