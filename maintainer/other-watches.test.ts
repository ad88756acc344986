/** What the watches of connectivity and privileges say of a cluster that is to be upgraded. */

import { describe, expect, test } from '@jest/globals';
import type { PrivilegesReport, PrivilegesStatus } from '../contracts/privileges/watch-privileges.ts';
import type { Judgement } from '../domain/privileges/judgement.ts';
import { connectivityFindings, privilegesFindings } from './other-watches.ts';

const AGENT = {
  agent: 'agent-x1',
  node: 'lin-1',
  nodeUid: 'uid-of-lin-1',
  os: 'linux',
  failure: 'absent',
  suppressedBy: null,
  detail: 'has not reported',
  namespace: 'nodes',
  sinceMs: 1,
};
const VERDICT = {
  atMs: 1,
  ok: true,
  counts: { expected: 2, reporting: 2, absent: 0, outdated: 0, suppressed: 0, conflicting: 0 },
  failing: [],
  suppressed: [],
};

const FAILING = { ...VERDICT, ok: false, counts: { ...VERDICT.counts, reporting: 1, absent: 1 }, failing: [AGENT] };

describe('connectivity', () => {
  const found = (status: number, body: unknown) =>
    connectivityFindings({ url: 'http://collector', ask: async () => ({ status, body }) });

  test('M7: a verdict that is ok finds nothing', async () => {
    expect(await found(200, VERDICT)).toEqual([]);
  });

  test('M7: agents that fail block by the names of their nodes', async () => {
    expect(await found(200, FAILING)).toEqual([
      { answer: 'block', object: 'lin-1', detail: 'agent-x1: has not reported' },
    ]);
  });

  test('M7: a verdict that is not ok and names nobody blocks as well', async () => {
    expect(await found(200, { ...FAILING, failing: [] })).toEqual([
      { answer: 'block', object: 'agents', detail: '1 are absent, 0 report too seldom' },
    ]);
  });

  test.each([
    [503, VERDICT],
    [200, { ok: true }],
    [200, { ...VERDICT, ok: false }],
  ])('M7: an answer %s that is no verdict is not taken for one', async (status, body) => {
    await expect(found(status, body)).rejects.toThrow('http://collector');
  });
});

describe('privileges', () => {
  const row = (judgement: Judgement): PrivilegesReport['rows'][number] => ({
    namespace: 'shop',
    workload: 'daemonset/web',
    container: 'web',
    group: null,
    count: 1,
    worst: null,
    seen: null,
    judgement,
    findings: ['uid 0'],
  });
  const status = (changes: Partial<PrivilegesStatus>): PrivilegesStatus => ({
    cluster: 'test',
    state: 'ok',
    report: null,
    unavailable: null,
    writeProblem: null,
    lastEvaluationMs: null,
    nextEvaluationMs: 1,
    evaluations: 1,
    ...changes,
  });
  const report = (judgement: Judgement): PrivilegesReport => ({
    atMs: 1,
    counts: { more: 0, undeclared: 0, unknown: 0, less: 0, 'as-declared': 0, absent: 0 },
    rows: [row(judgement)],
    omitted: 0,
    problems: [],
  });
  const found = (changes: Partial<PrivilegesStatus>) =>
    privilegesFindings({ ask: async () => ({ kind: 'status', status: status(changes) }) });

  test.each<[Judgement, number]>([
    ['more', 1],
    ['undeclared', 1],
    ['unknown', 1],
    ['less', 0],
    ['as-declared', 0],
    ['absent', 0],
  ])('M7: a container that is judged %s gives %s findings', async (judgement, count) => {
    const findings = await found({ report: report(judgement) });
    expect(findings).toHaveLength(count);
    for (const finding of findings)
      expect(finding).toMatchObject({ answer: 'block', object: 'shop/daemonset/web/web' });
  });

  test('M7: without a report, with one that is old, or where the watch does not run, nothing is known', async () => {
    const unknown = [{ answer: 'unknown', object: 'watchPrivileges' }];
    expect(await found({})).toMatchObject(unknown);
    expect(await found({ report: report('less'), unavailable: 'no pods were listed' })).toMatchObject(unknown);
    expect(await privilegesFindings({ ask: async () => ({ kind: 'not-running', closedAs: null }) })).toMatchObject(
      unknown,
    );
  });
});
