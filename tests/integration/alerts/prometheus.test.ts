/** A real Prometheus scrapes what the processes tell: each expression finds the ill cluster and spares the other. */

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { type Exposition, PROCESSES, startExposition } from './exposition.ts';
import { type PrometheusServer, type Sample, startPrometheus } from './prometheus-server.ts';
import { alertRules, metricsOfRules, rulesWithFor } from './rule-file.ts';
import { CONDITIONS } from './source.ts';

jest.setTimeout(600_000);

const WAIT_MS = 120_000;

let exposition: Exposition;
let prometheus: PrometheusServer;

beforeAll(async () => {
  exposition = await startExposition();
  prometheus = await startPrometheus({
    interval: '1s',
    rules: rulesWithFor('2s'),
    scrapeConfigs: CONDITIONS.flatMap((condition) =>
      PROCESSES.map((process) => ({
        job_name: `${condition}-${process}`,
        metrics_path: `/${condition}/${process}`,
        static_configs: [{ targets: [exposition.address], labels: { namespace: condition } }],
      })),
    ),
  });
});

afterAll(async () => {
  await prometheus?.stop();
  await exposition?.stop();
});

interface Finding {
  readonly labels: Readonly<Record<string, string>>;
  /** Or a matcher. */
  readonly value: unknown;
}

const OF_TARGET: readonly string[] = ['job', 'instance', 'namespace', '__name__'];

/** What is not ready in worker and starter: a series of each. */
function bothProcesses(check: string): readonly Finding[] {
  const finding = { labels: { check }, value: 1 };
  return [finding, finding];
}

/** What the alert's expression finds in the ill cluster: its own labels, and its value. */
const FINDINGS: Readonly<Record<string, readonly Finding[]>> = {
  VigilanteHealsStalled: [{ labels: { state: 'stalled' }, value: 4 }],
  VigilanteHealsUnproven: [{ labels: { state: 'unproven' }, value: 3 }],
  VigilanteHealsOverdue: [{ labels: {}, value: 2 }],
  VigilanteHealingStopped: [{ labels: {}, value: 7 }],
  VigilanteWorkerAbsent: [],
  VigilanteStarterAbsent: [],
  VigilanteReconcileStopped: [{ labels: {}, value: expect.closeTo(3_600, -2) }],
  VigilanteTemporalUnreached: bothProcesses('temporal'),
  VigilanteNodesUnwatched: bothProcesses('nodes'),
  VigilanteEchoDown: [{ labels: { endpoint: 'down' }, value: 0 }],
  VigilanteEchoNeverRefutes: [{ labels: { profile: 'snat', endpoint: 'near' }, value: expect.any(Number) }],
  VigilanteEchoBehindTranslation: [{ labels: { profile: 'snat', endpoint: 'behind' }, value: expect.any(Number) }],
  VigilanteStartupTaintOverdue: [{ labels: {}, value: 1 }],
  VigilanteStartupTaintTimeouts: [{ labels: { profile: 'snat' }, value: expect.any(Number) }],
  VigilanteStartupTaintsKept: [{ labels: { profile: 'snat', reason: 'refused' }, value: expect.any(Number) }],
  VigilanteSnatRefutedLong: [{ labels: { profile: 'snat' }, value: expect.any(Number) }],
  VigilanteNodesRelapsed: [{ labels: {}, value: expect.any(Number) }],
  VigilanteRelapsesBraked: [{ labels: {}, value: expect.any(Number) }],
  VigilanteAgentsAbsent: [{ labels: { state: 'absent' }, value: 12 }],
  VigilanteAgentsOutdated: [{ labels: { state: 'outdated' }, value: 4 }],
  VigilanteConnectivityLost: [{ labels: {}, value: 0.25 }],
  VigilanteProbesFailing: [{ labels: { kind: 'http' }, value: 0.1 }],
  VigilanteProbesSlow: [{ labels: { kind: 'dns', quantile: '0.99' }, value: 5.2 }],
  VigilanteCollectorAbsent: [],
  VigilanteCollectorStoreDown: [{ labels: {}, value: 0 }],
  VigilanteVerdictUnknown: [{ labels: {}, value: 0 }],
  VigilanteReportsRefused: [
    { labels: { result: 'refused' }, value: 0.1 },
    { labels: { result: 'unavailable' }, value: 0.2 },
  ],
  VigilanteEvaluationsStopped: [{ labels: {}, value: 0 }],
  VigilantePrivilegeDrift: [{ labels: { judgement: 'more' }, value: 2 }],
  VigilantePrivilegesUnknown: [],
  VigilanteNodeHeld: [{ labels: { group: 'workers', state: 'held' }, value: 1 }],
  VigilanteBreakerOpen: [{ labels: {}, value: 1 }],
  VigilanteMaintenanceWaitsLong: [{ labels: { reason: 'group-budget' }, value: 18_000 }],
  VigilanteNodeCordonedTooLong: [{ labels: { group: 'workers', state: 'cordoned-otherwise' }, value: 3 }],
  VigilanteMaintainerAbsent: [],
  VigilanteMaintainerAbsentInWork: [],
  VigilantePauseExpires: [{ labels: {}, value: 600 }],
  VigilanteNodeUpTooLong: [{ labels: {}, value: 2 }],
  VigilanteRebootIneffective: [{ labels: {}, value: 1 }],
  VigilanteUpgradeHalted: [{ labels: { state: 'halted' }, value: 1 }],
  VigilanteSoakBlind: [{ labels: {}, value: 1 }],
  VigilanteApprovalExpires: [{ labels: {}, value: 3_600 }],
  VigilanteFleetHalted: [{ labels: { run: 'rings', state: 'waiting-for-approval' }, value: 1 }],
  VigilanteFleetAbsent: [],
  VigilanteVersionsDiffer: [{ labels: { component: 'kubelet' }, value: 2 }],
};

/** Resolves with the answer once there are as many series as that. */
async function untilCount(expression: string, count: number): Promise<readonly Sample[]> {
  return waitUntil(
    async () => {
      const samples = await prometheus.query(expression);
      return samples.length === count ? samples : null;
    },
    {
      what: `${count} series of ${expression}`,
      timeoutMs: WAIT_MS,
      explain: async () => JSON.stringify(await prometheus.query(expression)),
    },
  );
}

/** Rates need two scrapes. */
async function untilScrapedTwice(): Promise<void> {
  await untilCount('sum by (job) (count_over_time(up[5m])) >= 2', CONDITIONS.length * PROCESSES.length);
}

test('every metric that an alert reads is served', async () => {
  await untilScrapedTwice();
  expect(metricsOfRules().length).toBeGreaterThan(0);
  for (const metric of metricsOfRules()) expect(await prometheus.query(metric)).not.toEqual([]);
});

test('each alert has a case in this file', () => {
  expect(Object.keys(FINDINGS).toSorted()).toEqual(
    alertRules()
      .map(({ alert }) => alert)
      .toSorted(),
  );
});

test.each(alertRules())('$alert finds the ill cluster and spares the one that is well', async ({ alert, expr }) => {
  await untilScrapedTwice();
  const expected = FINDINGS[alert] ?? [];
  const found = (await untilCount(expr, expected.length)).map(({ labels, value }) => ({
    labels: Object.fromEntries(Object.entries(labels).filter(([name]) => !OF_TARGET.includes(name))),
    ill: labels['namespace'] === 'ill',
    value: Number(value.toFixed(6)),
  }));
  expect(found).toHaveLength(expected.length);
  for (const { labels, value } of expected) expect(found).toContainEqual({ ill: true, labels, value });
});

test.each(alertRules().filter(({ alert }) => FINDINGS[alert]?.length !== 0))(
  '$alert is pending first and then firing',
  async ({ alert }) => {
    const count = FINDINGS[alert]?.length ?? 0;
    await untilCount(`ALERTS{alertname="${alert}",alertstate="firing",namespace="ill"}`, count);
    expect(await prometheus.query(`last_over_time(ALERTS{alertname="${alert}",alertstate="pending"}[5m])`)).not.toEqual(
      [],
    );
    expect(await prometheus.query(`ALERTS{alertname="${alert}",namespace="well"}`)).toEqual([]);
  },
);

test('when nothing can be scraped any more, seven alerts say so, and those about nodes and agents have no data', async () => {
  await exposition.stop();
  // Without a job: what is absent has none.
  const firing = await untilCount('ALERTS{alertstate="firing",job="",namespace=""}', 7);
  const names = firing.map(({ labels }) => labels['alertname']);
  expect(new Set(names)).toEqual(
    new Set([
      'VigilanteCollectorAbsent',
      'VigilanteEvaluationsStopped',
      'VigilanteFleetAbsent',
      'VigilanteMaintainerAbsent',
      'VigilantePrivilegesUnknown',
      'VigilanteStarterAbsent',
      'VigilanteWorkerAbsent',
    ]),
  );
  // NodesRelapsed is about the quarter of an hour before, as all that asks for an increase.
  const aboutNodes = 'alertname=~"Vigilante(Agents|Heal|Temporal|Node).*|VigilanteConnectivityLost"';
  await untilCount(`ALERTS{${aboutNodes},alertname!="VigilanteNodesRelapsed"}`, 0);
});
