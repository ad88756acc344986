/** The chart of the echo in a real API server: every object accepted, every pod admitted, installed by its own notes. */

import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type ChartWorld, startChartWorld } from './chart-world.ts';
import { dryRun, inRestricted } from './dry-run.ts';
import { ECHO_CHART, ECHO_VALUE_SETS, NAMESPACE, RELEASE, renderChart, valuesOf } from './helm.ts';
import { installedObject } from './installed-process.ts';
import { renderedPods } from './rendered-pods.ts';
import { KNOWN_DEFAULTS, storedDifferences } from './stored-differences.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/vigilante', import.meta.url));
const NAME = `${RELEASE}-vigilante-echo`;

let world: ChartWorld;

beforeAll(async () => {
  world = await startChartWorld();
  await world.sandbox.addNode('linux-1', { os: 'linux' });
  await symlink(PROGRAM, join(world.folder, 'vigilante'));
});

afterAll(async () => {
  await world?.stop();
});

test.each(ECHO_VALUE_SETS)('the API server accepts every object, and Pod Security restricted the pods: %s', (set) => {
  const manifests = renderChart(set, {}, ECHO_CHART);
  const pods = renderedPods(manifests).map(({ manifest }) => inRestricted(manifest));
  expect(pods).toHaveLength(1);
  const objects = [...manifests, ...pods];
  const { status, stdout, stderr } = dryRun(world, objects);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.trim().split('\n')).toHaveLength(objects.length);
});

test.each(ECHO_VALUE_SETS)('the API server adds no field and changes none: %s', (set) => {
  const manifests = renderChart(set, {}, ECHO_CHART).filter(({ kind }) => !KNOWN_DEFAULTS.includes(kind));
  expect(manifests.map(({ kind }) => kind)).toContain('ServiceAccount');
  expect(storedDifferences(world, manifests)).toEqual([]);
});

const ServiceSchema = z.looseObject({ spec: z.looseObject({ healthCheckNodePort: z.int() }) });

test('the notes make the key, its pods come up under Pod Security restricted, and uninstalling leaves the key alone', () => {
  const release = [RELEASE, '--namespace', NAMESPACE];
  const values = ['--values', valuesOf('minimal', ECHO_CHART), '--set', 'config.echo.name=onprem-1'];
  const installed = world.helm(['install', ...release, ECHO_CHART, ...values]);
  expect(installed).toMatchObject({ status: 0, stderr: '' });
  const notes = installed.stdout.slice(installed.stdout.indexOf('NOTES:'));
  expect(notes).toContain('The echo onprem-1 says');

  const [generate = '', show = '', create = '', wait = '', address = '', check = ''] = notes
    .split('\n')
    .flatMap((line) => (/^ {2}(kubectl|vigilante) /.test(line) ? [line.trim()] : []));
  const inFolder = (line: string) => world.shell(`cd '${world.folder}' && ${line}`);
  expect(inFolder(generate)).toMatchObject({ status: 0, stderr: '' });
  expect(inFolder(show).stdout).toMatch(/^[\w-]{43}\n$/);
  expect(inFolder(create)).toMatchObject({ status: 0, stderr: '' });
  expect(inFolder(wait)).toMatchObject({ status: 0, stderr: '' });
  // Nobody here gives a load balancer an address.
  expect(inFolder(address)).toMatchObject({ status: 0, stdout: '' });
  expect(check).toBe('vigilante echo check http://ADDRESS:8080/v1/source --public-key KEY');

  // By this port a load balancer finds the nodes that have a pod: there is none without the policy Local.
  const { spec } = ServiceSchema.parse(installedObject(world, 'service', NAME));
  expect(spec.healthCheckNodePort).toBeGreaterThan(0);
  const pods = world.shell(`kubectl get pods --namespace ${NAMESPACE} --output name`).stdout.trim().split('\n');
  expect(pods).toHaveLength(2);

  expect(world.helm(['uninstall', ...release, '--wait'])).toMatchObject({ status: 0 });
  const kinds = 'deployment,service,configmap,serviceaccount,networkpolicy,pdb';
  const selector = `--selector app.kubernetes.io/instance=${RELEASE}`;
  expect(world.shell(`kubectl get ${kinds} --namespace ${NAMESPACE} ${selector} --output name`).stdout).toBe('');
  expect(world.shell(`kubectl get secret echo-key --namespace ${NAMESPACE} --output name`).stdout).toBe(
    'secret/echo-key\n',
  );
});
