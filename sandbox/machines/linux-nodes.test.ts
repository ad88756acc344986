/** Linux nodes of a sandbox: their zones, and what makes their pods prove. */

import { expect, test } from '@jest/globals';
import { nodeObject } from '../node-object.ts';
import { playOf } from '../probing-pods/play.ts';
import { linuxNodePlan } from './linux-nodes.ts';

test('nodes are spread over three zones, each with a boot id of its own', () => {
  const plan = linuxNodePlan(4);
  expect(plan.map(({ name, zone }) => `${name} ${zone}`)).toEqual(['lin-1 a', 'lin-2 b', 'lin-3 c', 'lin-4 a']);
  expect(new Set(plan.map(({ boot }) => boot)).size).toBe(4);
});

test('the zone takes the label of the behaviour, and such a node proves', () => {
  const node = { os: 'linux', behaviour: 'failing', ready: true, address: '10.240.0.1', zone: 'a' } as const;
  expect(nodeObject('lin-1', node)).toMatchObject({
    metadata: { labels: { 'topology.kubernetes.io/zone': 'zone-a' } },
  });
  expect(playOf('zone-a', 0)).toEqual(playOf('proving', 0));
});
