/** What the activities of privileges need, handed in by the maintainer. */

import type { Declarations } from '../../domain/privileges/declaration.ts';
import type { PrivilegesReport } from '../../domain/privileges/report.ts';
import type { ObjectEvents } from '../../kubernetes/client/events.ts';
import type { RunningContainers } from '../../kubernetes/privileges/pods.ts';

export type DeclaredReading =
  | { readonly kind: 'declared'; readonly declarations: Declarations; readonly problem: string | null }
  | { readonly kind: 'refused'; readonly problem: string };

export interface PrivilegesActivityDeps {
  readonly containers: RunningContainers;
  readonly collector: {
    /** Where it asks, for people. */
    readonly url: string;
    /** HTTP status and parsed JSON, or the text where it is none. Throws where no answer came. */
    ask(
      signal: AbortSignal,
      query: Readonly<Record<string, string>>,
    ): Promise<{ readonly status: number; readonly body: unknown }>;
  };
  /** Reads the declared file as it is now. */
  readonly declared: () => DeclaredReading;
  readonly events: ObjectEvents;
  readonly intervalMs: number;
  /** Hooks for metrics. */
  readonly onReport?: (report: PrivilegesReport) => void;
  readonly onUnavailable?: () => void;
}
