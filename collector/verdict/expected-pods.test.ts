/** Which pod a report is from, also where pods share a name or follow each other. */

import { expect, test } from '@jest/globals';
import type { AgentPod } from '../../domain/connectivity/agent-judgement.ts';
import { speaksFor } from '../reports/known-agent.ts';
import { attribute, sharedRecordName } from './expected-pods.ts';

const pod = (change: Partial<AgentPod> = {}): AgentPod => ({
  name: 'a',
  namespace: 'n',
  uid: 'u',
  nodeName: 'node-1',
  bornMs: 0,
  deleting: false,
  ...change,
});
const OTHER = pod({ namespace: 'm', uid: 'v', nodeName: 'node-2' });
const origin = (nodeName: string, proven: { namespace: string; uid: string } | null = null) => ({
  podName: 'a',
  nodeName,
  proven,
});

test.each<[string, string, readonly AgentPod[], string, string | null]>([
  ['no pod', 'node-1', [], 'a', null],
  ['one pod', 'node-1', [pod()], 'a', 'u'],
  ['one pod on another node', 'node-9', [pod()], 'a', 'u'],
  ['two pods, the first by its node', 'node-1', [pod(), OTHER], 'a.in.n', 'u'],
  ['two pods, the second by its node', 'node-2', [pod(), OTHER], 'a.in.m', 'v'],
  ['two pods, on neither node', 'node-9', [pod(), OTHER], 'a', null],
  ['two pods on one node', 'node-1', [pod(), { ...OTHER, nodeName: 'node-1' }], 'a', null],
])('a report without a token, %s', (_title, nodeName, pods, recordName, uid) => {
  expect(attribute(origin(nodeName), pods)).toMatchObject({ recordName, pod: uid === null ? null : { uid } });
});

test('a token decides whose report it is where name and node fit two pods', () => {
  const pods = [pod(), { ...OTHER, nodeName: 'node-1' }];
  expect(attribute(origin('node-1', { namespace: 'm', uid: 'v' }), pods)).toEqual({
    recordName: 'a.in.m',
    pod: { namespace: 'm', uid: 'v' },
  });
});

test('the record of a pod with the longest name has a name that a custom resource may have', () => {
  const names = ['a', 'b'].map((letter) => sharedRecordName({ namespace: 'x'.repeat(63), name: letter.repeat(253) }));
  for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9.-]{0,252}$/);
  expect(new Set(names).size).toBe(2);
});

const of = (uid: string | null, change: { namespace?: string; nodeName?: string; receivedMs?: number } = {}) => {
  const { namespace = 'n', nodeName = 'node-1', receivedMs = 0 } = change;
  return { pod: uid === null ? null : { namespace, uid }, nodeName, receivedMs };
};

test.each<[string, ReturnType<typeof of>, { pod?: Partial<AgentPod>; isOnlyOfName?: boolean }, boolean]>([
  ['of its pod', of('u'), {}, true],
  ['of its pod, which moved', of('u', { nodeName: 'node-9' }), {}, true],
  ['from before its pod was known', of(null, { nodeName: 'node-9' }), {}, true],
  ['from before two pods of the name were known, on its node', of(null), { isOnlyOfName: false }, true],
  ['from before, on another node', of(null, { nodeName: 'node-9' }), { isOnlyOfName: false }, false],
  ['of the pod before it', of('before', { receivedMs: 4_999 }), { pod: { bornMs: 5_000 } }, false],
  ['in the second of its creation', of('before', { receivedMs: 6_999 }), { pod: { bornMs: 5_000 } }, false],
  ['that came before its pod was known', of('before', { receivedMs: 7_000 }), { pod: { bornMs: 5_000 } }, true],
  ['of a pod elsewhere', of('v', { namespace: 'm', receivedMs: 9_000 }), {}, false],
])('whether a report counts for a pod: one %s', (_title, agent, view, speaks) => {
  expect(speaksFor(agent, { pod: pod(view.pod), isOnlyOfName: view.isOnlyOfName ?? true })).toBe(speaks);
});
