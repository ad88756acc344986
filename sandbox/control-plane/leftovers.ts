/** Ends the parts that an earlier process of the kubelets has left: they hold the ports of those that come now. */

import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../error-code.ts';
import type { SandboxLayout } from '../layout.ts';
import { controlPlaneNodes } from '../parts/place.ts';
import { podProcesses } from './pod-processes.ts';

const POLL_MS = 50;
const ROUNDS_MAX = 200;

export async function endLeftovers(layout: SandboxLayout): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const left = await Promise.all(controlPlaneNodes(layout).map((place) => podProcesses(layout, place)));
    if (left.flat().length === 0) return;
    for (const { pid } of left.flat()) killIfThere(pid);
    await sleep(POLL_MS);
  }
  throw new Error('static pods of an earlier process do not end');
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
