/**
 * The whole check of connectivity on real parts: agents, collector, workflow, command line, node conditions; and a real
 * Prometheus on them, in which every alert and every panel of the dashboard finds its series.
 */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { agentPodName } from '../../sandbox/agents/agent-pod.ts';
import { freePorts, LOOPBACK } from '../../sandbox/ports.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { type DashboardQuery, dashboardQueries } from '../integration/alerts/dashboard-file.ts';
import { type PrometheusServer, startPrometheus } from '../integration/alerts/prometheus-server.ts';
import { alertRules, MAINTAINER_SERIES, rulesWithFor } from '../integration/alerts/rule-file.ts';
import { selectorsOf } from '../integration/alerts/selectors.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));
const WAIT_MS = 120_000;
/** Their agents report all the time. */
const STEADY = ['win-1', 'win-2'];
/** A test lets it be not Ready for a while: its agent is silent then, and on a busy machine for a bit longer. */
const EXCUSED = 'win-3';
const GOOD = [...STEADY, EXCUSED];
/** Its pods never run, that of its agent neither. */
const SILENT = 'win-silent';
/** Two of them are more than an agent is kept waiting by a busy machine. */
const REPORT_INTERVAL_SECONDS = 5;

/** What the worker asks once a minute; no pod does, as the evidence is the default. */
let endpoint: Server;
let sandbox: Sandbox;
let collector: VigilanteProcess;
let prometheus: PrometheusServer;

// Each test runs alone and in any order: what it does to nodes and processes is undone.
beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  endpoint = createServer((_, response) => response.end(LOOPBACK)).listen(port, LOOPBACK);
  await once(endpoint, 'listening');
  const url = `http://${LOOPBACK}:${port}/`;
  const endpoints = [{ name: 'here', url, answer: 'text', trust: 'unsigned' }];
  // Of no node: its metrics are there all the same.
  const taint = { key: 'example.com/not-ready' };
  const onboarded = { name: 'onboarded', nodes: 'example.com/onboarded=true', echo: { endpoints }, taint };
  sandbox = await startSandbox({
    report: () => {},
    vigilante: {
      profiles: [onboarded],
      healing: { window: '3s', interval: '1s', provenPodsMin: 1, echo: { endpoints } },
      collector: { nodeGrace: '0s', checkInterval: '500ms' },
      connectivity: { interval: '1s', failuresToAlarm: 2 },
      starter: { reconcileInterval: '1s' },
    },
  });
  for (const name of GOOD) await sandbox.addNode(name);
  collector = await sandbox.startProcess('collector');
  await collector.waitUntilReady();
  await sandbox.startAgents({ reportIntervalSeconds: REPORT_INTERVAL_SECONDS });
  // Before anybody judges them: on a busy machine their start takes longer than it takes to alarm.
  await untilReporting(GOOD);
  const worker = await sandbox.startProcess('worker');
  const starter = await sandbox.startProcess('starter');
  for (const process of [worker, starter]) await process.waitUntilReady();
  prometheus = await startPrometheus({
    interval: '1s',
    rules: rulesWithFor('2s', 'others'),
    scrapeConfigs: Object.entries({
      collector: [collector.httpUrl],
      worker: [worker.httpUrl, worker.temporalMetricsUrl],
      starter: [starter.httpUrl, starter.temporalMetricsUrl],
    }).map(([job_name, urls]) => ({
      job_name,
      static_configs: [{ targets: urls.map((url) => new URL(url).host) }],
    })),
  });
});

afterAll(async () => {
  await prometheus?.stop();
  await sandbox?.stop();
  endpoint?.closeAllConnections();
  endpoint?.close();
});

async function hasReported(node: string): Promise<boolean> {
  return (await fetch(`${collector.httpUrl}/api/v1/agents/${agentPodName(node)}`)).status === 200;
}

async function untilReporting(nodes: readonly string[]): Promise<void> {
  await waitUntil(async () => (await Promise.all(nodes.map(hasReported))).every(Boolean), {
    what: `reports from ${nodes.join(', ')}`,
    timeoutMs: WAIT_MS,
  });
}

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a person runs it, with the environment of `sandbox env`. */
function connectivity(...args: string[]): Promise<Run> {
  const { PATH = '', HOME = '' } = process.env;
  return new Promise((resolve) => {
    const env = { ...sandbox.env, PATH, HOME };
    execFile(PROGRAM, ['connectivity', ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

const ConnectivityJsonSchema = z.object({
  counts: z.record(z.string(), z.number()).nullable(),
  suppressed: z.array(z.object({ node: z.string() })),
});

async function connectivityJson(): Promise<z.infer<typeof ConnectivityJsonSchema>> {
  return ConnectivityJsonSchema.parse(JSON.parse((await connectivity('-o', 'json')).stdout));
}

async function untilExit(code: number): Promise<Run> {
  return waitUntil(
    async () => {
      const run = await connectivity();
      return run.code === code ? run : null;
    },
    {
      what: `vigilante connectivity to exit with ${code}`,
      timeoutMs: WAIT_MS,
      explain: async () => JSON.stringify(await connectivity()),
    },
  );
}

const NodeSchema = z.object({
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string(), reason: z.string() })) }),
});

async function conditionOf(node: string): Promise<{ status: string; reason: string } | null> {
  const { body } = await sandbox.api.demand('GET', `/api/v1/nodes/${node}`);
  const found = NodeSchema.parse(body).status.conditions.find(({ type }) => type === 'AgentConnectivity');
  return found === undefined ? null : { status: found.status, reason: found.reason };
}

async function untilCondition(node: string, wanted: { status: string; reason: string }): Promise<void> {
  await waitUntil(async () => JSON.stringify(await conditionOf(node)) === JSON.stringify(wanted), {
    what: `the condition of ${node} to be ${JSON.stringify(wanted)}`,
    timeoutMs: WAIT_MS,
    explain: async () => JSON.stringify(await conditionOf(node)),
  });
}

async function eventsOf(node: string): Promise<readonly string[]> {
  const { body } = await sandbox.api.demand(
    'GET',
    `/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=${node}`,
  );
  return z
    .object({ items: z.array(z.object({ reason: z.string() })) })
    .parse(body)
    .items.map(({ reason }) => reason);
}

test('with an agent on every node all is well: exit code 0, and nothing is written on a node', async () => {
  const { stdout } = await untilExit(0);
  expect(stdout).toMatch(/ok/);
  expect((await connectivityJson()).counts).toMatchObject({ expected: 3, reporting: 3, absent: 0, outdated: 0 });
  for (const node of STEADY) expect(await conditionOf(node)).toBeNull();
});

test('real agents send what the original sends, and timings that can be', async () => {
  const answer = await fetch(`${sandbox.env.COLLECTOR_URL}/api/v1/agents/${agentPodName('win-1')}`);
  const report = (await answer.json()) as Record<string, unknown>;
  expect(Object.keys(report)).toEqual([
    'report_interval',
    'nodename',
    'podname',
    'hostdate',
    'uptime',
    'last_updated',
    'nslookup',
    'network_probes',
    'ips',
  ]);
  expect(report).toMatchObject({
    nodename: 'win-1',
    report_interval: REPORT_INTERVAL_SECONDS,
    nslookup: { '127.0.0.1': ['127.0.0.1'] },
  });
  expect(report['network_probes']).toMatchObject([{ ConnectionResult: 1, HTTPCode: 200 }]);
});

async function untilSeries(expression: string): Promise<void> {
  await waitUntil(async () => (await prometheus.query(expression)).length > 0, {
    what: `a series of ${expression}`,
    timeoutMs: WAIT_MS,
  });
}

async function untilFiring(alert: string, count: number): Promise<void> {
  const firing = `ALERTS{alertname="${alert}",alertstate="firing"}`;
  await waitUntil(async () => (await prometheus.query(firing)).length === count, {
    what: `${count} of ${firing}`,
    timeoutMs: WAIT_MS,
    explain: async () => JSON.stringify(await prometheus.query('ALERTS')),
  });
}

/** kube-state-metrics is not here. */
function isOfVigilante(selector: string): boolean {
  return !selector.includes('__name__="kube_');
}

test('every series of ours that an alert reads is there, and no alert is pending', async () => {
  for (const { expr } of alertRules('others')) {
    const selectors = await selectorsOf(prometheus.url, expr);
    expect(selectors).not.toEqual([]);
    for (const selector of selectors.filter(isOfVigilante)) await untilSeries(selector);
    await prometheus.query(expr);
  }
  await waitUntil(async () => (await prometheus.query('ALERTS')).length === 0, {
    what: 'no alert',
    timeoutMs: WAIT_MS,
    explain: async () => JSON.stringify(await prometheus.query('ALERTS')),
  });
});

/** What fails only while Temporal does. */
function isOfFailures({ expr }: DashboardQuery): boolean {
  return expr.includes('_failure');
}

/** No maintainer runs here; its series are asked for in rolling-reboots.test.ts. */
const QUERIES = dashboardQueries('20s').filter(({ expr }) => !MAINTAINER_SERIES.test(expr));

describe('a node whose agent never comes up', () => {
  beforeAll(async () => {
    await sandbox.addNode(SILENT, { behaviour: 'failing' });
    await untilCondition(SILENT, { status: 'False', reason: 'AgentsAbsent' });
  });

  afterAll(async () => {
    await sandbox.deleteNode(SILENT);
    await untilExit(0);
  });

  test('is an alarm: exit code 1 with the name of the agent, a condition, an Event, an alert', async () => {
    const { stdout, stderr } = await untilExit(1);
    expect(stdout).toContain(agentPodName(SILENT));
    expect(stderr).not.toBe('');
    await waitUntil(async () => (await eventsOf(SILENT)).includes('AgentConnectivityLost'), {
      what: 'the Event',
      timeoutMs: WAIT_MS,
    });
    for (const node of STEADY) expect(await conditionOf(node)).toBeNull();
    await untilFiring('VigilanteAgentsAbsent', 1);
  });

  test('is unproven, as its healing pods proved nothing either, and an alert says so', async () => {
    await untilFiring('VigilanteHealsUnproven', 1);
  });

  test('and others that report give every panel of the dashboard its series', async () => {
    const usual = QUERIES.filter((query) => !isOfFailures(query));
    expect(usual.length).toBeGreaterThan(QUERIES.length - 3);
    for (const { expr } of usual) await untilSeries(expr);
  });

  test('stays an alarm while a node that is not Ready excuses the agent there', async () => {
    const isSuppressed = async () => (await connectivityJson()).suppressed.some(({ node }) => node === EXCUSED);
    await sandbox.setNodeReady(EXCUSED, false);
    try {
      await waitUntil(isSuppressed, {
        what: `the agent of ${EXCUSED} to be suppressed`,
        timeoutMs: WAIT_MS,
      });
      expect(await conditionOf(SILENT)).toEqual({ status: 'False', reason: 'AgentsAbsent' });
    } finally {
      await sandbox.setNodeReady(EXCUSED, true);
    }
  });

  test('stays an alarm over a kill -9 of the collector, and nothing new is written', async () => {
    await collector.kill('SIGKILL');
    collector = await sandbox.startProcess('collector');
    await collector.waitUntilReady();
    await waitUntil(async () => (await connectivity('--now')).stdout.includes(SILENT), {
      what: 'a verdict',
      timeoutMs: WAIT_MS,
    });
    expect(await conditionOf(SILENT)).toEqual({ status: 'False', reason: 'AgentsAbsent' });
    for (const node of STEADY) expect(await conditionOf(node)).toBeNull();
  });
});

test('the alarm of a node is over when it is gone: exit code 0 again', async () => {
  await sandbox.addNode('win-leaving', { behaviour: 'failing' });
  await untilExit(1);
  await sandbox.deleteNode('win-leaving');
  await untilExit(0);
});

test('without Temporal and API server two alerts say so of worker and starter, and the last panel has its series', async () => {
  await Promise.all([sandbox.killPart('temporal'), sandbox.killPart('apiserver')]);
  try {
    await untilFiring('VigilanteTemporalUnreached', 2);
    await untilFiring('VigilanteNodesUnwatched', 2);
    for (const { expr } of QUERIES.filter(isOfFailures)) await untilSeries(expr);
  } finally {
    await Promise.all([sandbox.startPart('temporal'), sandbox.startPart('apiserver')]);
  }
  await untilExit(0);
});
