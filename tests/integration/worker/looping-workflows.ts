/** Workflows that never come to an end by themselves, and one that does. */

import { condition, sleep, workflowInfo } from '@temporalio/workflow';

export async function answer(): Promise<string> {
  return 'answered';
}

export async function loopAtOnce(): Promise<void> {
  loop();
}

/** What no workflow of ours may do: it decides by whether it is replayed. */
export async function loopInReplay(): Promise<void> {
  await sleep(1);
  if (workflowInfo().unsafe.isReplaying) loop();
  await condition(() => false);
}

function loop(): void {
  for (;;);
}
