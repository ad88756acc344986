/** What people and scripts see of a report, and a declaration that is made of it. */

import { expect, test } from '@jest/globals';

import { parseDeclaredFile } from '../../config/privileges/declared-file.ts';
import type { PrivilegesStatus } from '../../contracts/privileges/watch-privileges.ts';
import type { ContainerFacts } from '../../domain/privileges/container.ts';
import { NOTHING_DECLARED } from '../../domain/privileges/declaration.ts';
import { privilegesReport } from '../../domain/privileges/report.ts';
import { linuxContainer, linuxRow, windowsContainer } from '../../tests/fixtures/privileges.ts';
import { renderDeclaration } from './declaration.ts';
import { renderPrivileges } from './render.ts';

const ROOT = { uid: 0, gid: 0 };

const named = (name: string, container: ContainerFacts): ContainerFacts => ({
  ...container,
  workload: { kind: 'daemonset', name },
});

const CONTAINERS: readonly ContainerFacts[] = [
  named('plain', linuxContainer()),
  named('root', linuxContainer({ ...ROOT, drop: [] })),
  named('file', linuxContainer({ add: ['NET_RAW'] })),
  named('host', linuxContainer({ hostNamespaces: ['network'], hostRoot: true })),
  named('all', linuxContainer({ ...ROOT, privileged: true })),
  named('windows', windowsContainer({ hostProcess: true, userName: 'SYSTEM' })),
];

const reportOf = (declarations = NOTHING_DECLARED, containers = CONTAINERS) =>
  privilegesReport({ atMs: 1_000, declarations, containers, processesOf: () => [], problems: ['no agent'] });

const statusOf = (report: PrivilegesStatus['report']): PrivilegesStatus => ({
  cluster: 'c',
  state: 'drift',
  report,
  unavailable: null,
  writeProblem: null,
  lastEvaluationMs: 1_000,
  nextEvaluationMs: 61_000,
  evaluations: 1,
});

const view = (drift: boolean, format: 'table' | 'json' = 'table') => ({ format, drift, nowMs: 31_000 }) as const;

test('a table has a row for each workload, with --drift only those that are drift', () => {
  const declarations = {
    ...NOTHING_DECLARED,
    rows: [linuxRow({}, { container: null, workload: { kind: 'daemonset', name: 'plain' } })],
  };
  const status = statusOf(reportOf(declarations));
  const all = renderPrivileges(status, view(false));
  const drift = renderPrivileges(status, view(true));
  expect(all).toMatch(/as-declared +default +daemonset\/plain/);
  expect(drift).not.toContain('daemonset/plain');
  expect(drift).toMatch(/undeclared +default +daemonset\/root/);
  for (const text of ['Containers:', '5 undeclared, 1 as-declared', 'no agent', '30s ago', 'in 30s']) {
    expect(drift).toContain(text);
  }
});

test('JSON has the rows with stable keys, also before the first evaluation', () => {
  expect(JSON.parse(renderPrivileges(statusOf(reportOf()), view(true, 'json')))).toMatchObject({
    cluster: 'c',
    state: 'drift',
    counts: { undeclared: 6 },
    rows: expect.arrayContaining([expect.objectContaining({ workload: 'daemonset/all' })]),
    reportAt: '1970-01-01T00:00:01.000Z',
  });
  expect(JSON.parse(renderPrivileges(statusOf(null), view(false, 'json')))).toMatchObject({ counts: null, rows: [] });
});

test('M49: what declare writes is refused until each reason is there, and then nothing is drift', () => {
  const text = renderDeclaration(reportOf());
  const empty = parseDeclaredFile(text);
  expect(empty.ok ? [] : empty.problems).toHaveLength(5);
  expect(empty.ok ? [] : empty.problems).toEqual(
    Array.from({ length: 5 }, () => expect.stringContaining('.reason: expected why')),
  );
  const filled = parseDeclaredFile(text.replaceAll('reason: ""', 'reason: it must'));
  if (!filled.ok) throw new Error(filled.problems.join('\n'));
  expect(reportOf(filled.declarations).counts).toMatchObject({
    'as-declared': 6,
    more: 0,
    undeclared: 0,
    less: 0,
    absent: 0,
  });
});

test('M50: a user that is not known is left empty, which is refused as well', () => {
  const text = renderDeclaration(reportOf(NOTHING_DECLARED, [linuxContainer({ uid: null })]));
  const read = parseDeclaredFile(text.replaceAll('reason: ""', 'reason: it must'));
  expect(read.ok ? [] : read.problems).toEqual([expect.stringContaining('.user: "": expected numbers')]);
});
