/** When requests to the API server are a problem of the process. */

import { expect, test } from '@jest/globals';
import type { ClusterFailure } from './cluster-error.ts';
import { createRequestHealth } from './request-health.ts';

const CREATE = { verb: 'create', resource: 'pods', object: 'vigilante/a' };
const LIST = { verb: 'list', resource: 'nodes', object: '' };
const NO_ANSWER: ClusterFailure = { kind: 'unreachable', message: 'create pods vigilante/a: no answer in 40 s' };
const UNAUTHORIZED: ClusterFailure = {
  kind: 'unreachable',
  message: 'list nodes: 401 Unauthorized',
  isUnauthorized: true,
};
const REFUSED: ClusterFailure = { kind: 'refused', status: 403, reason: 'Forbidden', message: 'no' };

function health() {
  const clock = { nowMs: 0 };
  return { clock, ...createRequestHealth(() => clock.nowMs) };
}

test('three requests of one kind in a row without an answer are a problem, and an answer to that kind ends it', () => {
  const { failed, answered, problem } = health();
  failed(CREATE, NO_ANSWER);
  failed(CREATE, NO_ANSWER);
  expect(problem()).toBeNull();
  answered(LIST);
  failed(CREATE, NO_ANSWER);
  expect(problem()).toBe('3 times in a row: create pods vigilante/a: no answer in 40 s');
  answered(LIST);
  expect(problem()).not.toBeNull();
  answered(CREATE);
  expect(problem()).toBeNull();
});

test('a refusal is an answer', () => {
  const { failed, problem } = health();
  for (const failure of [NO_ANSWER, NO_ANSWER, REFUSED, NO_ANSWER]) failed(CREATE, failure);
  expect(problem()).toBeNull();
});

test('a refused token is a problem at once, until any request is accepted', () => {
  const { failed, answered, problem } = health();
  failed(LIST, UNAUTHORIZED);
  expect(problem()).toBe('list nodes: 401 Unauthorized');
  answered(CREATE);
  expect(problem()).toBeNull();
});

test('what failed and is not asked again is forgotten after five minutes', () => {
  const { clock, failed, problem } = health();
  for (let count = 0; count < 3; count += 1) failed(CREATE, NO_ANSWER);
  failed(LIST, UNAUTHORIZED);
  clock.nowMs = 299_999;
  expect(problem()).not.toBeNull();
  clock.nowMs = 300_000;
  expect(problem()).toBeNull();
  failed(CREATE, NO_ANSWER);
  expect(problem()).toBeNull();
});
