/** Looks after a watch again and again; everything else goes on whatever fails here. */

import { messageOf } from '../domain/error-message.ts';
import type { Log } from '../runtime/log.ts';
import { pause } from '../runtime/pause.ts';

export interface KeptWatch {
  /** For the log, such as `the watch of the connectivity`. */
  readonly name: string;
  readonly keep: () => Promise<void>;
  readonly log: Log;
  readonly intervalMs: number;
}

/** Runs until the signal is aborted; never rejects. A failure is logged once, and so is its end. */
export async function keepWatch({ name, keep, log, intervalMs }: KeptWatch, signal: AbortSignal): Promise<void> {
  let isFailing = false;
  while (!signal.aborted) {
    try {
      await keep();
      if (isFailing) log.info(`${name} is looked after again`);
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn(`${name} cannot be looked after: ${messageOf(error)}`);
      isFailing = true;
    }
    await pause(intervalMs, signal);
  }
}
