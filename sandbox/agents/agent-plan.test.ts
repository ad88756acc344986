/** Which nodes of a sandbox get an agent, and when it runs. */

import { expect, test } from '@jest/globals';
import { agentsToRun, type NodeFacts, nodesWithoutPod, type PodFacts } from './agent-plan.ts';
import { agentPod, agentPodName } from './agent-pod.ts';

function node(name: string, facts: Partial<NodeFacts> = {}): NodeFacts {
  return { name, uid: `uid-of-${name}`, os: 'windows', ready: true, createdMs: 0, silent: false, ...facts };
}

function podOn(name: string, facts: Partial<PodFacts> = {}): PodFacts {
  return { name: agentPodName(name), uid: `pod-on-${name}`, node: name, running: true, ...facts };
}

const namesOf = (nodes: readonly NodeFacts[]) => nodes.map(({ name }) => name);

test('the oldest nodes get a pod, those of one second in the order of their numbers', () => {
  const nodes = [node('win-10'), node('win-9'), node('win-1', { createdMs: 1_000 }), node('win-2')];
  expect(namesOf(nodesWithoutPod({ nodes, pods: [] }, 3))).toEqual(['win-2', 'win-9', 'win-10']);
});

test('a pod that is there keeps its place, and a place that became free goes to the next node', () => {
  const nodes = [node('a', { createdMs: 2_000 }), node('b', { createdMs: 1_000 }), node('c', { createdMs: 3_000 })];
  expect(namesOf(nodesWithoutPod({ nodes, pods: [podOn('a')] }, 1))).toEqual([]);
  expect(namesOf(nodesWithoutPod({ nodes, pods: [podOn('a')] }, 2))).toEqual(['b']);
  expect(namesOf(nodesWithoutPod({ nodes, pods: [podOn('gone')] }, 2))).toEqual(['b', 'a']);
});

test.each([
  ['runs', {}, {}, 1],
  ['does not run on a node that is not Ready', { ready: false }, {}, 0],
  ['does not run where it is to be silent', { silent: true }, {}, 0],
  ['waits until its pod runs', {}, { running: false }, 0],
  ['waits until its pod is on the node', {}, { node: null }, 0],
])('an agent %s', (_, nodeFacts, podFacts, count) => {
  expect(agentsToRun({ nodes: [node('a', nodeFacts)], pods: [podOn('a', podFacts)] })).toHaveLength(count);
});

test('no agent runs without its node', () => {
  expect(agentsToRun({ nodes: [], pods: [podOn('a')] })).toEqual([]);
});

test('pods of nodes with long names have different names that are valid', () => {
  const names = ['a', 'b'].map((end) => agentPodName(`${'x'.repeat(170)}-${'y'.repeat(70)}${end}`));
  expect(new Set(names).size).toBe(2);
  for (const name of names) {
    expect(name.length).toBeLessThanOrEqual(200);
    expect(name).toMatch(/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/);
  }
});

test('only the pod of a Linux node has the fields that Windows refuses', () => {
  expect(JSON.stringify(agentPod(node('a', { os: 'linux' })))).toContain('seccompProfile');
  expect(JSON.stringify(agentPod(node('a')))).not.toMatch(/seccompProfile|capabilities/);
});
