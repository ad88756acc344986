/** Waits for the signal that ends a foreground command. */

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Resolves at the first signal. Later ones are ignored: Ctrl-C comes once from the terminal and once from each program
 * in between (npm, the bootstrap) that passes it on. What follows is bounded, and kill -9 is left to the impatient: the
 * watchdog cleans up behind it.
 */
export function signalReceived(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ENDING_SIGNALS) process.on(signal, () => resolve(signal));
  });
}
