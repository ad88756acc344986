/** Each answer to an eviction, and what it means. */

import { expect, test } from '@jest/globals';
import { type EvictionAnswer, type EvictionVerdict, evictionVerdict } from './eviction.ts';

const BUDGET = {
  causes: ['DisruptionBudget'],
  details: ['The disruption budget web needs 2 healthy pods and has 2 currently'],
};
const SEVERAL = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
const RBAC =
  'pods "web" is forbidden: User "system:serviceaccount:v:m" cannot create resource "pods/eviction" in API group ""';

test.each<[string, Partial<EvictionAnswer>, EvictionVerdict['kind']]>([
  ['201', { status: 201 }, 'accepted'],
  ['200', { status: 200 }, 'accepted'],
  ['404', { status: 404 }, 'gone'],
  [
    '409 on another uid',
    { status: 409, message: 'Precondition failed: UID in precondition: a, UID in object meta: b' },
    'gone',
  ],
  ['409 between writers', { status: 409, message: 'the object has been modified' }, 'passing'],
  ['429 of a budget', { status: 429, ...BUDGET }, 'budget'],
  ['429 under load', { status: 429, message: 'too many requests' }, 'passing'],
  ['two budgets', { status: 500, message: SEVERAL }, 'never'],
  [
    '403 of a webhook',
    { status: 403, message: 'admission webhook "drain.strimzi.io" denied the request: later' },
    'not-now',
  ],
  ['422 of a policy', { status: 422, message: 'denied request: not now' }, 'not-now'],
  ['403 of RBAC', { status: 403, message: RBAC }, 'forbidden'],
  [
    '403 of RBAC to a deletion',
    { status: 403, message: RBAC.replace(/create.*eviction/, 'delete resource "pods') },
    'forbidden',
  ],
  ['401', { status: 401 }, 'passing'],
  ['500 of a webhook that fails', { status: 500, message: 'failed calling webhook: EOF' }, 'passing'],
  ['503', { status: 503 }, 'passing'],
  ['no answer', { status: 0 }, 'passing'],
])('M13: %s', (_name, answer, kind) => {
  const whole = { status: 0, message: '', causes: [], details: [], retryAfterMs: null, ...answer };
  expect(evictionVerdict(whole).kind).toBe(kind);
});

test.each([
  [null, 5_000],
  [3_000, 5_000],
  [10_000, 10_000],
])('a budget is asked again after five seconds, or Retry-After %s', (retryAfterMs, againInMs) => {
  const verdict = evictionVerdict({ status: 429, message: 'no', retryAfterMs, ...BUDGET });
  expect(verdict).toEqual({ kind: 'budget', detail: BUDGET.details[0], againInMs });
});
