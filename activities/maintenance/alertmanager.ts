/** Alerts from Alertmanager: it knows silences, but only of the moment. */

import { isRecord, list, open, value } from '../../contracts/shape.ts';
import { type AlertVerdict, alerting, describeAlerts, MINUTE_MS } from '../../domain/maintenance/alert-gate.ts';
import { formatLabelMatcher, type LabelMatcher } from '../../domain/maintenance/label-matchers.ts';
import { type AlertSource, type AlertSourceDeps, answerOf, knownOrNot } from './alert-source.ts';
import { countedAlerts } from './prometheus.ts';

interface Alert {
  readonly labels: Readonly<Record<string, unknown>>;
}

const ALERTS_MAX = 100_000;
const alerts = list(open<Alert>({ labels: value('labels', isRecord) }), ALERTS_MAX);

export function alertmanagerAlerts(deps: AlertSourceDeps): AlertSource {
  return {
    isOfMoments: true,
    verdict: (_sinceMs, signal) => knownOrNot(deps, signal, (bounded) => look(deps, bounded)),
    minutes: (_sinceMs, signal) =>
      knownOrNot(deps, signal, async (bounded) => {
        const verdict = await look(deps, bounded);
        const toMs = deps.now();
        const detail = describeAlerts(verdict) ?? '';
        return { kind: 'known', spans: [{ fromMs: toMs - MINUTE_MS, toMs, kind: verdict.kind, detail }] };
      }),
  };
}

async function look(deps: AlertSourceDeps, signal: AbortSignal): Promise<AlertVerdict> {
  const { rules } = deps;
  const heartbeat: LabelMatcher = { label: 'alertname', operator: '=', value: rules.heartbeat };
  const [counted, beats] = await Promise.all([
    askAlerts(deps, { matchers: countedAlerts(rules), hidden: false }, signal),
    // Also where somebody has silenced it.
    askAlerts(deps, { matchers: [heartbeat], hidden: true }, signal),
  ]);
  if (counted.length > 0) return alerting(counted.map(nameOf), deps.now());
  // Alerts end by themselves when nobody sends them any more, and the list is as empty as in the best of health.
  if (beats.length === 0) return { kind: 'unknown', message: `${deps.client.url}: ${rules.heartbeat} does not fire` };
  return { kind: 'quiet' };
}

/** `hidden`: also alerts that are silenced or inhibited. */
async function askAlerts(
  deps: AlertSourceDeps,
  { matchers, hidden }: { readonly matchers: readonly LabelMatcher[]; readonly hidden: boolean },
  signal: AbortSignal,
): Promise<readonly Alert[]> {
  const query = new URLSearchParams({ active: 'true', silenced: String(hidden), inhibited: String(hidden) });
  for (const matcher of matchers) query.append('filter', formatLabelMatcher(matcher));
  return answerOf(deps, { path: `/api/v2/alerts?${query.toString()}`, signal, check: alerts });
}

function nameOf({ labels }: Alert): string {
  return typeof labels['alertname'] === 'string' ? labels['alertname'] : 'an alert without a name';
}
