/** Which answers count as unreachable and which as refused. */

import { expect, test } from '@jest/globals';

import { ClusterError, clusterFailure, failureOfAnswer, isRefused } from './cluster-error.ts';

const TARGET = { verb: 'create', resource: 'pods', object: 'vigilante/a' };

test.each([
  [399, 'unreachable'],
  [400, 'refused'],
  [401, 'unreachable'],
  [403, 'refused'],
  [404, 'refused'],
  [409, 'refused'],
  [422, 'refused'],
  [428, 'refused'],
  [429, 'unreachable'],
  [430, 'refused'],
  [499, 'refused'],
  [500, 'unreachable'],
  [503, 'unreachable'],
  [504, 'unreachable'],
])('H11: status %d is %s', (status, kind) => {
  expect(failureOfAnswer(TARGET, { status, body: {} }).kind).toBe(kind);
});

test('a message has verb, resource, object and the message of the API server', () => {
  const body = { kind: 'Status', reason: 'Forbidden', message: 'exceeded quota: none' };
  expect(failureOfAnswer(TARGET, { status: 403, body })).toEqual({
    kind: 'refused',
    status: 403,
    reason: 'Forbidden',
    message: 'create pods vigilante/a: 403 Forbidden: exceeded quota: none',
  });
});

test('an answer that is no Status object is in the message as it came', () => {
  const { message } = failureOfAnswer(TARGET, { status: 502, body: '<html>bad gateway</html>' });
  expect(message).toBe('create pods vigilante/a: 502 : <html>bad gateway</html>');
  expect(failureOfAnswer(TARGET, { status: 502, body: null }).message).toBe('create pods vigilante/a: 502 ');
});

test('H11: a failed connection is unreachable, with the reason of its cause', () => {
  const refused = new Error('connect ECONNREFUSED 127.0.0.1:1');
  const error = new Error('fetch failed', { cause: new AggregateError([refused]) });
  expect(clusterFailure(error, TARGET)).toEqual({
    kind: 'unreachable',
    message: 'create pods vigilante/a: fetch failed: connect ECONNREFUSED 127.0.0.1:1',
  });
  expect(clusterFailure('odd').message).toBe('odd');
});

test('a failure stays what it was', () => {
  const failure = { kind: 'refused', status: 404, reason: 'NotFound', message: 'no' } as const;
  expect(clusterFailure(new ClusterError(failure), TARGET)).toBe(failure);
  expect(isRefused(new ClusterError(failure), 404)).toBe(true);
  expect(isRefused(new ClusterError(failure), 409)).toBe(false);
  expect(isRefused(new Error('no'), 404)).toBe(false);
});

test('what a webhook answers is cut, and can be written as UTF-8', () => {
  const target = { verb: 'create', resource: 'pods', object: 'default/x' };
  const body = { reason: 'Forbidden', message: `denied \ud800 ${'x'.repeat(1_000_000)}` };
  for (const status of [403, 500]) {
    const { message } = failureOfAnswer(target, { status, body });
    expect(message).toMatch(/^create pods default\/x: (403|500) Forbidden: denied \ufffd x+…$/);
    expect(message.length).toBeLessThanOrEqual(1_000);
  }
  expect(clusterFailure(new Error('y'.repeat(5_000))).message).toHaveLength(1_000);
});
