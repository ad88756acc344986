/** Dockerfile and docker-compose.yml: what they name is there, and they agree with the configuration. */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { leafKeys } from '../../config/key-tree.ts';
import { DEFAULT_CONFIG_PATH, loadConfig } from '../../config/load.ts';
import { ConfigSchema } from '../../config/schema.ts';
import { pinnedVersion, toolNamed } from '../../sandbox/tools/catalogue.ts';
import { sourceFiles } from '../tidy/repository-files.ts';
import { sourceFacts } from '../tidy/source-facts.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

function read(file: string): string {
  return readFileSync(`${ROOT}${file}`, 'utf8');
}

/** The keys that the file uses, each as the compose specification wants it: an unknown one is an error. */
const ServiceSchema = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.string() }).optional(),
  command: z.array(z.string()),
  user: z.string(),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(
    z.union([
      z.string().regex(/^[a-z]+:\/[a-z/]+$/),
      z.strictObject({
        type: z.literal('bind'),
        source: z.string(),
        target: z.string(),
        read_only: z.literal(true),
        bind: z.strictObject({ create_host_path: z.literal(false) }),
      }),
    ]),
  ),
  // Nothing here asks who is calling: only this machine may.
  ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/)),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  stop_grace_period: z
    .string()
    .regex(/^\d+s$/)
    .optional(),
  restart: z.literal('unless-stopped'),
  healthcheck: z.strictObject({
    test: z.array(z.string()).min(2),
    interval: z.string(),
    timeout: z.string(),
    start_period: z.string(),
    retries: z.int(),
  }),
});
type Service = z.infer<typeof ServiceSchema>;

const ComposeSchema = z.strictObject({
  name: z.string(),
  'x-vigilante': z.unknown(),
  services: z.strictObject({ temporal: ServiceSchema, worker: ServiceSchema, starter: ServiceSchema }),
  volumes: z.record(z.string(), z.null()),
});

const composeText = read('docker-compose.yml');
const compose = ComposeSchema.parse(parse(composeText, { merge: true }));
const { temporal, worker, starter } = compose.services;
const OURS = { worker, starter };
const [, httpPort] = (
  leafKeys()
    .find(({ path }) => path === 'http.port')
    ?.notes.fallback.match(/\d+/g) ?? []
).map(Number);

/** With the defaults that the file gives its variables. */
function resolved(text: string): string {
  return text.replace(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1');
}

function bindOf(service: Service, target: string): string | undefined {
  const found = service.volumes.find((volume) => typeof volume !== 'string' && volume.target === target);
  return typeof found === 'object' ? resolved(found.source) : undefined;
}

test('every variable of docker-compose.yml has a default and a line in its head', () => {
  const used = new Set([...composeText.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
  const withDefault = new Set([...composeText.matchAll(/\$\{(\w+):-[^}]+\}/g)].map(([, name]) => name));
  const described = new Set([...composeText.matchAll(/^# {3}([A-Z_]+) {2,}/gm)].map(([, name]) => name));
  expect(withDefault).toEqual(used);
  expect(described).toEqual(used);
});

test('Temporal is the version that the tests run on, keeps its database in the volume and serves on its address', async () => {
  const version = (await pinnedVersion(toolNamed('temporal'))).slice(1);
  expect(temporal.image).toBe(`temporalio/temporal:${version}`);
  const database = temporal.command.find((argument) => argument.startsWith('--db-filename='))?.split('=')[1];
  const [volume = '', folder = ''] = z.string().parse(temporal.volumes[0]).split(':');
  expect(Object.keys(compose.volumes)).toContain(volume);
  expect(database?.startsWith(`${folder}/`)).toBe(true);
  expect(temporal.ports).toContain('127.0.0.1:7233:7233');
});

test.each(Object.entries(OURS))('the %s starts after Temporal and reaches it', (name, service) => {
  expect(service.command).toEqual([name]);
  expect(service.depends_on).toEqual({ temporal: { condition: 'service_healthy' } });
  expect(service.environment['TEMPORAL_ADDRESS']).toBe('temporal:7233');
  expect(temporal.command).toContain('--ip=0.0.0.0');
  const namespace = resolved(service.environment['TEMPORAL_NAMESPACE'] ?? '');
  expect(temporal.command.map(resolved)).toContain(`--namespace=${namespace}`);
});

test.each(Object.entries(OURS))('the %s finds its configuration and its kubeconfig', (_, service) => {
  const file = bindOf(service, DEFAULT_CONFIG_PATH);
  expect(file).toBe('./deploy/conf.yaml');
  expect(loadConfig({ path: `${ROOT}${file}`, env: {} }).cluster).toBe('compose');
  expect(bindOf(service, service.environment['KUBECONFIG'] ?? '')).toBe('~/.kube/config');
});

test.each(Object.entries(OURS))('the %s is asked and published on the port of the configuration', (_, service) => {
  expect(service.healthcheck.test.at(-1)).toContain(`http://localhost:${httpPort}/readyz`);
  expect(service.ports.map((port) => Number(port.split(':')[2]))).toEqual([httpPort]);
  const { shutdownGrace } = ConfigSchema.parse({}).worker;
  expect(Number.parseInt(service.stop_grace_period ?? '', 10)).toBeGreaterThan(shutdownGrace / 1_000 + 10);
});

test('no two services publish the same port', () => {
  const published = Object.values(compose.services).flatMap(({ ports }) => ports.map((port) => port.split(':')[1]));
  expect(new Set(published).size).toBe(published.length);
});

const dockerfile = read('Dockerfile');
const finalStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
const copied = [...finalStage.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) => (files ?? '').split(' '));
const allowed = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, file]) => file ?? '');

test('the Dockerfile copies what is there and what .dockerignore lets through', () => {
  const named = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) =>
    (files ?? '').split(' '),
  );
  const files = named.filter((file) => file !== '.');
  expect(files.filter((file) => !existsSync(`${ROOT}${file}`))).toEqual([]);
  expect(files.filter((file) => !allowed.includes(file))).toEqual([]);
});

test('the image has every file that its processes import', () => {
  const inImage = (file: string) => copied.some((folder) => file.startsWith(`${folder}/`));
  const missing = sourceFiles()
    .filter((file) => inImage(file) && !/\.test\.ts$|-fixtures\.ts$/.test(file))
    .flatMap((file) => sourceFacts(file).imports)
    .filter(({ target, typesOnly }) => target.kind === 'file' && !typesOnly)
    .filter(({ target }) => !inImage(target.name) || target.name.endsWith('-fixtures.ts'))
    // The sandbox is for a checkout: it builds its programs from tools/.
    .filter(({ target }) => target.name !== 'sandbox/main.ts');
  expect(missing).toEqual([]);
});

test('the image exposes the ports of the configuration', () => {
  const exposed = finalStage
    .match(/^EXPOSE (.+)$/m)?.[1]
    ?.split(' ')
    .map(Number);
  const { metricsPort } = ConfigSchema.parse({}).temporal;
  const ports =
    leafKeys()
      .find(({ path }) => path === 'http.port')
      ?.notes.fallback.match(/\d+/g) ?? [];
  expect(new Set(exposed)).toEqual(new Set([metricsPort, ...ports.map(Number)]));
});

test('the chart and the image have the version of the package', () => {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(read('package.json')));
  const chart = z
    .object({ version: z.string(), appVersion: z.string() })
    .parse(parse(read('charts/vigilante/Chart.yaml')));
  expect(chart).toEqual({ version, appVersion: version });
});
