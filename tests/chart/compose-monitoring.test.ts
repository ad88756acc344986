/** Prometheus and Grafana of docker-compose.yml: their files are valid where they are mounted, and name what is there. */

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigSchema } from '../../config/schema/config.ts';
import { resolveTool } from '../../sandbox/tools/resolve-tool.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { startPrometheus } from '../integration/alerts/prometheus-server.ts';
import { alertRules, RULE_FILE } from '../integration/alerts/rule-file.ts';
import { composeAlerts } from './compose-alerts.ts';
import { type Compose, mountedAt, PROFILES, type Profile, ROOT, readCompose, servicesOf } from './compose-file.ts';

const execute = promisify(execFile);
const { temporal, collector } = ConfigSchema.parse({});
const COLLECTOR_PORT = Number(collector.endpoint.split(':').at(-1));

let compose: Compose;
/** The root of a container, as far as files are mounted into it. */
let root: string;

beforeAll(async () => {
  compose = await readCompose('docker-compose.yml');
  root = await mkdtemp(join(tmpdir(), 'vigilante-compose-test-'));
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

function argumentOf(service: string, option: string): string | undefined {
  return compose.services[service]?.command?.find((argument) => argument.startsWith(`${option}=`))?.split('=')[1];
}

async function readMounted(service: string, target: string): Promise<string> {
  const file = mountedAt(compose.services[service], target);
  if (file === undefined) throw new Error(`${service} has nothing mounted at ${target}`);
  return readFile(`${ROOT}${file}`, 'utf8');
}

const PrometheusSchema = z.object({
  scrape_configs: z.array(
    z.object({ job_name: z.string(), static_configs: z.array(z.object({ targets: z.array(z.string()) })) }),
  ),
});

async function targets(): Promise<readonly string[]> {
  const file = argumentOf('prometheus', '--config.file') ?? '';
  const { scrape_configs } = PrometheusSchema.parse(parse(await readMounted('prometheus', file)));
  return scrape_configs.flatMap((job) => job.static_configs).flatMap((group) => group.targets);
}

/** Where metrics are served in the profile, by the configuration of each process. */
function servedIn(profile: Profile): readonly string[] {
  const exporter = compose.services['temporal-server']?.environment['PROMETHEUS_ENDPOINT'];
  const temporalPort = profile === 'dev' ? argumentOf('temporal-dev', '--metrics-port') : exporter?.split(':').at(-1);
  return [
    'worker:8000',
    'starter:8000',
    ...['worker', 'starter'].map((name) => `${name}:${temporal.metricsPort}`),
    `collector:${COLLECTOR_PORT}`,
    `temporal:${temporalPort}`,
    'localhost:9090',
  ];
}

test('promtool finds nothing wrong with the configuration of Prometheus and the alerts where they are mounted', async () => {
  for (const { type, source, target } of compose.services['prometheus']?.volumes ?? []) {
    if (type !== 'bind') continue;
    await mkdir(dirname(join(root, target)), { recursive: true });
    await cp(source, join(root, target), { recursive: true });
  }
  const file = argumentOf('prometheus', '--config.file') ?? '';
  const { stdout } = await execute(await resolveTool('promtool'), ['check', 'config', join(root, file)]);
  expect(stdout).toMatch(/SUCCESS: 1 rule files found/);
  expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
});

test.each(PROFILES)(
  'in the profile %s Prometheus scrapes every process on the port that it serves',
  async (profile) => {
    expect(new Set(await targets())).toEqual(new Set(servedIn(profile)));
    const hosts = [...servicesOf(compose, profile)].flatMap(([name, { networks }]) => [
      name,
      ...(networks['default']?.aliases ?? []),
    ]);
    for (const target of await targets()) expect([...hosts, 'localhost']).toContain(target.split(':')[0]);
  },
);

test("a port has the job of its process, so that the dashboard's jobs select the SDK's metrics as well", async () => {
  const file = argumentOf('prometheus', '--config.file') ?? '';
  const { scrape_configs } = PrometheusSchema.parse(parse(await readMounted('prometheus', file)));
  for (const name of ['worker', 'starter']) {
    const jobs = scrape_configs.filter(({ static_configs }) =>
      static_configs.some((group) => group.targets.some((target) => target.startsWith(`${name}:`))),
    );
    expect(jobs.map(({ job_name }) => job_name)).toEqual([`vigilante-${name}`]);
    expect(jobs.flatMap(({ static_configs }) => static_configs.flatMap((group) => group.targets))).toEqual([
      `${name}:8000`,
      `${name}:${temporal.metricsPort}`,
    ]);
  }
});

test('Grafana asks the Prometheus of the file and shows the dashboard of the chart', async () => {
  const provisioning = '/etc/grafana/provisioning';
  const DatasourcesSchema = z.object({
    apiVersion: z.literal(1),
    datasources: z.array(z.object({ type: z.string(), url: z.url(), uid: z.string(), isDefault: z.boolean() })),
  });
  const { datasources } = DatasourcesSchema.parse(
    parse(await readMounted('grafana', `${provisioning}/datasources/vigilante.yaml`)),
  );
  expect(datasources).toMatchObject([{ type: 'prometheus', url: 'http://prometheus:9090', isDefault: true }]);
  expect(compose.services['prometheus']?.ports.map(({ target }) => target)).toEqual([9090]);

  const ProvidersSchema = z.object({
    apiVersion: z.literal(1),
    providers: z.array(z.object({ type: z.literal('file'), options: z.object({ path: z.string() }) })),
  });
  const { providers } = ProvidersSchema.parse(
    parse(await readMounted('grafana', `${provisioning}/dashboards/vigilante.yaml`)),
  );
  const home = compose.services['grafana']?.environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
  expect(providers.map(({ options }) => options.path)).toEqual([dirname(home)]);
  const DashboardSchema = z.object({ title: z.string().min(1), panels: z.array(z.unknown()).min(1) });
  DashboardSchema.parse(JSON.parse(await readMounted('grafana', home)));
});

test('no alert is about a process that does not run there', async () => {
  const file = new URL('../../deploy/alerts.yaml', import.meta.url);
  const names = [...(await readFile(file, 'utf8')).matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  expect(names).toEqual(alertRules('others').map(({ alert }) => alert));
});

test('the alerts are those of the chart, and the link of each leads to its runbook, which Prometheus serves', async () => {
  const file = 'deploy/alerts.yaml';
  expect(mountedAt(compose.services['prometheus'], '/etc/prometheus/alerts.yaml')).toBe(file);
  const text = await readFile(`${ROOT}${file}`, 'utf8');
  expect(text).toBe(composeAlerts(await readFile(RULE_FILE, 'utf8')));
  const folder = mountedAt(compose.services['prometheus'], argumentOf('prometheus', '--web.console.templates') ?? '');
  const rules = alwaysFiring(text);
  const prometheus = await startPrometheus({
    scrapeConfigs: [],
    rules: { groups: [{ name: 'links', rules }] },
    interval: '1s',
    args: [`--web.console.templates=${ROOT}${folder}`],
  });
  try {
    const links = await waitUntil(() => linksOfAlerts(prometheus.url, rules.length), {
      what: 'the alerts to fire',
      timeoutMs: 120_000,
    });
    for (const [alert, link] of links) expect(await (await fetch(link)).text()).toContain(`# ${alert}\n`);
  } finally {
    await prometheus.stop();
  }
});

const RulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(z.looseObject({ alert: z.string(), annotations: z.record(z.string(), z.string()) })),
    }),
  ),
});
const AlertsSchema = z.object({
  data: z.object({
    alerts: z.array(
      z.object({
        labels: z.object({ alertname: z.string() }),
        annotations: z.object({ runbook_url: z.string() }),
      }),
    ),
  }),
});

/** Each alert with its link, and a condition that is always met. */
function alwaysFiring(text: string): readonly object[] {
  return RulesSchema.parse(parse(text)).groups.flatMap(({ rules }) =>
    rules.map(({ alert, annotations }) => ({ alert, expr: 'vector(1)', annotations })),
  );
}

/** Null until there are as many alerts as that. */
async function linksOfAlerts(url: string, count: number): Promise<readonly (readonly [string, string])[] | null> {
  const { data } = AlertsSchema.parse(await (await fetch(`${url}/api/v1/alerts`)).json());
  const links = data.alerts.map(({ labels, annotations }) => [labels.alertname, annotations.runbook_url] as const);
  return links.length === count ? links : null;
}
