/** What the pages list is what the code has: rights, flags, metrics. */

import { expect, test } from '@jest/globals';
import { HELP as AGENT_HELP } from '../agent/agent-options.ts';
import { ORIGINAL_FLAGS_HELP } from '../collector/netchecker/flags.ts';
import { leafKeys } from '../config/schema/key-tree.ts';
import { RIGHTS_BEGIN, RIGHTS_END, rightsTable } from './chart/rbac-table.ts';
import { readRepositoryFile, repositoryFiles } from './tidy/repository-files.ts';

const netchecker = readRepositoryFile('docs/migration-from-netchecker.md');

/** The rows of the tables under a heading. */
function rowsUnder(page: string, heading: string): readonly string[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section.split('\n').filter((line) => line.startsWith('| '));
}

/** Such as `-report-ttl`, at the start of a word. */
function flagsIn(text: string): Set<string> {
  return new Set([...text.matchAll(/(?<![\w-])-[a-z][a-z-]+\b|(?<=[\s`])-v\b/g)].map(([flag]) => flag));
}

test('docs/security.md has the rights of rbac.yaml; node tests/chart/write-generated.ts brings it up to date', () => {
  const table = rightsTable(readRepositoryFile('charts/vigilante/files/rbac.yaml'));
  expect(readRepositoryFile('docs/security.md')).toContain(`${RIGHTS_BEGIN}\n${table}\n${RIGHTS_END}`);
});

test('a rule without a reason is refused', () => {
  const rule = 'worker:\n  clusterRules:\n    - {apiGroups: [""], resources: [nodes], verbs: [get]}\n';
  expect(() => rightsTable(rule)).toThrow('worker has a rule for nodes without a reason');
});

test('docs/migration-from-netchecker.md has every flag of the original server, and no other', () => {
  const lines = ORIGINAL_FLAGS_HELP.split('\n').filter((line) => line.startsWith('  -'));
  const known = flagsIn(lines.map((line) => line.split(/ {2,}/)[1]).join('\n'));
  expect(known.size).toBeGreaterThan(10);
  expect(flagsIn(rowsUnder(netchecker, 'Flags of the server').join('\n'))).toEqual(known);
});

test('docs/migration-from-netchecker.md has every flag of the agent', () => {
  const lines = AGENT_HELP.split('\n').filter((line) => line.startsWith('  -') && !line.startsWith('  -help'));
  const known = flagsIn(lines.map((line) => line.trim().split(/[=\s]/)[0]).join('\n'));
  expect(known.size).toBeGreaterThan(8);
  const told = flagsIn(rowsUnder(netchecker, 'Flags and variables of the agent').join('\n'));
  expect([...known].filter((flag) => !told.has(flag))).toEqual([]);
});

test('docs/migration-from-netchecker.md has every metric that the original served', () => {
  const recording = readRepositoryFile('tests/recordings/netchecker/server-etcd.txt');
  const families = new Set([...recording.matchAll(/^# TYPE (ncagent_\w+)/gm)].map(([, family]) => family ?? ''));
  expect(families.size).toBe(10);
  const rows = rowsUnder(netchecker, 'Metrics').join('\n');
  const missing = [...families].filter(
    (family) => !rows.includes(family) && !rows.includes(family.replace('ncagent_http_probe', '…')),
  );
  expect(missing).toEqual([]);
});

test.each([
  'installation',
  'security',
  'echo',
  'evidence',
  'onboarding',
  'migration-from-netchecker',
  'migration-from-cops-vigilante',
])('each key of the configuration that docs/%s.md names is one', (page) => {
  const keys = leafKeys().map(({ path }) => path);
  const sections = ['healing', 'connectivity', 'temporal', 'worker', 'starter', 'echo', 'http', 'log'];
  const text = readRepositoryFile(`docs/${page}.md`);
  const named = [...text.matchAll(/(?<=`|config\.)(\w+)\.([\w.]+\w)/g)]
    .filter(([, section = '']) => sections.includes(section))
    .map(([key]) => key)
    // Values of the chart, not of the configuration.
    .filter(
      (key) =>
        !/^(temporal\.(address|namespace|apiKey|tls)|(worker|starter)\.(resources|serviceAccount|replicas))/.test(key),
    );
  expect(named.filter((key) => !keys.some((path) => path === key || path.startsWith(`${key}.`)))).toEqual([]);
});

test('docs/operations.md has every Event of a heal, with its type', () => {
  const types = [...readRepositoryFile('activities/healing/events.ts').matchAll(/^ {2}(\w+): '(Normal|Warning)',$/gm)];
  expect(types.length).toBeGreaterThan(10);
  const rows = rowsUnder(readRepositoryFile('docs/operations.md'), 'Events on the node');
  const told = rows.map((row) =>
    row
      .split(' | ')
      .slice(0, 2)
      .join(' ')
      .replaceAll(/[|` ]+/g, ' ')
      .trim(),
  );
  expect(told.slice(1).toSorted()).toEqual(types.map(([, reason, type]) => `${reason} ${type}`).toSorted());
});

/** Everything that tells people which commands to type. */
const COMMAND_PAGES = repositoryFiles().filter((file) => file.endsWith('.md') || file.endsWith('NOTES.txt'));

/** The blocks of shell of a page, and the lines of the notes. */
function shellOf(page: string): readonly string[] {
  const text = readRepositoryFile(page);
  return page.endsWith('.md') ? [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block ?? '') : [text];
}

test('each installation is into a namespace that is made restricted first', () => {
  const installs = COMMAND_PAGES.flatMap((page) =>
    shellOf(page)
      .filter((block) => /^helm install /m.test(block))
      .map((block) => ({ page, block })),
  );
  expect(installs.length).toBeGreaterThanOrEqual(3);
  for (const { page, block } of installs) {
    const namespace = /helm install .*?--namespace (\S+)/s.exec(block)?.[1];
    const label = `kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=restricted`;
    expect({ page, isRestricted: block.split('helm install')[0]?.includes(label) }).toEqual({
      page,
      isRestricted: true,
    });
  }
});

test('no page asks for privileged in the namespace of the release: agents of the host network and acts on nodes have their own', () => {
  const labelled = COMMAND_PAGES.flatMap((page) =>
    shellOf(page).flatMap((block) =>
      [...block.matchAll(/kubectl label namespace (.+?) (?:--overwrite )?pod-security\S*=privileged/g)].map(
        ([, namespace]) => `${page}: ${namespace}`,
      ),
    ),
  );
  // In the notes they are those of `vigilante.agentNamespace` and `vigilante.maintenanceNamespace`, never the release's.
  expect(labelled.toSorted()).toEqual([
    'charts/vigilante/templates/NOTES.txt: {{ $acting }}',
    'charts/vigilante/templates/NOTES.txt: {{ $namespace }}',
    'docs/connectivity.md: vigilante-agents',
  ]);
});
