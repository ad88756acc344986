/** What the replay of an audit log says of nodes and pods. */

import { expect, test } from '@jest/globals';
import type { AuditEvent } from '../audit.ts';
import { cordonedMax, deletesOfMaintainer, nodeSteps, readyMin } from './maintenance-audit.ts';

const MAINTAINER = 'system:serviceaccount:vigilante:vigilante-maintainer';
const EVENT: AuditEvent = {
  stage: 'ResponseComplete',
  user: MAINTAINER,
  userAgent: '',
  verb: 'patch',
  resource: 'nodes',
  subresource: null,
  namespace: null,
  name: 'lin-1',
  code: 200,
  receivedMs: 0,
  completedMs: 0,
  uri: '',
  requestObject: null,
  responseObject: null,
};

const patch = (name: string, mark: string | null | undefined, unschedulable?: boolean | null): AuditEvent => ({
  ...EVENT,
  name,
  requestObject: {
    metadata: { annotations: mark === undefined ? {} : { 'vigilante-maintenance': mark } },
    spec: unschedulable === undefined ? {} : { unschedulable },
  },
});
const DRAINING = '{"phase":"draining"}';
const ACTING = '{"phase":"acting"}';

const pod = (name: string, more: Partial<AuditEvent>): AuditEvent => ({
  ...EVENT,
  resource: 'pods',
  namespace: 'shop',
  name,
  ...more,
});
const evict = (name: string, code = 201) => pod(name, { verb: 'create', subresource: 'eviction', code });
const ready = (name: string, status = 'True') =>
  pod(name, {
    user: 'sandbox-kwok',
    subresource: 'status',
    responseObject: { metadata: { name, labels: { app: 'web' } }, status: { conditions: [{ type: 'Ready', status }] } },
  });
const WEB = [{ name: 'web', replicas: 2, minAvailable: 1 }];

const boots = (user: string): AuditEvent => ({
  ...EVENT,
  user,
  subresource: 'status',
  requestObject: { status: { nodeInfo: { bootID: 'boot-2' } } },
});

function stepsOf(events: readonly AuditEvent[]): readonly string[] {
  return nodeSteps(events).map(({ node, step }) => `${node} ${step}`);
}

test.each<[string, AuditEvent, readonly string[]]>([
  ['both in one request', patch('lin-1', DRAINING, true), ['lin-1 mark-and-cordon']],
  ['a mark alone', patch('lin-1', DRAINING), ['lin-1 mark']],
  ['a cordon alone', patch('lin-1', undefined, true), ['lin-1 cordon']],
  ['the mark before the act', patch('lin-1', ACTING), []],
  ['both taken away', patch('lin-1', null, null), ['lin-1 uncordon']],
  ['the mark taken away', patch('lin-1', null), ['lin-1 unmark']],
  ['a request that was refused', { ...patch('lin-1', DRAINING, true), code: 409 }, []],
  ['what others write', { ...patch('lin-1', DRAINING, true), user: 'sandbox-admin' }, []],
  ['a boot that a player of machines reports', boots('sandbox-machines'), ['lin-1 boot']],
  ['a boot that a kubelet reports', boots('system:node:lin-1'), ['lin-1 boot']],
  ['a kubelet that reports nothing new', { ...boots('system:node:lin-1'), requestObject: { status: {} } }, []],
])('%s', (_title, event, steps) => {
  expect(stepsOf([event])).toEqual(steps);
});

test('an eviction is a step of the node that its pod was bound to', () => {
  const binding = { verb: 'create', subresource: 'binding', requestObject: { target: { name: 'lin-2' } } };
  const bound = pod('web-1', { ...binding, user: 'system:kube-scheduler' });
  expect(stepsOf([bound, evict('web-1', 429), evict('web-1')])).toEqual(['lin-2 evict']);
});

test('nodes are counted as long as they are cordoned', () => {
  const steps = nodeSteps([
    patch('lin-1', DRAINING, true),
    patch('lin-2', DRAINING, true),
    patch('lin-1', null, null),
    patch('lin-3', DRAINING, true),
  ]);
  expect(cordonedMax(steps)).toBe(2);
});

test.each<[string, readonly AuditEvent[], number | undefined]>([
  ['all were Ready at no time', [ready('web-1')], undefined],
  ['all are Ready', [ready('web-1'), ready('web-2')], 2],
  ['one is evicted', [ready('web-1'), ready('web-2'), evict('web-1')], 1],
  ['an eviction is refused', [ready('web-1'), ready('web-2'), evict('web-1', 429)], 2],
  ['another comes first', [ready('web-1'), ready('web-2'), ready('web-3'), evict('web-1')], 2],
  ['both are lost', [ready('web-1'), ready('web-2'), evict('web-1'), ready('web-2', 'False')], 0],
])('the fewest Ready pods where %s', (_title, events, min) => {
  expect(readyMin(events, WEB)['web']).toBe(min);
});

test('deletes of the maintainer are named, those of others are not', () => {
  const deleted = pod('web-1', { verb: 'delete' });
  expect(deletesOfMaintainer([deleted, { ...deleted, user: 'sandbox-kwok' }])).toEqual(['shop/web-1']);
});
