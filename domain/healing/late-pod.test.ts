/** What is said of a pod that got no address before its patience was over. */

import { expect, test } from '@jest/globals';
import { judgeSource } from './source-verdict.ts';

const ADDRESSES = { pod: [], node: ['10.241.0.11'], host: ['10.241.0.11'] };

test('E10: a pod without an address is described with what it waited for', () => {
  const problem = 'late: ErrImagePull: not found';
  const answers = [{ kind: 'none', endpoint: 'onprem-1', problem, isUnreached: false }] as const;
  expect(judgeSource(answers, { addresses: ADDRESSES, require: 'all' })).toMatchObject({
    verdict: 'silent',
    detail: 'the pod has no address of its own; onprem-1: late: ErrImagePull: not found',
  });
});
