/** Whether a process can do its work, and what is missing. */

/** Returns null when ready, else what is not, as a message. Asked at every probe: it answers from what is known. */
export type ReadinessCheck = () => string | null;

/** What a check answers that has nothing to complain about. */
export const FINE = 'ok';

export interface Readiness {
  readonly ready: boolean;
  /** By check: `ok`, or what is not ready. */
  readonly checks: Readonly<Record<string, string>>;
  /** What is amiss without keeping the process from its work, by name: `ok`, or what it is. */
  readonly warnings?: Readonly<Record<string, string>>;
}

type Checks = Readonly<Record<string, ReadinessCheck>>;

export interface ReadinessBoard<Name extends string> {
  /** What /readyz answers now. */
  readonly answer: () => Readiness;
  /** Called when a part is up: from then on it answers for itself. */
  register(name: Name, check: ReadinessCheck): void;
}

/** `starting` answers for each part until it registers its own check; it stays where a part is up from the start. */
export function createReadiness<Name extends string>(
  starting: Readonly<Record<Name, ReadinessCheck>>,
  warnings?: Checks,
): ReadinessBoard<Name> {
  const checks: Record<Name, ReadinessCheck> = { ...starting };
  return {
    answer: readinessOf(checks, warnings),
    register(name, check) {
      checks[name] = check;
    },
  };
}

/** `warnings` are answered with the checks, and decide nothing. */
export function readinessOf(checks: Checks, warnings: Checks = {}): () => Readiness {
  return () => {
    const answers = answersOf(checks);
    return {
      ready: Object.values(answers).every((answer) => answer === FINE),
      checks: answers,
      ...(Object.keys(warnings).length === 0 ? {} : { warnings: answersOf(warnings) }),
    };
  };
}

function answersOf(checks: Checks): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, check() ?? FINE]));
}
