/** The file of declared privileges: what is refused, with line and key, and what the drifts of the example are. */

import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

import type { ContainerFacts } from '../../domain/privileges/container.ts';
import type { Declaration, Declarations } from '../../domain/privileges/declaration.ts';
import { driftRows, privilegesReport } from '../../domain/privileges/report.ts';
import { linuxContainer } from '../../tests/fixtures/privileges.ts';
import { parseDeclaredFile } from './declared-file.ts';

const EXAMPLE = readFileSync(new URL('../../docs/examples/privileges-mlab.yaml', import.meta.url), 'utf8');

const row = (text: string) => `groups:\n  g:\n    - { container: ok, user: "1:1" }\n    - { ${text} }\n`;

test.each([
  [
    'root instead of 0',
    'container: a, user: "root:root", reason: r',
    'line 4: groups.g[1].user: "root:root": expected numbers',
  ],
  ['a number alone', 'container: a, user: 0', 'line 4: groups.g[1].user: 0: expected numbers'],
  ['an id that no kernel has', 'container: a, user: "4294967295:1"', 'line 4: groups.g[1].user: '],
  ['no user', 'container: a', 'line 4: groups.g[1].user: nothing: expected numbers'],
  [
    'an unknown capability',
    'container: a, user: "1:1", capabilities: [NET_RAWW], reason: r',
    'line 4: groups.g[1].capabilities: "NET_RAWW"',
  ],
  [
    'a capability twice',
    'container: a, user: "1:1", capabilities: [KILL, CAP_KILL], reason: r',
    'line 4: groups.g[1].capabilities: KILL: expected it once',
  ],
  [
    'one in both lists',
    'container: a, user: "1:1", capabilities: [KILL], fileCapabilities: [KILL], reason: r',
    'line 4: groups.g[1].fileCapabilities: KILL: expected it once',
  ],
  ['the same place twice', 'container: ok, user: "2:2"', 'line 4: groups.g[1]: the same containers as groups.g[0]'],
  ['a key twice', 'container: a, user: "1:1", user: "2:2"', 'line 4: Map keys must be unique'],
  ['M49: no reason for root', 'container: a, user: "0:1"', 'line 4: groups.g[1].reason: expected why'],
  [
    'M49: an empty reason',
    'container: a, user: "1:1", privileged: true, reason: " "',
    'line 4: groups.g[1].reason: expected why',
  ],
  [
    'an unknown key',
    'container: a, user: "1:1", privilege: true',
    'line 4: groups.g[1].privilege: unknown key; did you mean privileged?',
  ],
  [
    'a workload without its kind',
    'workload: ndt, user: "1:1"',
    'line 4: groups.g[1].workload: "ndt": expected kind/name',
  ],
  ['a row of everything', 'user: "1:1"', 'line 4: groups.g[1].container: expected a container, a workload, or both'],
  [
    'another host namespace',
    'container: a, user: "1:1", hostNamespaces: [uts], reason: r',
    'line 4: groups.g[1].hostNamespaces: "uts"',
  ],
  [
    'a text for a flag',
    'container: a, user: "1:1", privileged: "yes", reason: r',
    'line 4: groups.g[1].privileged: "yes": expected true or false',
  ],
  [
    'Windows and a number',
    'container: a, windowsUser: ContainerUser, user: "1:1"',
    'line 4: groups.g[1].user: expected only without windowsUser',
  ],
])('M49: %s is refused with line and key', (_, text, problem) => {
  const read = parseDeclaredFile(row(text));
  expect(read.ok ? 'taken' : read.problems.join('\n')).toContain(problem);
});

test.each([
  ['a list', '- a\n', 'line 1: the file: expected the keys'],
  ['groups that are a list', 'groups: []\n', 'line 1: groups: expected names of groups'],
  ['a group that is a row', 'groups:\n  g: { container: a }\n', 'line 2: groups.g: expected a list'],
  ['an unknown key', 'group: {}\n', 'line 1: group: unknown key; did you mean groups?'],
  ['a namespace that is none', 'defaults:\n  ignore: ["*"]\n', 'line 2: defaults.ignore[0]: "*"'],
  ['no YAML', 'groups: {\n', 'line 2: '],
])('%s is refused with its line', (_, text, problem) => {
  const read = parseDeclaredFile(text);
  expect(read.ok ? 'taken' : read.problems.join('\n')).toContain(problem);
});

test('an empty file declares nothing, in all namespaces', () => {
  expect(parseDeclaredFile('')).toEqual({ ok: true, declarations: { rows: [], namespaces: ['*'], ignore: [] } });
});

function example(): Declarations {
  const read = parseDeclaredFile(EXAMPLE);
  if (!read.ok) throw new Error(read.problems.join('\n'));
  return read.declarations;
}

/** A container that is just what its row says. */
function declared(
  { workload, container, runs }: Declaration,
  change: Partial<ContainerFacts['spec']> = {},
): ContainerFacts {
  if (runs.os !== 'linux') throw new Error('the example is of Linux');
  const { user, privileged, capabilities, fileCapabilities, hostNamespaces, hostRoot } = runs;
  const add = [...capabilities, ...fileCapabilities];
  return linuxContainer(
    { ...user, privileged, add, hostNamespaces, hostRoot, ...change },
    { workload: workload ?? { kind: 'daemonset', name: 'host' }, container: container ?? workload?.name ?? '' },
  );
}

const reportOf = (containers: readonly ContainerFacts[]) =>
  privilegesReport({ atMs: 0, declarations: example(), containers, processesOf: () => [], problems: [] });

test('M51: the example has the 22 rows of the table, and nothing is drift where all is as declared', () => {
  const { rows } = example();
  const report = reportOf(rows.map((one) => declared(one)));
  expect(rows).toHaveLength(22);
  expect(report.counts).toMatchObject({ 'as-declared': 22, more: 0, undeclared: 0, unknown: 0, less: 0, absent: 0 });
});

const PLANTED: Readonly<Record<string, { readonly change: object; readonly as: string }>> = {
  dash: { change: { uid: 0, gid: 0 }, as: 'more' },
  msak: { change: { add: ['SYS_ADMIN'] }, as: 'more' },
  heartbeat: { change: { privileged: true }, as: 'more' },
  jostler: { change: { hostRoot: true }, as: 'more' },
  nodeinfo: { change: { hostNamespaces: ['pid'] }, as: 'more' },
  access: { change: { drop: [] }, as: 'more' },
  'tcp-info': { change: { uid: null }, as: 'unknown' },
  wehe: { change: {}, as: 'undeclared' },
};

test('M51: eight planted drifts are found, and nothing else is', () => {
  const containers = example().rows.map((one) => {
    const planted = PLANTED[one.container ?? ''];
    const container = declared(one, planted?.change);
    return planted?.as === 'undeclared' ? { ...container, container: `${container.container}-2` } : container;
  });
  const found = driftRows(reportOf(containers)).map(({ container, judgement }) => [container, judgement]);
  const expected = Object.entries(PLANTED).map(([name, { as }]) => [as === 'undeclared' ? `${name}-2` : name, as]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  expect(found).toHaveLength(8);
});
