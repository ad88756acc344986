/** Forty containers, what is known of them and what is declared, each with its judgement. */

import { expect, test } from '@jest/globals';

import { linuxContainer, linuxRow, windowsContainer } from '../../tests/fixtures/privileges.ts';
import type { ContainerFacts, LinuxSpec } from './container.ts';
import type { Declaration, LinuxDeclaration } from './declaration.ts';
import { isDrift, JUDGEMENTS, type Judgement, judge } from './judgement.ts';
import { observationOf, type ProcessFacts } from './observation.ts';

interface Case {
  readonly name: string;
  readonly spec?: Partial<LinuxSpec>;
  readonly startedAs?: { readonly uid: number; readonly gid: number };
  readonly processes?: readonly ProcessFacts[];
  readonly runs?: Partial<LinuxDeclaration>;
  readonly judgement: Judgement;
  readonly finding?: string;
}

const ROOT = { uid: 0, gid: 0 };
const NOBODY: ProcessFacts = { uid: 65_534, gid: 65_534, effective: '0', permitted: '0' };
const NET_RAW_MASK = '0000000000002000';

const BY_SPEC: readonly Case[] = [
  { name: 'nobody, all dropped', judgement: 'as-declared' },
  { name: 'nobody, nothing dropped: no process holds the bound', spec: { drop: [] }, judgement: 'as-declared' },
  { name: 'no user in the spec', spec: { uid: null, gid: null }, judgement: 'unknown', finding: 'uid is known' },
  { name: 'no group in the spec', spec: { gid: null }, judgement: 'unknown', finding: 'gid is known' },
  { name: 'root', spec: { uid: 0 }, judgement: 'more', finding: 'uid 0, declared is 65534' },
  { name: 'group of root', spec: { gid: 0 }, judgement: 'more', finding: 'gid 0, declared is 65534' },
  { name: 'another user', spec: { uid: 1_000 }, judgement: 'more', finding: 'uid 1000' },
  { name: 'another group', spec: { gid: 1_000 }, judgement: 'more', finding: 'gid 1000' },
  { name: 'an added capability', spec: { add: ['NET_ADMIN'] }, judgement: 'more', finding: 'capability NET_ADMIN' },
  { name: 'one by its long name', spec: { add: ['CAP_NET_ADMIN'] }, judgement: 'more', finding: 'NET_ADMIN' },
  { name: 'one that no kernel has', spec: { add: ['MAGIC'] }, judgement: 'more', finding: 'capability MAGIC' },
  { name: 'all added', spec: { add: ['ALL'] }, judgement: 'more', finding: 'capability SYS_ADMIN' },
  { name: 'privileged', spec: { privileged: true }, judgement: 'more', finding: 'privileged' },
  { name: 'host network', spec: { hostNamespaces: ['network'] }, judgement: 'more', finding: 'host network' },
  { name: 'host processes', spec: { hostNamespaces: ['pid'] }, judgement: 'more', finding: 'host pid' },
  { name: 'host ipc', spec: { hostNamespaces: ['ipc'] }, judgement: 'more', finding: 'host ipc' },
  { name: 'the root of the node', spec: { hostRoot: true }, judgement: 'more', finding: 'hostPath to /' },
  { name: 'more goes before unknown', spec: { uid: null, privileged: true }, judgement: 'more' },
  {
    name: 'declared host network',
    spec: { hostNamespaces: ['network'] },
    runs: { hostNamespaces: ['network'] },
    judgement: 'as-declared',
  },
  {
    name: 'root with the default set, one declared',
    spec: { ...ROOT, drop: [] },
    runs: { user: ROOT, capabilities: ['NET_RAW'] },
    judgement: 'more',
    finding: 'capability CHOWN',
  },
  {
    name: 'root with all but one dropped',
    spec: { ...ROOT, add: ['NET_RAW'] },
    runs: { user: ROOT, capabilities: ['NET_RAW'] },
    judgement: 'as-declared',
  },
  {
    name: 'root with one of the default set dropped',
    spec: { ...ROOT, drop: ['ALL', 'CAP_CHOWN'], add: ['CHOWN'] },
    runs: { user: ROOT, capabilities: ['CHOWN'] },
    judgement: 'as-declared',
  },
  {
    name: 'root declared, nobody runs',
    runs: { user: ROOT },
    judgement: 'less',
    finding: 'uid 65534, declared is 0',
  },
  {
    name: 'a capability that is never there',
    runs: { capabilities: ['NET_RAW'] },
    judgement: 'less',
    finding: 'never capability NET_RAW',
  },
  { name: 'one in the bound', spec: { drop: [] }, runs: { fileCapabilities: ['NET_RAW'] }, judgement: 'as-declared' },
  {
    name: 'privileged declared and privileged',
    spec: { ...ROOT, privileged: true, hostNamespaces: ['pid'], hostRoot: true },
    runs: { user: ROOT, privileged: true },
    judgement: 'as-declared',
  },
  {
    name: 'privileged declared only',
    spec: ROOT,
    runs: { user: ROOT, privileged: true },
    judgement: 'less',
    finding: 'not privileged',
  },
  {
    name: 'host namespace declared only',
    runs: { hostNamespaces: ['pid'] },
    judgement: 'less',
    finding: 'not host pid',
  },
  { name: 'hostPath declared only', runs: { hostRoot: true }, judgement: 'less', finding: 'no hostPath' },
];

const BY_STATUS: readonly Case[] = [
  { name: 'an image of root', spec: { uid: null, gid: null }, startedAs: ROOT, judgement: 'more', finding: 'uid 0' },
  {
    name: 'an image of nobody',
    spec: { uid: null, gid: null },
    startedAs: { uid: 65_534, gid: 65_534 },
    judgement: 'as-declared',
  },
  { name: 'the status goes before the spec', startedAs: ROOT, judgement: 'more', finding: 'uid 0' },
];

const BY_PROCESSES: readonly Case[] = [
  { name: 'nobody', processes: [NOBODY], judgement: 'as-declared' },
  { name: 'processes go before the status', startedAs: ROOT, processes: [NOBODY], judgement: 'as-declared' },
  { name: 'a setuid program', processes: [NOBODY, { ...NOBODY, uid: 0 }], judgement: 'more', finding: 'uid 0' },
  {
    name: 'a file capability',
    processes: [{ ...NOBODY, effective: NET_RAW_MASK, permitted: NET_RAW_MASK }],
    judgement: 'more',
    finding: 'capability NET_RAW',
  },
  {
    name: 'one that is permitted alone',
    processes: [{ ...NOBODY, permitted: NET_RAW_MASK }],
    judgement: 'more',
    finding: 'NET_RAW',
  },
  {
    name: 'a declared file capability',
    spec: { drop: [] },
    processes: [{ ...NOBODY, effective: NET_RAW_MASK }],
    runs: { fileCapabilities: ['NET_RAW'] },
    judgement: 'as-declared',
  },
  {
    name: 'a bit of a newer kernel',
    processes: [{ ...NOBODY, effective: '20000000000' }],
    judgement: 'more',
    finding: 'capability CAP_41',
  },
  {
    name: 'root that has become others',
    spec: { ...ROOT, add: ['SETUID'] },
    processes: [
      { ...ROOT, effective: '80', permitted: '80' },
      { ...NOBODY, uid: 101, gid: 101 },
    ],
    runs: { user: ROOT, capabilities: ['SETUID'] },
    judgement: 'as-declared',
  },
];

function judgementOf({ spec, startedAs, processes, runs }: Case) {
  const container = linuxContainer(spec, { startedAs: startedAs ?? null });
  return judge(observationOf(container, processes ?? []), linuxRow(runs));
}

test.each([...BY_SPEC, ...BY_STATUS, ...BY_PROCESSES])('M50: $name is $judgement', (row) => {
  const { judgement, findings } = judgementOf(row);
  expect([judgement, findings.join('; ')]).toEqual([row.judgement, expect.stringContaining(row.finding ?? '')]);
});

test('the table has forty containers', () => {
  expect(BY_SPEC.length + BY_STATUS.length + BY_PROCESSES.length).toBeGreaterThanOrEqual(40);
});

const ofWindows = (userName: string, hostProcess = false): Declaration => ({
  ...linuxRow(),
  runs: { os: 'windows', userName, hostProcess },
});

test.each<[string, ContainerFacts, Declaration, Judgement]>([
  [
    'as declared',
    windowsContainer({ hostProcess: false, userName: 'containeruser' }),
    ofWindows('ContainerUser'),
    'as-declared',
  ],
  [
    'a HostProcess',
    windowsContainer({ hostProcess: true, userName: 'ContainerUser' }),
    ofWindows('ContainerUser'),
    'more',
  ],
  [
    'another user',
    windowsContainer({ hostProcess: false, userName: 'ContainerAdministrator' }),
    ofWindows('ContainerUser'),
    'more',
  ],
  ['no user', windowsContainer({ hostProcess: false, userName: null }), ofWindows('ContainerUser'), 'unknown'],
  ['no HostProcess', windowsContainer({ hostProcess: false, userName: 'SYSTEM' }), ofWindows('SYSTEM', true), 'less'],
  ['of Linux by its declaration', windowsContainer({ hostProcess: false, userName: 'x' }), linuxRow(), 'unknown'],
  ['a Linux one of Windows by its declaration', linuxContainer(), ofWindows('x'), 'unknown'],
])('a container of Windows, %s', (_, container, row, judgement) => {
  expect(judge(observationOf(container, []), row).judgement).toBe(judgement);
});

test('M50: what is more, undeclared or unknown is drift, the rest is not', () => {
  expect(JUDGEMENTS.filter(isDrift)).toEqual(['more', 'undeclared', 'unknown']);
  expect(judge(observationOf(linuxContainer(), []), null).judgement).toBe('undeclared');
});
