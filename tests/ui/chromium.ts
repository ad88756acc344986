/** A headless Chromium of the machine, with a profile folder of its own. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { findOnPath } from '../../sandbox/tools/path-search.ts';

export interface Browser {
  readonly page: Page;
  close(): Promise<void>;
}

/** Under load a page of the Temporal UI takes several seconds. */
const ACTION_TIMEOUT_MS = 30_000;

/** The browser shall talk to the page alone, and find no profile of a person. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Null where the machine has none; `.ci/run` installs it. */
export function findChromium(): Promise<string | null> {
  return findOnPath('chromium');
}

export async function openBrowser(
  executablePath: string,
  viewport: { readonly width: number; readonly height: number },
): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'vigilante-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport,
    timezoneId: 'UTC',
    args: ARGUMENTS,
  });
  context.setDefaultTimeout(ACTION_TIMEOUT_MS);
  const [page = await context.newPage()] = context.pages();
  return {
    page,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
