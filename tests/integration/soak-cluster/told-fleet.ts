/** An `upgradeFleet` for tests that keeps what it is told in its history, and does nothing. */

import { condition, setDefaultSignalHandler } from '@temporalio/workflow';

export async function upgradeFleet(): Promise<void> {
  setDefaultSignalHandler(() => {});
  await condition(() => false);
}
