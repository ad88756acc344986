/** What the health of a node informer means for the readiness of its process. */

export interface InformerSigns {
  readonly synced: boolean;
  readonly failuresInARow: number;
  readonly lastError: string | null;
}

/** A watch that breaks now and then is normal; one that cannot be opened again is not. */
const FAILURES_MAX = 3;

/** `what` is watched, in the plural. */
export function informerProblem({ synced, failuresInARow, lastError }: InformerSigns, what = 'nodes'): string | null {
  const reason = lastError === null ? '' : `: ${lastError}`;
  if (!synced) return `the ${what} were not listed yet${reason}`;
  return failuresInARow >= FAILURES_MAX ? `the ${what} are not watched${reason}` : null;
}
