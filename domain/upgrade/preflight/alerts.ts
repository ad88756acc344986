/** Check `alerts`: the gate of the alerts, as a finding for each of them. */

import { type AlertVerdict, describeAlerts } from '../../maintenance/alert-gate.ts';
import type { Finding } from './finding.ts';

export function alertFindings(verdict: AlertVerdict): readonly Finding[] {
  const detail = describeAlerts(verdict);
  if (detail === null) return [];
  if (verdict.kind !== 'alerting') return [{ answer: 'unknown', object: 'alerts', detail }];
  return verdict.names.map((object) => ({ answer: 'block', object, detail }));
}
