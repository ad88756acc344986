/** What attempts cost, counted from an audit log and a history. */

import { expect, test } from '@jest/globals';
import type { AuditEvent } from '../sandbox/audit.ts';
import { RELEASE_NAMESPACE } from '../sandbox/layout.ts';
import { WORKER } from '../tests/e2e/audit-attempts.ts';
import { type ProbedNode, probeFigures } from './probe-figures.ts';

const NAME = 'win-0';

function request(change: Partial<AuditEvent>): AuditEvent {
  return {
    stage: 'ResponseComplete',
    user: WORKER,
    userAgent: 'vigilante',
    verb: 'get',
    resource: 'pods',
    subresource: null,
    namespace: RELEASE_NAMESPACE,
    name: null,
    code: 200,
    receivedMs: 0,
    completedMs: 0,
    uri: '/',
    requestObject: null,
    responseObject: null,
    ...change,
  };
}

/** One attempt: its pod was made at that time, and judged so much later. */
function attempt(number: number, { atMs, tookMs }: { atMs: number; tookMs: number }): readonly AuditEvent[] {
  const name = `healer-${number}`;
  const metadata = {
    name,
    uid: `uid-${number}`,
    labels: { 'vigilante-attempt': `${number}` },
    ownerReferences: [{ kind: 'Node', name: NAME, uid: 'n' }],
  };
  const pod = { name, responseObject: { metadata } };
  const endMs = atMs + tookMs;
  return [
    request({ ...pod, verb: 'create', code: 201, receivedMs: atMs, completedMs: atMs + 1 }),
    request({ ...pod, verb: 'delete', receivedMs: endMs - 1, completedMs: endMs }),
  ];
}

const others = (count: number) => Array.from({ length: count }, () => ({ timerFiredEventAttributes: {} }));
const probe = { activityTaskScheduledEventAttributes: { activityType: { name: 'probePod' } } };

function node(events: readonly object[]): ProbedNode {
  return { name: NAME, uid: 'n', history: { events: [...events] } };
}

test('times are from the create to the answer of the delete, and what no attempt needs is counted beside them', () => {
  const requests = [
    ...attempt(1, { atMs: 1_000, tookMs: 900 }),
    ...attempt(2, { atMs: 3_000, tookMs: 500 }),
    request({ name: 'healer-2', verb: 'get' }),
    request({ resource: 'nodes', verb: 'patch', name: NAME, requestObject: { metadata: {} } }),
    request({ verb: 'list', uri: '/api/v1/namespaces/vigilante/pods?labelSelector=vigilante-node-uid%3Dn' }),
    request({ resource: 'events', verb: 'list', uri: '/api/v1/events?fieldSelector=involvedObject.uid%3Duid-2' }),
    request({ name: 'somebody-elses' }),
  ];
  // Three before the first probe, six for each, and four more behind the last one.
  const events = [...others(3), probe, ...others(5), probe, ...others(9)];
  expect(probeFigures('simulated', { nodes: [node(events)], requests })).toEqual({
    nodes: 'simulated',
    heals: 1,
    attempts: 2,
    'create to judged p50 ms': 500,
    'p99 ms': 900,
    'events per attempt': '6.0',
    'events beside them, per heal': '7.0',
    'requests per attempt': '3.00',
    'requests beside them, per heal': '2.0',
  });
});

test('one attempt does not show what another one costs', () => {
  const requests = attempt(1, { atMs: 0, tookMs: 1 });
  expect(() => probeFigures('real', { nodes: [node([probe])], requests })).toThrow('a heal with 1 attempts');
});
