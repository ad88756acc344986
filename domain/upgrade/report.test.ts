/** The report of an upgrade for people. */

import { expect, test } from '@jest/globals';
import { record } from '../../tests/fixtures/cluster-upgrade.ts';
import { reportMarkdown, reportName } from './report.ts';

const REPORT = {
  cluster: 'weu',
  run: '2026-48-v1-37',
  startedBy: 'anna',
  startedMs: Date.parse('2026-11-25T22:00:00Z'),
  writtenMs: Date.parse('2026-11-25T23:00:00Z'),
  versions: { kubernetes: 'v1.37.2', cni: 'v1.6.2', crictl: null, etcd: null },
  order: 'node',
  planDigest: 'sha256:a',
  outcome: 'partial',
  detail: 'not upgraded: w-2',
  approvedBy: ['bert'],
  preflight: [
    {
      check: 'budgets',
      answer: 'block',
      objects: ['default/web'],
      detail: 'dead-lock',
      accepted: { reason: 'CHG-1', untilMs: 0 },
    },
  ],
  records: [record('w-1', 'done', { detail: 'proven | late' }), record('w-2', 'given-back')],
  recordsLost: 0,
  decisions: [{ kind: 'skip', node: 'w-2', by: 'carla', reason: 'disk', atMs: 0 }],
  broken: [{ namespace: 'default', workload: 'deployment/web', state: 'Failed' }],
} as const;

test('M46, M38: the report says who, what, when and what was seen', () => {
  const text = reportMarkdown(REPORT);
  for (const said of [
    '# Upgrade of weu to v1.37.2, CNI v1.6.2',
    'started by anna (as the client says of itself) at 2026-11-25T22:00:00Z',
    '**partial**: not upgraded: w-2',
    'approved by: bert',
    'skip w-2 by carla: disk',
    'budgets: block: dead-lock (default/web); accepted until 1970-01-01T00:00:00Z: CHG-1',
    '| w-1 | workers | node | v1.36.3 | v1.37.2 | done | 1970-01-01T00:00:01Z | 60 s | 2 | proven \\| late; drain 5 s |',
    'default/deployment/web: Failed',
  ])
    expect(text).toContain(said);
});

test('M46: another run of this name has another file', () => {
  expect(reportName(REPORT)).toBe('2026-48-v1-37.weu.2026-11-25T22-00-00Z');
});
