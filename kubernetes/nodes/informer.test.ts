/** What the informer keeps of the networks of nodes; tests/integration/kubernetes has the rest of it, on a real API server. */

import { afterEach, expect, test } from '@jest/globals';
import { nodeName } from '../../tests/fixtures/nodes.ts';
import { until } from '../../tests/fixtures/until.ts';
import { watchedObjects } from '../../tests/fixtures/watched-objects.ts';
import type { NodeObject } from '../client/objects.ts';
import { createNodeInformer, type NodeInformer } from './informer.ts';

let opened: NodeInformer | null = null;
afterEach(async () => {
  await opened?.stop();
  opened = null;
});

function node(name: string, address: string, uid = `uid-of-${name}`): NodeObject {
  return {
    metadata: {
      name,
      uid,
      labels: { 'kubernetes.io/os': 'windows', 'node.kubernetes.io/windows-build': '10.0.20348' },
    },
    spec: { podCIDRs: ['10.244.3.0/24'] },
    status: { addresses: [{ type: 'InternalIP', address }], conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

test('E5: the network of a node is known from the first list on, follows the node, and goes with it', async () => {
  const server = watchedObjects<NodeObject>();
  server.objects.push(node('win-1', '10.240.0.4'), node('win-2', '10.240.0.5'));
  const informer = createNodeInformer(server.connection, { healedAnnotation: 'healed', asksAboutDepartures: false });
  opened = informer;
  const addressesOf = (name: string) => informer.network(nodeName(name))?.addresses;
  expect([addressesOf('win-1'), informer.nodeAt('10.240.0.5')]).toEqual([undefined, undefined]);

  informer.start();
  await informer.untilSynced();
  expect(informer.network(nodeName('win-1'))).toEqual({
    addresses: ['10.240.0.4'],
    podCidrs: ['10.244.3.0/24'],
    windowsBuild: '10.0.20348',
  });

  server.send('MODIFIED', node('win-1', '10.240.0.9'));
  await until(() => addressesOf('win-1')?.[0] === '10.240.0.9', 'the change');
  server.send('DELETED', node('win-1', '10.240.0.9'));
  await until(() => informer.get(nodeName('win-1')) === undefined, 'the departure');
  expect([addressesOf('win-1'), addressesOf('win-2')]).toEqual([undefined, ['10.240.0.5']]);
  expect(['10.240.0.9', '10.240.0.5'].map(informer.nodeAt)).toEqual([undefined, 'win-2']);
  // Another machine of that name.
  server.send('ADDED', node('win-1', '10.240.0.7', 'uid-2'));
  await until(() => addressesOf('win-1')?.[0] === '10.240.0.7', 'the new node');
});

test('E5: a node that left while nothing was watched is forgotten with the next list', async () => {
  const server = watchedObjects<NodeObject>();
  server.objects.push(node('win-1', '10.240.0.4'));
  const informer = createNodeInformer(server.connection, {
    healedAnnotation: 'healed',
    asksAboutDepartures: false,
    pauseMaxMs: 50,
  });
  opened = informer;
  informer.start();
  await informer.untilSynced();
  server.setAway(true);
  await until(() => informer.health().failuresInARow > 0, 'the watch to fail');
  expect(informer.network(nodeName('win-1'))).toBeDefined();
  server.objects.length = 0;
  server.setAway(false);
  await until(() => informer.network(nodeName('win-1')) === undefined, 'the node to be forgotten');
});

test('E30, E32: the startup taint and the reason of the condition follow the node, where they are configured', async () => {
  const server = watchedObjects<NodeObject>();
  const KEY = 'example.com/new';
  const tainted = { ...node('win-1', '10.240.0.4'), spec: { taints: [{ key: KEY, effect: 'NoSchedule' }] } };
  server.objects.push(tainted, node('win-2', '10.240.0.5'));
  const options = {
    healedAnnotation: 'healed',
    asksAboutDepartures: false,
    startupTaint: KEY,
    condition: 'SnatHealed',
  };
  const informer = createNodeInformer(server.connection, options);
  opened = informer;
  const known = (name: string) => [informer.get(nodeName(name))?.tainted, informer.conditionReason(nodeName(name))];
  expect(known('win-1')).toEqual([undefined, undefined]);
  informer.start();
  await informer.untilSynced();
  expect([known('win-1'), known('win-2')]).toEqual([
    [true, null],
    [false, null],
  ]);

  const shown = { ...tainted, status: { conditions: [{ type: 'SnatHealed', status: 'False', reason: 'Snated' }] } };
  server.send('MODIFIED', shown);
  await until(() => informer.conditionReason(nodeName('win-1')) === 'Snated', 'the condition');
  server.send('DELETED', shown);
  await until(() => informer.get(nodeName('win-1')) === undefined, 'the departure');
  expect(known('win-1')).toEqual([undefined, undefined]);
});
