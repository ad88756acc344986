/** What dashboard, alerts and pages name as a metric is one that a process serves. */

import { expect, test } from '@jest/globals';
import { dashboardQueries } from './integration/alerts/dashboard-file.ts';
import { alertRules } from './integration/alerts/rule-file.ts';
import { readRepositoryFile, repositoryFiles } from './tidy/repository-files.ts';

const PROCESSES = ['worker', 'maintainer', 'fleet', 'starter', 'collector', 'echo', 'runtime'];
const OPERATIONS = 'docs/operations.md';

/** Each with the folder that serves it. */
const served = new Map(
  repositoryFiles()
    .filter((file) => PROCESSES.some((folder) => file.startsWith(`${folder}/`)) && /(?<!\.test)\.ts$/.test(file))
    .flatMap((file) =>
      [...readRepositoryFile(file).matchAll(/'(vigilante_[a-z_]+)'/g)].map(
        ([, name = '']) => [name, file.split('/')[0] ?? ''] as const,
      ),
    ),
);

/** Without what Prometheus appends to the name of a histogram. */
function metricsIn(text: string): readonly string[] {
  const names = [...text.matchAll(/(?<!cops_)\bvigilante_[a-z_]+/g)].map(([name]) => name);
  return [...new Set(names.map((name) => name.replace(/_seconds_(bucket|count|sum)$/, '_seconds')))];
}

function unknownIn(text: string): readonly string[] {
  return metricsIn(text).filter((name) => !served.has(name));
}

test('the sources have the metrics that this test looks for', () => {
  expect([...served.keys()]).toEqual(expect.arrayContaining(['vigilante_nodes', 'vigilante_relapses_total']));
  expect(unknownIn('rate(vigilante_relapses_total[5m]) / vigilante_ready_to_healed_seconds_count')).toEqual([]);
  expect(unknownIn('vigilante_relapse_total')).toEqual(['vigilante_relapse_total']);
});

test.each(dashboardQueries('1m').map(({ panel, expr }) => ({ panel, expr })))(
  'the panel "$panel" reads what a process serves',
  ({ expr }) => {
    expect(unknownIn(expr)).toEqual([]);
  },
);

test('alerts and pages name only metrics that a process serves', () => {
  // The page about Docker names a volume.
  const pages = repositoryFiles().filter((file) => /^(README|docs\/(?!compose).*)\.md$/.test(file));
  const texts = alertRules().map(({ alert, expr }) => [alert, expr] as const);
  const named = [...texts, ...pages.map((page) => [page, readRepositoryFile(page)] as const)];
  expect(pages).toContain('docs/runbooks/relapses-braked.md');
  expect(named.flatMap(([at, text]) => unknownIn(text).map((name) => `${at}: ${name}`))).toEqual([]);
});

test('docs/operations.md has every metric of worker, maintainer, fleet and starter that is not of the connectivity', () => {
  const page = metricsIn(readRepositoryFile(OPERATIONS));
  const own = [...served].flatMap(([name, folder]) =>
    ['worker', 'maintainer', 'fleet', 'starter'].includes(folder) ? [name] : [],
  );
  const missing = own.filter((name) => !name.startsWith('vigilante_connectivity_') && !page.includes(name));
  expect(missing).toEqual([]);
});

/** What people look at while they switch on early finish, watch and startup taint. */
const SHOWN = [
  'vigilante_source_answers_total',
  'vigilante_refuted_to_healed_seconds',
  'vigilante_probe_turnaround_seconds',
  'vigilante_relapses_total',
  'vigilante_relapses_braked_total',
  'vigilante_startup_taint_removals_total',
  'vigilante_startup_taints_kept_total',
  'vigilante_startup_tainted_nodes',
  'vigilante_echo_reachable',
];

test.each(SHOWN)('the dashboard has a panel of %s', (name) => {
  expect(dashboardQueries('1m').flatMap(({ expr }) => metricsIn(expr))).toContain(name);
});
