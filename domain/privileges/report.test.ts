/** Rows of a report: what is put together, what is left out, what is new. */

import { expect, test } from '@jest/globals';

import { linuxContainer, linuxRow } from '../../tests/fixtures/privileges.ts';
import type { ContainerFacts } from './container.ts';
import type { Declaration } from './declaration.ts';
import { driftKey, driftRows, privilegesReport, ROWS_MAX } from './report.ts';

const report = (
  containers: readonly ContainerFacts[],
  rows: readonly Declaration[],
  processesOf: Parameters<typeof privilegesReport>[0]['processesOf'] = () => [],
) =>
  privilegesReport({
    atMs: 5,
    declarations: { rows, namespaces: ['*'], ignore: ['kube-system'] },
    containers,
    processesOf,
    problems: [],
  });

test('containers of one workload are one row, judged by the worst and counted each', () => {
  const found = report(
    [linuxContainer({}, { pod: 'a' }), linuxContainer({ uid: 0 }, { pod: 'b' }), linuxContainer({}, { pod: 'c' })],
    [linuxRow()],
  );
  expect(found.counts).toMatchObject({ more: 1, 'as-declared': 2 });
  expect(found.rows).toEqual([
    expect.objectContaining({ workload: 'daemonset/ndt', judgement: 'more', count: 3, group: 'measurement' }),
  ]);
  expect(found.rows[0]?.worst?.pod).toBe('b');
  expect(found.rows[0]?.seen?.users).toEqual([
    { uid: 65_534, gid: 65_534 },
    { uid: 0, gid: 65_534 },
  ]);
});

test('a row that nothing runs of is absent, and no drift', () => {
  const found = report([], [linuxRow()]);
  expect(found.rows.map(({ judgement }) => judgement)).toEqual(['absent']);
  expect(found.counts.absent).toBe(1);
  expect(driftRows(found)).toEqual([]);
});

test('a container of an ignored namespace is not looked at', () => {
  expect(report([linuxContainer({ uid: 0 }, { namespace: 'kube-system' })], []).rows).toEqual([]);
});

test('M50: the processes of this very container on its own node are taken', () => {
  const container = linuxContainer({ uid: null, gid: null });
  const read = [{ uid: 65_534, gid: 65_534, effective: '0', permitted: '0' }];
  const found = report([container], [linuxRow()], (id, node) =>
    id === container.containerId && node === container.node ? read : [],
  );
  expect(found.rows[0]).toMatchObject({ judgement: 'as-declared', worst: { source: 'processes' } });
});

test('M52: at most so many rows are kept, the worst first, and the counts are of all', () => {
  const fine = Array.from({ length: ROWS_MAX + 10 }, (_, index) =>
    linuxContainer({}, { workload: { kind: 'daemonset', name: `d${index}` } }),
  );
  const bad = linuxContainer({ uid: 0 }, { workload: { kind: 'daemonset', name: 'z' } });
  const found = report([...fine, bad], [linuxRow()]);
  expect(found.rows).toHaveLength(ROWS_MAX);
  expect(found.omitted).toBe(11);
  expect(found.rows[0]?.workload).toBe('daemonset/z');
  expect(found.counts['as-declared']).toBe(ROWS_MAX + 10);
});

test('another finding is another drift', () => {
  const keys = [{ uid: 0 }, { uid: 0, privileged: true }, { uid: 0 }].map((spec) => {
    const [row] = report([linuxContainer(spec)], [linuxRow()]).rows;
    return row === undefined ? '' : driftKey(row);
  });
  expect(keys[0]).toBe(keys[2]);
  expect(keys[0]).not.toBe(keys[1]);
});
