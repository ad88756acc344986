/** Which key a refusal is about. */

import { expect, test } from '@jest/globals';

import { explainRefusal } from './pod-refusal.ts';

const RESOURCES = 'healing.pod.resources';

test.each([
  ['minimum cpu usage per Container is 200m, but request is 50m', RESOURCES],
  ['maximum memory usage per Pod is 64Mi, but limit is 134217728', RESOURCES],
  ['cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000', RESOURCES],
  ['exceeded quota: q, requested: pods=1,requests.cpu=50m, used: pods=1, limited: pods=1', RESOURCES],
  ['exceeded quota: q, requested: limits.memory=128Mi, used: limits.memory=0, limited: limits.memory=0', RESOURCES],
  ['failed quota: q: must specify limits.cpu for: pause', RESOURCES],
  ['no PriorityClass with name x was found', 'healing.pod.priorityClassName'],
])('the refusal %j names %s', (reason, key) => {
  const message = `pods "a" is forbidden: ${reason}`;
  expect(explainRefusal(message)).toBe(`${key} may need another value: ${message}`);
});

test.each([
  'violates PodSecurity "restricted:latest"',
  'exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
  'exceeded quota: q, requested: pods=1, used: pods=1,requests.cpu=50m, limited: pods=1',
])('a refusal of another kind stays as it is: %s', (reason) => {
  const message = `pods "a" is forbidden: ${reason}`;
  expect(explainRefusal(message)).toBe(message);
});
