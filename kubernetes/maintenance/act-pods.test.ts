/** What the status of an act's pod says. */

import { expect, test } from '@jest/globals';
import type { ContainerStatus, PodObject } from '../client/objects.ts';
import { actPodState } from './act-pods.ts';

const ended = (name: string, terminated: object): ContainerStatus => ({ name, state: { terminated } });
const waiting: ContainerStatus = { name: 'act', state: { waiting: { reason: 'PodInitializing' } } };
const failed = (more: NonNullable<PodObject['status']>) => ({ phase: 'Failed', ...more });

test.each<[string, NonNullable<PodObject['status']>, string]>([
  [
    'a container',
    failed({ containerStatuses: [ended('act', { exitCode: 3, reason: 'Error' })] }),
    'failed: act: Error 3',
  ],
  [
    'an init container, which says why',
    failed({
      initContainerStatuses: [ended('fetch', { exitCode: 1, reason: 'Error', message: 'wrong sum\n' })],
      containerStatuses: [waiting],
    }),
    'failed: fetch: Error 1 (wrong sum)',
  ],
  [
    'one after another',
    failed({
      initContainerStatuses: [ended('fetch', { exitCode: 0, reason: 'Completed' })],
      containerStatuses: [ended('act', { exitCode: 137, reason: 'Error', message: 'x'.repeat(300) })],
    }),
    `failed: act: Error 137 (${'x'.repeat(200)})`,
  ],
  ['its deadline', failed({ reason: 'DeadlineExceeded' }), 'failed: DeadlineExceeded'],
  ['nobody knows what', failed({}), 'failed'],
])('a pod that failed by %s', (_title, status, detail) => {
  const pod = { metadata: { name: 'p' }, status };
  expect(actPodState(pod)).toEqual({ kind: 'ended', isOk: false, detail: `the pod p ${detail}` });
});

test.each(['Pending', 'Running', 'Unknown', undefined])('a pod that is %s has not ended', (phase) => {
  expect(actPodState({ status: phase === undefined ? {} : { phase } })).toEqual({ kind: 'running' });
});
