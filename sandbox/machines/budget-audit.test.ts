/** What the replay of an audit log says of budgets at each eviction. */

import { expect, test } from '@jest/globals';
import type { AuditEvent } from '../audit.ts';
import { judgedEvictions } from './budget-audit.ts';

const EVENT: AuditEvent = {
  stage: 'ResponseComplete',
  user: '',
  userAgent: '',
  verb: 'create',
  resource: 'pods',
  subresource: null,
  namespace: 'shop',
  name: null,
  code: 201,
  receivedMs: 0,
  completedMs: 0,
  uri: '',
  requestObject: null,
  responseObject: null,
};

type Times = Pick<AuditEvent, 'receivedMs' | 'completedMs'>;
const at = (ms: number, tookMs = 1): Times => ({ receivedMs: ms, completedMs: ms + tookMs });
const pod = (name: string, { app = 'web', isReady = true } = {}): AuditEvent => ({
  ...EVENT,
  name,
  responseObject: {
    metadata: { name, labels: { app } },
    status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
  },
});
const evict = (name: string, times: Times, code = 201): AuditEvent => ({
  ...EVENT,
  ...times,
  name,
  subresource: 'eviction',
  code,
});
const budget = (disruptionsAllowed: number, times: Times, name = 'web'): AuditEvent => ({
  ...EVENT,
  ...times,
  verb: 'update',
  resource: 'poddisruptionbudgets',
  subresource: 'status',
  name,
  code: 200,
  requestObject: { status: { disruptionsAllowed } },
});

test.each<[string, readonly AuditEvent[], readonly (number | null)[]]>([
  ['one pod could go', [budget(1, at(1)), evict('web-1', at(10))], [1]],
  ['none could', [budget(0, at(1)), evict('web-1', at(10))], [0]],
  ['none could any more', [budget(2, at(1)), budget(0, at(5)), evict('web-1', at(10))], [0]],
  ['nothing was written', [evict('web-1', at(10))], [null]],
  ['an eviction is refused', [budget(0, at(1)), evict('web-1', at(10), 429)], []],
  [
    'the second goes on the room of the first',
    [budget(1, at(1)), evict('web-1', at(10)), evict('web-2', at(20))],
    [1, 0],
  ],
  [
    'the controller has counted in between',
    [budget(1, at(1)), evict('web-1', at(10)), budget(1, at(15)), evict('web-2', at(20))],
    [1, 1],
  ],
  [
    'the controller writes what is left before the eviction is answered',
    [budget(1, at(1)), budget(0, at(12)), evict('web-1', at(10, 5))],
    [1],
  ],
  ['another budget has room', [budget(0, at(1)), budget(5, at(2), 'api'), evict('web-1', at(10))], [0]],
  ['a pod is not Ready', [budget(0, at(1)), pod('web-1', { isReady: false }), evict('web-1', at(10))], []],
  ['it ends already', [budget(1, at(1)), evict('web-1', at(10)), budget(0, at(12)), evict('web-1', at(20))], [1]],
  ['a pod of another workload went', [budget(1, at(1)), evict('api-1', at(5)), evict('web-1', at(10))], [null, 1]],
])('an eviction where %s', (_title, events, allowed) => {
  const pods = [pod('web-1'), pod('web-2'), pod('api-1', { app: 'api' })];
  expect(judgedEvictions([...pods, ...events]).map((eviction) => eviction.allowed)).toEqual(allowed);
});
