/** Whether a process can do its work, and what is missing. */

/** Returns null when ready, else what is not, in words. Asked at every probe: it answers from what is known. */
export type ReadinessCheck = () => string | null;

/** What a check answers that has nothing to complain about. */
export const FINE = 'ok';

export interface Readiness {
  readonly ready: boolean;
  /** By check: `ok`, or what is not ready. */
  readonly checks: Readonly<Record<string, string>>;
}

export function readinessOf(checks: Readonly<Record<string, ReadinessCheck>>): () => Readiness {
  return () => {
    const answers = Object.entries(checks).map(([name, check]) => [name, check()] as const);
    return {
      ready: answers.every(([, problem]) => problem === null),
      checks: Object.fromEntries(answers.map(([name, problem]) => [name, problem ?? FINE])),
    };
  };
}
