/** Looks whether alerts fired since the last look of a soak: waits until the look is due, and asks for the whole time. */

import { activityInfo, cancellationSignal, sleep } from '@temporalio/activity';
import type { LookAtAlertsInput, LookAtAlertsResult, SoakActivities } from '../../contracts/upgrade/soak-cluster.ts';
import { MINUTE_MS } from '../../domain/maintenance/alert-gate.ts';
import type { AlertSpan } from '../../domain/maintenance/alert-minutes.ts';
import type { AlertSource } from '../maintenance/alert-source.ts';

export interface SoakDeps {
  /** Null where the cluster looks at no alerts: then nothing is ever proven. */
  readonly alerts: AlertSource | null;
  readonly intervalMs: number;
  readonly gapMaxMs: number;
  readonly now: () => number;
  /** For the metrics; `newResets` are counted once, though the look be tried again. */
  readonly onSoak: (shown: LookAtAlertsInput['shown']) => void;
  /** Default: by the clock, until the worker ends. */
  readonly wait?: (forMs: number) => Promise<void>;
}

const NO_SOURCE = 'maintenance.gates.alerts.source is none: without alerts nothing can be proven';

export function createSoakActivities(deps: SoakDeps): SoakActivities {
  return {
    async lookAtAlerts({ sinceMs, atMs, shown }) {
      deps.onSoak(activityInfo().attempt === 1 ? shown : { ...shown, newResets: 0 });
      const { intervalMs, gapMaxMs } = deps;
      return { ...(await look(deps, { sinceMs, atMs })), intervalMs, gapMaxMs };
    },
  };
}

async function look(
  { alerts, now, wait = sleep }: SoakDeps,
  { sinceMs, atMs }: Pick<LookAtAlertsInput, 'sinceMs' | 'atMs'>,
): Promise<Pick<LookAtAlertsResult, 'spans' | 'problem'>> {
  if (alerts === null) {
    await wait(Math.max(0, atMs - now()));
    return { spans: [], problem: NO_SOURCE };
  }
  const spans: AlertSpan[] = [];
  for (;;) {
    const leftMs = Math.max(0, atMs - now());
    const waitMs = alerts.isOfMoments ? Math.min(leftMs, MINUTE_MS) : leftMs;
    await wait(waitMs);
    const found = await alerts.minutes(sinceMs, cancellationSignal());
    if (found.kind === 'known') spans.push(...found.spans);
    if (waitMs === leftMs) return { spans, problem: found.kind === 'known' ? null : found.message };
  }
}
