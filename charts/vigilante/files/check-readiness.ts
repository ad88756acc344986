/**
 * Run by `helm test` in a pod of the image, as text and with Node alone: asks each component by its Service whether it is
 * ready. Arguments: SECONDS NAME=URL… Exit code 0 when all are, 1 when one is not within these seconds.
 */

import { setTimeout as sleep } from 'node:timers/promises';

const ASK_EVERY_MS = 2_000;
const ANSWER_WITHIN_MS = 5_000;

async function problemOf(url: string): Promise<string | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return answer.ok ? null : `${answer.status} ${(await answer.text()).trim()}`;
  } catch (error) {
    // What `fetch` throws says only that it failed.
    const reason: unknown = error instanceof Error ? (error.cause ?? error) : error;
    return reason instanceof Error ? reason.message : 'no answer';
  }
}

async function check({ name, url }: { name: string; url: string }, deadlineMs: number): Promise<boolean> {
  for (;;) {
    const problem = await problemOf(url);
    if (problem === null) {
      console.log(`${name} is ready`);
      return true;
    }
    if (performance.now() >= deadlineMs) {
      console.log(`${name} is not ready: ${url}: ${problem}`);
      return false;
    }
    await sleep(ASK_EVERY_MS);
  }
}

// With --eval the first argument is at the place of the script's name.
const [, seconds, ...components] = process.argv;
const deadlineMs = performance.now() + Number(seconds) * 1_000;
const ready = await Promise.all(
  components.map((component) => {
    const at = component.indexOf('=');
    return check({ name: component.slice(0, at), url: component.slice(at + 1) }, deadlineMs);
  }),
);
process.exitCode = ready.includes(false) ? 1 : 0;
