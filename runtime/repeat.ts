/** Does something again and again in the background until it is stopped. */

import { pause } from './pause.ts';

export interface Repeating {
  /** Resolves when the last turn has ended. */
  stop(): Promise<void>;
}

/** The pause lies between the end of a turn and the next one. `turn` never throws. */
export function repeat(turn: () => Promise<void>, everyMs: number): Repeating {
  const stopping = new AbortController();
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await turn();
      await pause(everyMs, stopping.signal);
    }
  }
}
