/** The chart in a real API server: every object accepted, every pod admitted, and installed agents report over TLS. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Agent, request } from 'undici';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { ConfigSchema } from '../../config/schema/config.ts';
import type { SandboxProcess } from '../../sandbox/child-process.ts';
import { collectorAddress } from '../../sandbox/layout.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { FIRST_CERTIFICATE } from '../fixtures/certificates.ts';
import { type ChartWorld, HOST_AGENTS_NAMESPACE, startChartWorld } from './chart-world.ts';
import { dryRun, inRestricted } from './dry-run.ts';
import { type HelmResult, type Manifest, ManifestSchema, NAMESPACE, RELEASE, renderChart, VALUE_SETS } from './helm.ts';
import { agentPods, startInstalledAgent } from './installed-agents.ts';
import { installedProcess } from './installed-process.ts';
import { healingPod, renderedPods } from './rendered-pods.ts';

const WAIT_MS = 120_000;
const PROGRAM = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));
const COMPONENTS = ['worker', 'starter', 'collector'] as const;
const AUDIENCE = 'agents.example.com';
const SERVICE = `${RELEASE}-vigilante-collector`;
const FOREIGN = /^((az)?monitoring\.coreos\.com|cert-manager\.io)\//;

const VALUES = {
  config: {
    cluster: 'agents',
    tls: true,
    collector: {
      nodeGrace: '0s',
      agents: { namespaces: [NAMESPACE, HOST_AGENTS_NAMESPACE] },
      authentication: { kind: 'token-review', audience: AUDIENCE },
    },
    connectivity: { interval: '1s', failuresToAlarm: 2 },
  },
  certificateSecretName: 'https',
  agent: {
    windows: { enabled: true },
    linuxHostNetwork: { enabled: true },
    hostNetworkNamespace: HOST_AGENTS_NAMESPACE,
    reportIntervalSeconds: 1,
  },
};

let world: ChartWorld;
const processes: SandboxProcess[] = [];

beforeAll(async () => {
  world = await startChartWorld();
  await world.sandbox.addNode('linux-1', { os: 'linux' });
  await world.sandbox.addNode('win-1');
});

afterAll(async () => {
  for (const process of processes) await process.kill();
  await world?.stop();
});

test.each(VALUE_SETS)(
  'the API server accepts every object, and Pod Security restricted all pods but those of host agents: %s',
  (set) => {
    const manifests = renderChart(set);
    const pods = renderedPods(manifests);
    const admitted = pods.filter(({ hostNetwork }) => !hostNetwork).map(({ manifest }) => inRestricted(manifest));
    expect(admitted.length).toBeGreaterThanOrEqual(3);
    const objects = [...manifests, ...admitted];
    const { status, stdout, stderr } = dryRun(world, objects);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: '',
    });
    expect(stdout.trim().split('\n')).toHaveLength(objects.length);
  },
);

/** Of each kind of cert-manager and the Prometheus operator one, with a field that is not of the kind. */
function misspeltForeign(): Manifest[] {
  const foreign = VALUE_SETS.flatMap((set) => renderChart(set)).filter(({ apiVersion }) => FOREIGN.test(apiVersion));
  const kinds = new Map(foreign.map((manifest) => [manifest.kind, manifest]));
  return [...kinds.values()].map((manifest) => ({
    ...manifest,
    spec: { ...z.looseObject({}).parse(manifest['spec']), misspelt: 1 },
  }));
}

test('it refuses an unknown field in each kind of cert-manager and of the Prometheus operator', () => {
  const manifests = misspeltForeign();
  expect(manifests.map(({ kind }) => kind).toSorted()).toEqual([
    'Certificate',
    'Issuer',
    'PodMonitor',
    'PrometheusRule',
    'ServiceMonitor',
  ]);
  const { stderr } = dryRun(world, manifests);
  expect(stderr.match(/unknown field "misspelt" in /g)).toHaveLength(5);
});

test('Pod Security restricted refuses the agents in the network of their node, and their own namespace takes them', () => {
  const hosts = renderedPods(renderChart('connectivity')).filter(({ hostNetwork }) => hostNetwork);
  expect(hosts.map(({ name }) => name)).toEqual([
    'care-vigilante-agent-hostnet',
    'care-vigilante-agent-windows-hostnet',
  ]);
  for (const { name, manifest } of hosts) {
    const { status, stderr } = dryRun(world, [inRestricted(manifest)]);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(new RegExp(`"pod-of-${name}" is forbidden: violates PodSecurity "restricted:latest".*host`));
  }
  expect(
    dryRun(
      world,
      hosts.map(({ manifest }) => manifest),
    ),
  ).toMatchObject({ status: 0, stderr: '' });
});

test('Pod Security restricted admits the pods that the worker makes', () => {
  expect(dryRun(world, [healingPod(ConfigSchema.parse({}).healing.pod)])).toMatchObject({ status: 0, stderr: '' });
});

test('the same dry run refuses a pod without seccomp profile and an unknown field', () => {
  const [pod] = renderedPods(renderChart('minimal'));
  const bare = { ...pod?.manifest, spec: { ...podSpec(pod?.manifest), securityContext: {} } };
  expect(dryRun(world, [bare]).stderr).toContain('violates PodSecurity "restricted:latest"');
  const [deployment] = renderChart('minimal').filter(({ kind }) => kind === 'Deployment');
  const misspelt = { ...deployment, spec: { ...podSpec(deployment), replica: 1 } };
  expect(dryRun(world, [misspelt]).stderr).toContain('unknown field "replica"');
});

function podSpec(manifest: Manifest | undefined): object {
  return z.object({ spec: z.looseObject({}) }).parse(manifest).spec;
}

/** Where the Service of the release leads to, by the names that its clients have for it. */
function resolved(text: string): string {
  const found = ManifestSchema.parse(
    JSON.parse(world.shell(`kubectl get service ${SERVICE} --namespace ${NAMESPACE} --output json`).stdout),
  );
  const { ports } = z.object({ ports: z.array(z.object({ port: z.int() })) }).parse(found['spec']);
  const address = collectorAddress(world.sandbox.layout);
  return [`${SERVICE}.${NAMESPACE}.svc:${ports[0]?.port}`, `${SERVICE}:${ports[0]?.port}`].reduce(
    (edited, name) => edited.replaceAll(`//${name}`, `//${address}`),
    text,
  );
}

const MOUNTED_CA = '/etc/vigilante/collector-ca/ca.crt';

/** Volumes and DNS. */
function here(text: string): string {
  return resolved(text).replaceAll(MOUNTED_CA, join(world.folder, 'ca.crt'));
}

/** The certificate's files are not in the configuration, as they are mounted where the default looks. */
function withCertificate(configuration: string): string {
  const http = { certificateFile: join(world.folder, 'tls.crt'), keyFile: join(world.folder, 'tls.key') };
  return stringify({ ...z.looseObject({}).parse(parse(here(configuration))), http });
}

const HookSchema = z.object({
  spec: z.object({
    containers: z.tuple([z.looseObject({ command: z.array(z.string()), args: z.array(z.string()) })]),
  }),
});

/** Of the processes, by their names. */
const addresses: Record<string, string> = {};

/** The command of the pod of `helm test`, run here. */
function helmTest(withinSeconds: number): HelmResult {
  const hook = world.helm(['get', 'hooks', RELEASE, '--namespace', NAMESPACE]).stdout;
  const [{ command, args }] = HookSchema.parse(parse(hook)).spec.containers;
  const line = [...command, ...args].map((argument) =>
    argument
      .replace(/^(\w+)=https:\/\/[^/]+/, (_, name: string) => `${name}=${addresses[name]}`)
      .replace(/^60$/, `${withinSeconds}`),
  );
  const quoted = line.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  return world.shell(quoted, { env: { NODE_EXTRA_CA_CERTS: join(world.folder, 'ca.crt') } });
}

async function connectivity(): Promise<HelmResult> {
  const { configPath, env } = await installedProcess(world, 'worker', withCertificate);
  return world.shell(`${PROGRAM} connectivity --config ${configPath}`, { env });
}

async function untilExit(code: number): Promise<HelmResult> {
  return waitUntil(
    async () => {
      const run = await connectivity();
      return run.status === code ? run : null;
    },
    {
      what: `vigilante connectivity to exit with ${code}`,
      timeoutMs: WAIT_MS,
      explain: async () => JSON.stringify(await connectivity()),
    },
  );
}

async function installRelease(): Promise<HelmResult> {
  const values = join(world.folder, 'values.yaml');
  await writeFile(values, stringify(VALUES));
  return world.install([
    '--values',
    values,
    '--set',
    `temporal.address=${world.sandbox.env.TEMPORAL_ADDRESS}`,
    '--wait',
    '--timeout',
    '2m',
  ]);
}

async function startInstalledComponent(component: (typeof COMPONENTS)[number]): Promise<void> {
  const process = await world.sandbox.startProcess(
    component,
    await installedProcess(world, component, withCertificate),
  );
  processes.push(process);
  addresses[component] = process.httpUrl.replace('http:', 'https:');
}

// Each test runs alone, and in any order but for the last one, which uninstalls the release.
describe('installed with agents', () => {
  let installed: HelmResult;

  beforeAll(async () => {
    installed = await installRelease();
    expect(installed).toMatchObject({ status: 0 });
    for (const [file, text] of [
      ['tls.crt', FIRST_CERTIFICATE.cert],
      ['tls.key', FIRST_CERTIFICATE.key],
      ['ca.crt', FIRST_CERTIFICATE.cert],
    ] as const) {
      await writeFile(join(world.folder, file), text);
    }
    for (const component of COMPONENTS) await startInstalledComponent(component);
  });

  test('helm installs collector and agents, and their pods come up', () => {
    expect(installed.stdout).toContain(
      `kubectl label namespace ${HOST_AGENTS_NAMESPACE} --overwrite pod-security.kubernetes.io/enforce=privileged`,
    );
    const placed = agentPods(world).map(({ metadata, spec }) => `${metadata.namespace} ${spec.nodeName}`);
    expect(placed.toSorted()).toEqual([
      `${HOST_AGENTS_NAMESPACE} linux-1`,
      `${NAMESPACE} linux-1`,
      `${NAMESPACE} win-1`,
    ]);
  });

  test('the processes come up with what is installed, and helm test says so', () => {
    const { status, stdout } = helmTest(60);
    expect({ status, lines: stdout.trim().split('\n').toSorted() }).toEqual({
      status: 0,
      lines: ['collector is ready', 'starter is ready', 'worker is ready'],
    });
  });

  test('agents that do not run are an alarm; with what their pods have they report, and nobody is refused anything', async () => {
    const { stdout: alarm } = await untilExit(1);
    for (const { metadata } of agentPods(world)) expect(alarm).toContain(metadata.name);
    for (const pod of agentPods(world)) processes.push(await startInstalledAgent(world, pod, here));
    const { stdout } = await untilExit(0);
    expect(stdout).toContain('ok');

    const prefix = 'system:serviceaccount:';
    const ours = COMPONENTS.map((component) => `${prefix}${NAMESPACE}:${RELEASE}-vigilante-${component}`);
    const agents = [NAMESPACE, HOST_AGENTS_NAMESPACE].map(
      (namespace) => `${prefix}${namespace}:${RELEASE}-vigilante-agent`,
    );
    const events = await world.sandbox.auditEvents();
    const asked = events.filter(({ user }) => ours.includes(user));
    expect(new Set(asked.map(({ user }) => user)).size).toBe(COMPONENTS.length);
    expect(asked.filter(({ code }) => code === 403)).toEqual([]);
    expect(asked.filter(({ resource }) => resource === 'tokenreviews').length).toBeGreaterThanOrEqual(3);
    // The agents ask the API server for nothing.
    expect(events.filter(({ user }) => agents.includes(user))).toEqual([]);
    const pods = asked.filter(({ user, resource }) => user.endsWith('-collector') && resource === 'pods');
    expect(new Set(pods.map(({ namespace }) => namespace))).toEqual(new Set([NAMESPACE, HOST_AGENTS_NAMESPACE]));
  });

  test('a report without a token is not taken', async () => {
    const [pod] = agentPods(world);
    const name = pod?.metadata.name ?? '';
    const dispatcher = new Agent({ connect: { ca: FIRST_CERTIFICATE.cert } });
    try {
      const body = JSON.stringify({ report_interval: 1, podname: name, nodename: pod?.spec.nodeName });
      const answer = await request(`${addresses['collector']}/api/v1/agents/${name}`, {
        method: 'POST',
        body,
        dispatcher,
      });
      expect(answer.statusCode).toBe(401);
      await answer.body.dump();
    } finally {
      await dispatcher.close();
    }
  });

  test('helm test names the component that is not ready', async () => {
    await processes.findLast(({ name }) => name === 'starter')?.kill();
    try {
      const { status, stdout } = helmTest(1);
      expect(status).toBe(1);
      expect(stdout).toMatch(/^starter is not ready: https:.*ECONNREFUSED/m);
    } finally {
      await startInstalledComponent('starter');
    }
  });

  test('uninstalling leaves no object in either namespace', () => {
    expect(world.helm(['uninstall', RELEASE, '--namespace', NAMESPACE])).toMatchObject({ status: 0 });
    const kinds =
      'deployment,daemonset,service,configmap,serviceaccount,role,rolebinding,clusterrole,clusterrolebinding,pdb,pvc';
    const selector = `--selector app.kubernetes.io/instance=${RELEASE}`;
    expect(world.shell(`kubectl get ${kinds} --all-namespaces ${selector} --output name`).stdout).toBe('');
  });
});
