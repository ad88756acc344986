/** Windows, freezes and alerts as the configuration has them, asked for each purpose and group. */

import type { AlertSource } from '../activities/maintenance/alert-source.ts';
import { alertmanagerAlerts } from '../activities/maintenance/alertmanager.ts';
import type { MaintenanceActivityDeps } from '../activities/maintenance/deps.ts';
import { lookAtGates } from '../activities/maintenance/gates.ts';
import { prometheusAlerts } from '../activities/maintenance/prometheus.ts';
import type { Config } from '../config/schema/config.ts';
import type { AlertVerdict } from '../domain/maintenance/alert-gate.ts';
import type { MaintenanceCalendar } from '../domain/maintenance/calendar.ts';
import type { Purpose } from '../domain/maintenance/facts.ts';
import { createJsonClient, type JsonClient } from '../runtime/json-client.ts';

export interface MaintenanceGates {
  readonly gatesFor: MaintenanceActivityDeps['gatesFor'];
  /** Null where no alerts are looked at. */
  readonly alerts: AlertSource | null;
  /** Whether alerts fired since then; null where they are not looked at. */
  readonly alertsSince: (sinceMs: number) => Promise<AlertVerdict | null>;
  /** For other questions; null where the source of alerts is none, or another one. */
  readonly prometheus: JsonClient | null;
  close(): Promise<void>;
}

interface GateParts {
  readonly now: () => number;
  readonly onCaProblem: (message: string) => void;
}

type Maintenance = Pick<Config['maintenance'], 'budget' | 'freezes' | 'gates' | 'reboots' | 'upgrade'>;

/** Rules and their states of a large installation are a tenth of it. */
const BODY_BYTES_MAX = 16 * 1_048_576;

export function maintenanceGates(maintenance: Maintenance, { now, onCaProblem }: GateParts): MaintenanceGates {
  const { alerts } = maintenance.gates;
  const { url, tokenFile, caFile } = alerts;
  const place = 'maintenance.gates.alerts';
  const client = createJsonClient({
    url,
    ...(tokenFile === undefined ? {} : { tokenFile: { path: tokenFile, key: `${place}.tokenFile` } }),
    ...(caFile === undefined ? {} : { caFile: { path: caFile, key: `${place}.caFile` } }),
    bodyBytesMax: BODY_BYTES_MAX,
    onCaProblem,
  });
  const source = sourceOf(alerts, { client, now });
  const deps = { alerts: source, lookBackMs: alerts.checkEveryMs, now };
  const signal = new AbortController().signal;
  const looked = new Map<string, number>();
  return {
    async gatesFor({ purpose, group }) {
      const question = `${purpose}/${group}`;
      const lookedMs = looked.get(question) ?? null;
      looked.set(question, now());
      return lookAtGates(deps, { calendar: calendarOf(maintenance, { purpose, group }), lookedMs }, signal);
    },
    alerts: source,
    alertsSince: async (sinceMs) => deps.alerts?.verdict(sinceMs, signal) ?? null,
    prometheus: alerts.source === 'prometheus' && url !== '' ? client : null,
    close: () => client.close(),
  };
}

/** What a person begins is held to freezes alone. */
function calendarOf(
  { budget, freezes, reboots, upgrade }: Maintenance,
  { purpose, group }: { readonly purpose: Purpose; readonly group: string },
): MaintenanceCalendar {
  const windows = budget.groups.find(({ name }) => name === group)?.windows ?? [];
  if (purpose === 'by-hand') return { freezes, narrowing: [] };
  const ofPurpose = { reboot: reboots.windows, upgrade: upgrade.windows }[purpose];
  return { freezes, narrowing: [windows, ofPurpose] };
}

function sourceOf(
  alerts: Maintenance['gates']['alerts'],
  { client, now }: { readonly client: ReturnType<typeof createJsonClient>; readonly now: () => number },
): AlertSource | null {
  const { source, url, startTime = null } = alerts;
  if (source === 'none') return null;
  if (url === '') return NOT_CONFIGURED;
  const deps = { client, rules: alerts, now };
  return source === 'alertmanager' ? alertmanagerAlerts(deps) : prometheusAlerts({ ...deps, startTime });
}

const NO_URL = {
  kind: 'unknown',
  message: 'maintenance.gates.alerts.url is not set: set it, or source: none to look at no alerts',
} as const;

/** Nobody may go on without looking at alerts by having forgotten to say so. */
const NOT_CONFIGURED: AlertSource = {
  isOfMoments: false,
  verdict: async () => NO_URL,
  minutes: async () => NO_URL,
};
