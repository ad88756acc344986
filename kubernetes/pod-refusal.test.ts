/** Which key a refusal is about. */

import { expect, test } from '@jest/globals';

import { explainRefusal } from './pod-refusal.ts';

test.each([
  ['pods "a" is forbidden: minimum cpu usage per Container is 200m, but request is 50m', 'healing.pod.resources'],
  ['pods "a" is forbidden: maximum memory usage per Pod is 64Mi, but limit is 134217728', 'healing.pod.resources'],
  ['pods "a" is forbidden: cpu max limit to request ratio per Container is 2, but 4', 'healing.pod.resources'],
  [
    'pods "a" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    'healing.pod.resources',
  ],
  ['pods "a" is forbidden: failed quota: q: must specify limits.cpu for: pause', 'healing.pod.resources'],
  ['pods "a" is forbidden: no PriorityClass with name x was found', 'healing.pod.priorityClassName'],
])('the refusal %j names %s', (message, key) => {
  expect(explainRefusal(message)).toBe(`${key} may need another value: ${message}`);
});

test('a refusal of another kind stays as it is', () => {
  const message = 'pods "a" is forbidden: violates PodSecurity "restricted:latest"';
  expect(explainRefusal(message)).toBe(message);
});
