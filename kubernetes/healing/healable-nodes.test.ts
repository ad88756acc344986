/** Which nodes the healing considers: the operating system, the configured selector, virtual nodes. */

import { expect, test } from '@jest/globals';
import type { NodeObject } from '../client/objects.ts';
import { nodeFacts } from '../nodes/facts.ts';
import { healableNodes, WINDOWS_NODES } from './healable-nodes.ts';

interface Traits {
  readonly labels?: Readonly<Record<string, string>>;
  readonly taint?: string;
}

function nodeWith({ labels = {}, taint }: Traits): NodeObject {
  return {
    metadata: { name: 'win-1', uid: 'uid-1', labels: { 'kubernetes.io/os': 'windows', ...labels } },
    spec: { taints: taint === undefined ? null : [{ key: 'os' }, { key: taint }] },
  };
}

const NOT_OFF = { nodes: 'agentpool notin (natoff)', virtualNodes: false };
const WITH_VIRTUAL = { nodes: '', virtualNodes: true };

test.each<[string, Traits, { readonly nodes: string; readonly virtualNodes: boolean } | null, boolean]>([
  ['a Windows node', {}, null, true],
  ['a virtual node by its label', { labels: { type: 'virtual-kubelet' } }, null, false],
  ['a virtual node by its taint', { taint: 'virtual-kubelet.io/provider' }, null, false],
  ['a node of another type', { labels: { type: 'edge' }, taint: 'example.com/edge' }, null, true],
  ['a virtual node where these are wanted', { labels: { type: 'virtual-kubelet' } }, WITH_VIRTUAL, true],
  ['a tainted virtual node where these are wanted', { taint: 'virtual-kubelet.io/provider' }, WITH_VIRTUAL, true],
  ['a node of a pool that is selected', { labels: { agentpool: 'win' } }, NOT_OFF, true],
  ['a node of a pool that is not selected', { labels: { agentpool: 'natoff' } }, NOT_OFF, false],
  ['a virtual node that the selector does not name', { labels: { type: 'virtual-kubelet' } }, NOT_OFF, false],
  ['a Linux node', { labels: { 'kubernetes.io/os': 'linux' } }, WITH_VIRTUAL, false],
])('H1: whether %s is healed', (_title, traits, selection, expected) => {
  const healable = selection === null ? WINDOWS_NODES : healableNodes(selection);
  expect(nodeFacts(nodeWith(traits), { healedAnnotation: 'healed', healable }).windows).toBe(expected);
});

test('H1: the API server is asked for the same nodes, apart from taints', () => {
  expect(WINDOWS_NODES.labelSelector).toBe('kubernetes.io/os=windows,type!=virtual-kubelet');
  expect(healableNodes(WITH_VIRTUAL).labelSelector).toBe('kubernetes.io/os=windows');
  expect(healableNodes({ ...NOT_OFF, virtualNodes: true }).labelSelector).toBe(
    'kubernetes.io/os=windows,agentpool notin (natoff)',
  );
});

test('a node without labels and taints is not healed', () => {
  expect(WINDOWS_NODES.includes({})).toBe(false);
});

test('a text that is no label selector is an error', () => {
  expect(() => healableNodes({ nodes: 'a in', virtualNodes: false })).toThrow('not a label selector');
});
