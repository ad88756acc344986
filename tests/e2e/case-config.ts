/** The configuration in which edge cases are played one after the other, and the nodes of a storm. */

import { randomUUID } from 'node:crypto';
import type { VigilanteConfig } from '../../sandbox/folder.ts';
import { MACHINE_ANNOTATION } from '../../sandbox/machines/machine-behaviour.ts';
import { LINUX_GROUP, REBOOT_EXECUTOR } from '../../sandbox/machines/maintenance-config.ts';
import type { AddNodeOptions } from '../../sandbox/nodes.ts';

const STORM_LABEL = 'example.org/storm';

/** Labels of the node whose webhook is drained: it waits for minutes beside the others. */
export const WEBHOOK_LABELS = { 'example.org/webhook': '' } as const;

/** 15 nodes: four are in work while six, which is 40 %, are lost. The rest needs no maintenance, or waits. */
export const STORM = {
  group: 'storm',
  inWork: names(1, 4),
  lost: names(5, 10),
  waiting: names(11, 13),
  others: names(14, 15),
} as const;

function names(first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `storm-${String(first + index).padStart(2, '0')}`);
}

export function stormNodes(): readonly (AddNodeOptions & { readonly name: string })[] {
  const { inWork, lost, waiting, others } = STORM;
  return [...inWork, ...lost, ...waiting, ...others].map((name) => ({
    name,
    os: 'linux',
    boot: randomUUID(),
    labels: { [STORM_LABEL]: '' },
    // Long enough for the storm to begin meanwhile.
    annotations: { [MACHINE_ANNOTATION]: inWork.includes(name) ? 'returns-late:45s' : 'reboots' },
  }));
}

/** It runs on the node `blocked`. */
export const BLOCKING_POD = { node: 'blocked', name: 'job' } as const;

export const RESTART_GRACE_MS = 10_000;

/** The budget of a storm has room for all: what stops it is the breaker. */
export function casesConfig(alerts: object): VigilanteConfig {
  return {
    starter: { reconcileInterval: '2s' },
    maintenance: {
      enabled: true,
      budget: {
        cluster: { percent: 100 },
        groups: [
          { name: STORM.group, selector: STORM_LABEL, max: { percent: 100 } },
          { name: 'webhook', selector: Object.keys(WEBHOOK_LABELS).join(), max: 1 },
          { ...LINUX_GROUP, max: 1 },
        ],
        oneZoneAtATime: false,
        breaker: { failures: 100, unavailable: { percent: 25 }, closeAfter: '5s' },
      },
      drain: { deadline: '60s', lastNode: 'accept' },
      prove: { settle: '2s', returnWithin: '5m' },
      gates: { alerts: { checkEvery: '1m', restartGrace: `${RESTART_GRACE_MS}ms`, ...alerts } },
      executors: { [REBOOT_EXECUTOR]: { kind: 'reboot', image: 'vigilante-reboot', deadline: '20s' } },
      reboots: {
        enabled: true,
        executor: REBOOT_EXECUTOR,
        interval: '10s',
        minUptime: '1m',
        blockingPods: [`app=${BLOCKING_POD.node}-${BLOCKING_POD.name}`],
      },
    },
  };
}

/** The heartbeat, and an alert that counts and is pending all the time. */
export const PROMETHEUS_RULES = {
  groups: [
    {
      name: 'gate',
      rules: [
        { alert: 'Watchdog', expr: 'vector(1)', labels: { severity: 'none' } },
        { alert: 'Slow', expr: 'vector(1)', for: '1h', labels: { severity: 'critical' } },
      ],
    },
  ],
};
