/** docker-compose.yml: valid, complete in each profile, and in agreement with the configuration, the tools and the images. */

import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_CONFIG_PATH, loadConfig } from '../../config/load.ts';
import { ConfigSchema } from '../../config/schema/config.ts';
import { pinnedVersion, toolNamed } from '../../sandbox/tools/catalogue.ts';
import {
  type Compose,
  HOME,
  mountedAt,
  PROFILES,
  type Profile,
  ROOT,
  readCompose,
  type Service,
  servicesOf,
} from './compose-file.ts';

const FILE = 'docker-compose.yml';
const text = readFileSync(`${ROOT}${FILE}`, 'utf8');
const config = ConfigSchema.parse({});
const HTTP_PORT = 8000;
const OURS = ['worker', 'starter', 'collector'] as const;
const MONITORING: readonly string[] = ['prometheus', 'grafana'];
const PORTS = { worker: HTTP_PORT, starter: HTTP_PORT, collector: Number(config.collector.endpoint.split(':').at(-1)) };

let compose: Compose;
let folder: string;

beforeAll(async () => {
  compose = await readCompose(FILE);
  folder = await mkdtemp(join(tmpdir(), 'vigilante-compose-test-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function readChanged(changed: string): Promise<Compose> {
  const file = join(folder, 'changed.yml');
  await writeFile(file, changed);
  return readCompose(file);
}

function service(name: string): Service {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`${FILE} has no service ${name}`);
  return found;
}

function ofProfile(profile: Profile): ReadonlyMap<string, Service> {
  return servicesOf(compose, profile);
}

test('every variable has a default and a line in the head of the file', () => {
  const used = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
  const withDefault = new Set([...text.matchAll(/\$\{(\w+):-[^}]+\}/g)].map(([, name]) => name));
  const described = new Set([...text.matchAll(/^# {3}([A-Z_]+) +\S/gm)].map(([, name]) => name));
  expect(withDefault).toEqual(used);
  expect(described).toEqual(used);
});

test('a variable of the user reaches what it is for', async () => {
  const values: Readonly<Record<string, string>> = {
    VIGILANTE_KUBECONFIG: '/elsewhere/kubeconfig',
    VIGILANTE_USER: '501:20',
    TEMPORAL_NAMESPACE: 'other',
    POSTGRES_PASSWORD: 'secret',
    PORT_WORKER: '18000',
    PORT_PROMETHEUS: '19090',
  };
  const changed = await readChanged(
    text.replaceAll(/\$\{(\w+):-[^}]+\}/g, (unchanged: string, name: string) => values[name] ?? unchanged),
  );
  expect(mountedAt(changed.services['worker'], '/etc/vigilante/kubeconfig')).toBe('/elsewhere/kubeconfig');
  expect(changed.services['collector']?.user).toBe('501:20');
  expect(changed.services['temporal-dev']?.command).toContain('--namespace=other');
  expect(changed.services['temporal-namespace']?.environment['TEMPORAL_NAMESPACE']).toBe('other');
  const passwords = ['postgresql', 'temporal-schema', 'temporal-server'].map((name) => {
    const { environment } = changed.services[name] ?? { environment: {} };
    return Object.values(environment).filter((value) => value === 'secret').length;
  });
  expect(passwords).toEqual([1, 1, 1]);
  expect(changed.services['worker']?.ports).toMatchObject([{ published: '18000', target: HTTP_PORT }]);
  expect(changed.services['prometheus']?.ports).toMatchObject([{ published: '19090', target: 9_090 }]);
  expect(changed.services['prometheus']?.command).toContain('--web.external-url=http://localhost:19090');
});

test('every service belongs to a profile, has a pinned image, no capabilities, and ports for this machine only', () => {
  for (const [name, { profiles, image, cap_drop, security_opt, ports, restart }] of Object.entries(compose.services)) {
    expect({ name, profiles: profiles.length }).not.toEqual({ name, profiles: 0 });
    expect({ name, image }).toEqual({ name, image: expect.stringMatching(/:(v?\d+(\.\d+)+|dev)$/) });
    expect({ name, cap_drop, security_opt }).toEqual({
      name,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    for (const { host_ip } of ports) expect({ name, host_ip }).toEqual({ name, host_ip: '127.0.0.1' });
    expect(['unless-stopped', 'on-failure:3']).toContain(restart);
  }
});

test.each(PROFILES)('in the profile %s whatever a service waits for is there and says when it is ready', (profile) => {
  const services = ofProfile(profile);
  for (const [name, { depends_on }] of services) {
    for (const [other, { condition, required }] of Object.entries(depends_on)) {
      const found = services.get(other);
      if (found === undefined) {
        expect({ name, other, required }).toEqual({ name, other, required: false });
        continue;
      }
      const ends = found.healthcheck === undefined;
      const ready = ends ? 'service_completed_successfully' : 'service_healthy';
      expect({ name, other, condition }).toEqual({
        name,
        other,
        condition: MONITORING.includes(name) ? 'service_started' : ready,
      });
      // What ends is not started again when it has.
      expect({ other, restart: found.restart }).toEqual({ other, restart: ends ? 'on-failure:3' : 'unless-stopped' });
    }
  }
});

test.each(PROFILES)('in the profile %s no two services publish the same port, and the head names each', (profile) => {
  const published = [...ofProfile(profile).values()].flatMap(({ ports }) => ports.map((port) => port.published));
  expect(new Set(published).size).toBe(published.length);
  const [, head = ''] = /# Only this machine reaches the ports.*:\n((?:# .*\n)+)/.exec(text) ?? [];
  expect(new Set(head.match(/\b\d{4}\b/g))).toEqual(new Set(published));
});

test.each(PROFILES)('in the profile %s exactly one service is the Temporal that all others know', (profile) => {
  const servers = [...ofProfile(profile)].filter(([, { networks }]) =>
    networks['default']?.aliases.includes('temporal'),
  );
  expect(servers.map(([name]) => name)).toEqual([profile === 'dev' ? 'temporal-dev' : 'temporal-server']);
  for (const [name, { environment }] of ofProfile(profile)) {
    const address = environment['TEMPORAL_ADDRESS'];
    if (address !== undefined) expect({ name, address }).toEqual({ name, address: 'temporal:7233' });
  }
  const [[, server] = ['', null]] = servers;
  expect(server?.ports.map(({ target }) => target)).toContain(7233);
});

test('every file that is mounted is in the repository, every volume is used and none is missing', () => {
  const volumes = Object.values(compose.services).flatMap((one) => one.volumes);
  const files = volumes.filter(({ type }) => type === 'bind').map(({ source }) => source);
  const foreign = files.filter((file) => !file.startsWith(ROOT));
  expect(new Set(foreign)).toEqual(new Set([`${HOME}/.kube/config`]));
  expect(files.filter((file) => file.startsWith(ROOT) && !existsSync(file))).toEqual([]);
  const named = volumes.filter(({ type }) => type === 'volume').map(({ source }) => source);
  expect(new Set(named)).toEqual(new Set(Object.keys(compose.volumes)));
});

test.each(OURS)(
  'the %s is in both profiles and reads its configuration, which names services that are there',
  (name) => {
    const { profiles, command, environment, read_only } = service(name);
    expect({ profiles, command, read_only }).toEqual({ profiles: [...PROFILES], command: [name], read_only: true });
    expect(mountedAt(service(name), environment['KUBECONFIG'] ?? '')).toBe(`${HOME}/.kube/config`);
    const file = mountedAt(service(name), DEFAULT_CONFIG_PATH) ?? '';
    const { cluster, connectivity } = loadConfig({ path: `${ROOT}${file}`, env: {} });
    expect(cluster).toBe('compose');
    expect(connectivity.collectorUrl).toBe(`http://collector:${PORTS.collector}`);
  },
);

test('the image is built once, from the Dockerfile, and never pulled from a registry', () => {
  const builds = Object.entries(compose.services).filter(([, { build }]) => build !== undefined);
  expect(builds.map(([name, { build }]) => [name, build?.dockerfile])).toEqual([['worker', 'Dockerfile']]);
  expect(new Set(OURS.map((name) => service(name).image)).size).toBe(1);
  expect(OURS.filter((name) => service(name).build === undefined).map((name) => service(name).pull_policy)).toEqual([
    'never',
    'never',
  ]);
});

test.each(PROFILES)('in the profile %s healing waits for no monitoring, and monitoring starts after it', (profile) => {
  const services = ofProfile(profile);
  for (const [name, { depends_on }] of services) {
    const others = Object.keys(depends_on).filter((other) => MONITORING.includes(other));
    expect({ name, others }).toEqual({ name, others: [] });
  }
  for (const name of MONITORING) expect(Object.keys(service(name).depends_on).toSorted()).toEqual([...OURS].toSorted());
});

test('the parts of the Temporal server look for each other in their own container, and the health check asks two of them', () => {
  const { environment, healthcheck } = service('temporal-server');
  expect(environment['TEMPORAL_BROADCAST_ADDRESS']).toBe('127.0.0.1');
  // Answered by the part that matches tasks with workers; system-info comes from the frontend alone.
  expect(healthcheck?.test.at(-1)).toMatch(/\/api\/v1\/namespaces\/temporal-system\/task-queues\/\w+$/);
});

test('a file with the passwords and paths of somebody is not committed', () => {
  expect(readFileSync(`${ROOT}.gitignore`, 'utf8').split('\n')).toContain('.env');
});

test.each(OURS)('the %s is asked and published on the port of the configuration, and has the time to stop', (name) => {
  const { healthcheck, ports, stop_grace_period } = service(name);
  expect(healthcheck?.test.at(-1)).toContain(`http://localhost:${PORTS[name]}/readyz`);
  expect(ports.map(({ target }) => target)).toEqual([PORTS[name]]);
  expect(Number.parseInt(stop_grace_period ?? '', 10)).toBeGreaterThan(config.worker.shutdownGraceMs / 1_000 + 10);
});

test('the collector keeps its reports in a volume', () => {
  const store = config.collector.store.path;
  const volume = service('collector').volumes.find(({ target }) => store.startsWith(`${target}/`));
  expect(volume?.type).toBe('volume');
});

test('Temporal and Prometheus are the versions that the tests run on', async () => {
  const temporal = (await pinnedVersion(toolNamed('temporal'))).slice(1);
  expect(service('temporal-dev').image).toBe(`temporalio/temporal:${temporal}`);
  expect(service('prometheus').image).toBe(`prom/prometheus:${await pinnedVersion(toolNamed('prometheus'))}`);
});

test.each(['temporal-schema', 'temporal-namespace'])('%s runs a script that is mounted', (name) => {
  const [shell, script = ''] = service(name).entrypoint ?? [];
  expect(shell).toBe('/bin/sh');
  expect(mountedAt(service(name), script)).toMatch(/^deploy\/temporal\/[a-z]+\.sh$/);
});

test('the parts of the Temporal server have one version and one password', () => {
  const versions = ['temporal-schema', 'temporal-namespace', 'temporal-server'].map((name) => service(name).image);
  expect(new Set(versions.map((image) => image.split(':')[1])).size).toBe(1);
  const { environment: database } = service('postgresql');
  const { environment: schema } = service('temporal-schema');
  const { environment: server } = service('temporal-server');
  const password = database['POSTGRES_PASSWORD'];
  expect([schema['SQL_PASSWORD'], server['POSTGRES_PWD']]).toEqual([password, password]);
  const user = database['POSTGRES_USER'];
  expect([schema['SQL_USER'], server['POSTGRES_USER']]).toEqual([user, user]);
  expect([schema['SQL_HOST'], server['POSTGRES_SEEDS']]).toEqual(['postgresql', 'postgresql']);
  expect(mountedAt(service('temporal-server'), server['DYNAMIC_CONFIG_FILE_PATH'] ?? '')).toBeDefined();
});
