/** What the demo of reboots shows of a node, and what its last line says. */

import { expect, test } from '@jest/globals';
import type { AuditEvent } from '../../audit.ts';
import { rebootRows } from './reboot-table.ts';
import type { RebootView } from './reboot-views.ts';
import { type Truth, truthOf } from './truth.ts';

const BEFORE = new Map([['lin-1', 'boot-1']]);
const NODE: RebootView = {
  node: 'lin-1',
  zone: 'zone-a',
  bootId: 'boot-1',
  isReady: true,
  isCordoned: false,
  isMarked: false,
  step: '',
  waitsFor: [],
};
const REBOOTED: RebootView = { ...NODE, bootId: 'boot-2' };

test.each<[string, Partial<RebootView>]>([
  ['waits', { waitsFor: ['the budget is used up'] }],
  ['drain', { isMarked: true, isCordoned: true, step: 'drain' }],
  ['in work', { isMarked: true, isCordoned: true }],
  ['prove, not Ready', { isMarked: true, isCordoned: true, step: 'prove', isReady: false }],
  ['prove', { bootId: 'boot-2', isMarked: true, isCordoned: true, step: 'prove' }],
  ['rebooted', { bootId: 'boot-2' }],
  ['waits', { bootId: 'boot-2', isCordoned: true }],
])('a node is shown as %s: %j', (state, more) => {
  expect(rebootRows(BEFORE).line({ ...NODE, ...more })).toBe(`lin-1 (zone-a): ${state}`);
});

test('the table has what a node waits for', () => {
  const table = rebootRows(BEFORE).table([{ ...NODE, waitsFor: ['the budget is used up'] }], 0);
  expect(table[1]).toBe('lin-1  zone-a  waits  boot-1  the budget is used up');
});

const EVICTION: AuditEvent = {
  stage: 'ResponseComplete',
  user: 'system:serviceaccount:vigilante:vigilante-maintainer',
  userAgent: '',
  verb: 'create',
  resource: 'pods',
  subresource: 'eviction',
  namespace: 'shop',
  name: 'web-1',
  code: 201,
  receivedMs: 0,
  completedMs: 0,
  uri: '',
  requestObject: null,
  responseObject: null,
};
const status = { conditions: [{ type: 'Ready', status: 'True' }] };
const READY: AuditEvent = {
  ...EVICTION,
  user: 'sandbox-kwok',
  subresource: 'status',
  responseObject: { metadata: { name: 'web-1', labels: { app: 'web' } }, status },
};
const CORDON: AuditEvent = {
  ...EVICTION,
  verb: 'patch',
  resource: 'nodes',
  subresource: null,
  requestObject: { spec: { unschedulable: true } },
};
const GOOD: Truth = {
  nodes: [REBOOTED],
  before: BEFORE,
  events: [READY],
  workloads: [{ name: 'web', replicas: 1, minAvailable: 1 }],
  readyPods: 1,
  nodesMax: 1,
};

test('the last line has what the cluster says', () => {
  expect(truthOf(GOOD)).toEqual({
    isGood: true,
    line: '1 of 1 nodes have another boot id, are Ready and take pods; at most 0 were away at a time, 1 may be; 0 pods were evicted, 0 deleted; no budget was broken; 1 of 1 pods are Ready',
  });
});

test.each<[string, Partial<Truth>, string]>([
  ['a node was not rebooted', { nodes: [REBOOTED, NODE] }, '1 of 2 nodes'],
  ['a node is cordoned', { nodes: [{ ...REBOOTED, isCordoned: true }] }, '0 of 1 nodes'],
  ['there is no node', { nodes: [] }, '0 of 0 nodes'],
  [
    'too many were away',
    { events: [READY, CORDON, { ...CORDON, name: 'lin-2' }] },
    'at most 2 were away at a time, 1 may be',
  ],
  ['a budget was broken', { events: [READY, EVICTION] }, '1 pods were evicted, 0 deleted; budgets broken: web'],
  ['a pod was deleted', { events: [READY, { ...EVICTION, verb: 'delete', subresource: null }] }, '1 deleted'],
])('it is not good where %s', (_title, more, text) => {
  const { line, isGood } = truthOf({ ...GOOD, ...more });
  expect(isGood).toBe(false);
  expect(line).toContain(text);
});
