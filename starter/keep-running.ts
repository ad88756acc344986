/** Keeps a workflow running that needs nothing from the starter but to be there. */

import type { Log } from '../runtime/log.ts';
import { keepWatch } from './keep-watch.ts';

export interface KeptWorkflow {
  /** For the log, such as `the guard of the maintenance`. */
  readonly name: string;
  /** All of them must be true for it to run; such as `maintenance.enabled`. */
  readonly settings: Readonly<Record<string, boolean>>;
  readonly workflow: { ensure(): Promise<void>; isRunning(): Promise<boolean> };
  readonly log: Log;
  readonly intervalMs: number;
}

/** Runs until the signal is aborted; never rejects. One that runs although it is not enabled is left alone, and said. */
export function keepRunning(kept: KeptWorkflow, signal: AbortSignal): Promise<void> {
  const { name, settings, workflow, log, intervalMs } = kept;
  const missing = Object.keys(settings).filter((key) => settings[key] !== true);
  let isAsked = false;

  async function leaveAlone(): Promise<void> {
    if (isAsked) return;
    const runs = await workflow.isRunning();
    if (runs) log.info(`${missing.join(' and ')} is false: ${name} that runs is left alone`);
    isAsked = true;
  }

  const keep = () => (missing.length === 0 ? workflow.ensure() : leaveAlone());
  return keepWatch({ name, keep, log, intervalMs }, signal);
}
