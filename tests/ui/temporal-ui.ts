/** The pages of the real Temporal UI, as a person uses them. */

import type { Locator, Page } from 'playwright-core';

export interface HealRun {
  readonly workflowId: string;
  readonly runId: string;
}

const NAMESPACE = 'default';

/** The page is drawn before its buttons listen: a click that did nothing is made again. */
const CLICK_EFFECT_MS = 3_000;
const CLICKS_MAX = 10;

export class TemporalUi {
  readonly page: Page;
  private readonly baseUrl: string;

  constructor(page: Page, baseUrl: string) {
    this.page = page;
    this.baseUrl = baseUrl;
  }

  /** The list of workflows that match the query. */
  async openList(query: string): Promise<void> {
    await this.open(`workflows?query=${encodeURIComponent(query)}`);
  }

  /** Column of a search attribute in the list; the UI keeps the choice in the browser. */
  async addColumn(name: string): Promise<void> {
    const { page } = this;
    const settings = page.getByTestId('workflows-summary-table-configuration-button');
    const add = page.getByRole('button', { name: `Add ${name} column` });
    await clickUntil(settings, add);
    await add.click();
    await page.getByRole('button', { name: 'Close Workflows Table configuration' }).click();
  }

  row(workflowId: string): Locator {
    return this.page.getByRole('row').filter({ has: this.page.getByRole('link', { name: workflowId, exact: true }) });
  }

  async openMetadata(run: HealRun): Promise<void> {
    await this.open(`workflows/${encodeURIComponent(run.workflowId)}/${run.runId}/user-metadata`);
  }

  async openHistory(run: HealRun): Promise<void> {
    await this.open(`workflows/${encodeURIComponent(run.workflowId)}/${run.runId}/history`);
  }

  /** Text below a heading of the tab "User Metadata": `Summary`, `Details` or `Current Details`. */
  async metadata(heading: string): Promise<string> {
    const frame = this.page.locator(`xpath=//h3[normalize-space()="${heading}"]/following::iframe[1]`);
    return (await frame.contentFrame().locator('body').innerText()).trim();
  }

  /** Through the menu "More Actions" and its dialog. */
  async sendSignal(name: string, input: string): Promise<void> {
    const { page } = this;
    const item = page.getByRole('menuitem', { name: 'Send a Signal' });
    await clickUntil(page.getByRole('button', { name: 'More Actions' }), item);
    await item.click();
    const dialog = page.getByRole('dialog');
    const option = page.getByRole('option', { name });
    await clickUntil(dialog.getByTestId('signal-select-button'), option);
    await option.click();
    await dialog.getByRole('textbox').last().fill(input);
    await dialog.getByRole('button', { name: 'Submit' }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  private async open(path: string): Promise<void> {
    await this.page.goto(`${this.baseUrl}/namespaces/${NAMESPACE}/${path}`, { waitUntil: 'domcontentloaded' });
  }
}

async function clickUntil(target: Locator, effect: Locator): Promise<void> {
  for (let clicks = 1; clicks < CLICKS_MAX; clicks++) {
    await target.click();
    const shown = await effect.waitFor({ timeout: CLICK_EFFECT_MS }).then(
      () => true,
      () => false,
    );
    if (shown) return;
  }
  await target.click();
  await effect.waitFor();
}
