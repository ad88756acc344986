/** Evaluation and Events: what is judged by what was read, and what is said of what could not be. */

import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';

import { PROCESSES_PAGE } from '../../contracts/connectivity/processes.ts';
import type { PrivilegesActivities } from '../../contracts/privileges/activities.ts';
import { NOTHING_DECLARED } from '../../domain/privileges/declaration.ts';
import { driftRows } from '../../domain/privileges/report.ts';
import { ClusterError } from '../../kubernetes/client/cluster-error.ts';
import type { ObjectEvent } from '../../kubernetes/client/events.ts';
import { linuxContainer, linuxRow } from '../../tests/fixtures/privileges.ts';
import { createPrivilegesActivities } from './activities.ts';
import type { DeclaredReading, PrivilegesActivityDeps } from './deps.ts';

const CONTAINER = linuxContainer({ uid: null, gid: null });
const DECLARED: DeclaredReading = {
  kind: 'declared',
  declarations: { ...NOTHING_DECLARED, rows: [linuxRow()] },
  problem: null,
};
const READ = {
  name: 'ndt',
  uid: 65_534,
  gid: 65_534,
  effective: '0',
  permitted: '0',
  noNewPrivileges: true,
  seccomp: 2,
  userNamespace: false,
};

const agent = (name: string, node: string, ids: readonly string[] = [], problem: string | null = null) => ({
  agent: name,
  namespace: 'vigilante',
  node,
  processes: { containers: ids.map((id) => ({ id, processes: [READ], omitted: 0 })), omitted: 0, problem },
});

interface World extends Partial<PrivilegesActivityDeps> {
  readonly pages?: readonly unknown[];
}

function worldOf({ pages = [[]], ...deps }: World) {
  const asked: object[] = [];
  const activities = createPrivilegesActivities({
    containers: { list: () => Promise.resolve([CONTAINER]) },
    collector: {
      url: 'http://collector',
      ask: (_, query) => {
        asked.push(query);
        return Promise.resolve({ status: 200, body: pages[asked.length - 1] });
      },
    },
    declared: () => DECLARED,
    events: { record: () => Promise.resolve() },
    intervalMs: 5,
    ...deps,
  });
  const run = <Name extends keyof PrivilegesActivities>(name: Name, ...input: Parameters<PrivilegesActivities[Name]>) =>
    new MockActivityEnvironment().run(activities[name] as never, ...input) as ReturnType<PrivilegesActivities[Name]>;
  return { asked, run };
}

async function reportOf(world: World) {
  const { asked, run } = worldOf(world);
  const evaluation = await run('evaluatePrivileges');
  if (evaluation.kind !== 'report') throw new Error(evaluation.message);
  expect(evaluation.intervalMs).toBe(5);
  return { asked, report: evaluation.report };
}

test("M50: a container is judged by the processes that its node's agent has read", async () => {
  const { report } = await reportOf({ pages: [[agent('a', 'lga01', [CONTAINER.containerId])]] });
  expect(report.rows[0]).toMatchObject({ judgement: 'as-declared', worst: { source: 'processes' } });
});

test('M50: what an agent of another node says of a container is not taken', async () => {
  const { report } = await reportOf({ pages: [[agent('a', 'lga02', [CONTAINER.containerId])]] });
  expect(report.rows[0]).toMatchObject({ judgement: 'unknown', worst: { source: 'spec' } });
});

test('a page that is full is followed by the next one, which begins after its last agent', async () => {
  const first = Array.from({ length: PROCESSES_PAGE }, (_, index) => agent(`a${index + 10}`, 'n'));
  const { asked, report } = await reportOf({ pages: [first, [agent('b', 'lga01', [CONTAINER.containerId])]] });
  expect(asked).toEqual([{ limit: '50' }, { limit: '50', after: 'vigilante/a59' }]);
  expect(report.rows[0]?.judgement).toBe('as-declared');
});

test.each<[string, PrivilegesActivityDeps['collector']['ask'], string]>([
  ['is away', () => Promise.reject(new Error('refused')), 'cannot be asked for processes: refused'],
  ['is older', () => Promise.resolve({ status: 404, body: '' }), 'answered 404'],
  ['answers something else', () => Promise.resolve({ status: 200, body: {} }), 'is no list of processes'],
])('M50: a collector that %s leaves a container unknown, and is said', async (_, ask, problem) => {
  const { report } = await reportOf({ collector: { url: 'http://collector', ask } });
  expect(report.counts.unknown).toBe(1);
  expect(report.problems).toEqual([expect.stringContaining(problem)]);
});

test('M52: what agents complain of is shown, the first five', async () => {
  const page = Array.from({ length: 7 }, (_, index) => agent(`a${index}`, 'n', [], 'no hostPID'));
  const { report } = await reportOf({ pages: [page] });
  expect(report.problems).toHaveLength(6);
  expect(report.problems.slice(-2)).toEqual([expect.stringContaining('agent a4 on n: no hostPID'), 'and 2 more']);
});

test('M49: by a file that is refused nothing is judged', async () => {
  const { run } = worldOf({ declared: () => ({ kind: 'refused', problem: 'line 4: groups.g[1].user' }) });
  expect(await run('evaluatePrivileges')).toEqual({
    kind: 'unavailable',
    message: 'line 4: groups.g[1].user',
    intervalMs: 5,
  });
});

test('a drift becomes a warning on the owner, by the same key at each try', async () => {
  const events: ObjectEvent[] = [];
  const record = (event: ObjectEvent) => Promise.resolve(void events.push(event));
  const { report } = await reportOf({});
  const { run } = worldOf({ events: { record } });
  const input = { atMs: 7, rows: driftRows(report) };
  expect(await run('recordPrivilegeDrift', input)).toEqual({ problem: null });
  await run('recordPrivilegeDrift', input);
  expect(events[0]).toEqual(events[1]);
  expect(events[0]).toMatchObject({
    about: { kind: 'DaemonSet', name: 'ndt', namespace: 'default' },
    type: 'Warning',
    reason: 'PrivilegeDrift',
    message: expect.stringContaining('the privileges of container ndt-server are unknown'),
  });
});

test('an Event that is refused is left out and said, and an API server that is away is asked again', async () => {
  const { report } = await reportOf({});
  const rows = driftRows(report);
  const failing = (failure: ClusterError) => worldOf({ events: { record: () => Promise.reject(failure) } });
  const refused = new ClusterError({ kind: 'refused', status: 403, reason: 'Forbidden', message: 'create events: no' });
  expect((await failing(refused).run('recordPrivilegeDrift', { atMs: 7, rows })).problem).toContain('no');
  const away = new ClusterError({ kind: 'unreachable', message: 'away' });
  await expect(failing(away).run('recordPrivilegeDrift', { atMs: 7, rows })).rejects.toThrow('away');
});
