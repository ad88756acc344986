/** For each right of our processes a short scene that needs it, and what goes wrong without it. */

import { expect } from '@jest/globals';
import { DEFAULT_HEALED_ANNOTATION } from '../../contracts/healing/names.ts';
import type { Right } from '../../sandbox/rbac.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import type { HealingWorld } from './healing-world.ts';
import {
  createPod,
  type Deprivation,
  forget,
  stalled,
  strayStays,
  stuck,
  unready,
  untold,
} from './least-privilege-scenes.ts';
import type { ScriptedCollector } from './scripted-collector.ts';
import { unwatched } from './unwatched-pods.ts';

/** Such as `worker namespaceRules pods delete`. */
export function rightName({ component, scope, resource, verb }: Right): string {
  return `${component} ${scope} ${resource} ${verb}`;
}

export function deprivations(world: HealingWorld, collector: ScriptedCollector): ReadonlyMap<string, Deprivation> {
  return new Map(
    Object.entries({
      ...workerCases(world),
      'worker clusterRules nodes/status patch': untold(world, { node: 'node-status', collector }),
      ...starterCases(world),
    }),
  );
}

function workerCases(world: HealingWorld): Readonly<Record<string, Deprivation>> {
  const { sandbox } = world;
  return {
    // The heal cannot see the version of the node that it is to annotate.
    'worker clusterRules nodes get': stuck(world, {
      node: 'node-get',
      words: 'get nodes node-get: 403',
      podsMin: 1,
    }),
    'worker clusterRules nodes patch': stuck(world, {
      node: 'node-patch',
      words: 'patch nodes node-patch: 403',
      podsMin: 2,
    }),
    'worker clusterRules nodes list': unready(world, 'worker', 'the nodes were not listed yet: list nodes'),
    'worker clusterRules nodes watch': unready(world, 'worker', 'the nodes are not watched: watch nodes'),
    'worker namespaceRules pods create': stalled(world, { node: 'pod-create', words: 'create pods' }),
    'worker namespaceRules pods delete': stalled(world, { node: 'pod-delete', words: 'delete pods' }),
    'worker namespaceRules pods list': stuck(world, {
      node: 'pod-list',
      words: 'list pods vigilante with',
      podsMin: 1,
    }),
    'worker namespaceRules pods get': {
      ...stuck(world, {
        node: 'pod-get',
        words: 'get pods vigilante/vigilante-snat-healer-pod-get-1: 403',
        podsMin: 0,
      }),
      // A pod in the way of the first attempt: it may be the attempt's own from before a retry.
      prepare: () => createPod(world, { name: 'vigilante-snat-healer-pod-get-1', labels: {} }),
    },
    'worker namespaceRules pods watch': unwatched(world),
    'worker namespaceRules events list': {
      act: async () => {
        await sandbox.addNode('event-list', { behaviour: 'failing' });
      },
      // Degrades as designed: the reason is told with fewer words, the heal goes on.
      suffers: async () => {
        const { lastEvidence } = await world.untilState('event-list', 'unproven');
        expect(lastEvidence?.detail).toMatch(/^phase Pending, no ip/);
      },
      cleanUp: () => forget(world, 'event-list'),
    },
    'worker defaultNamespaceRules events create': {
      act: async () => {
        await sandbox.addNode('event-create');
      },
      // Degrades as designed: an Event is never worth a heal. The loss is counted.
      suffers: async () => {
        await world.untilAnnotated('event-create');
        await world.heal('event-create').result();
        expect(await world.nodeEvents('event-create')).toEqual([]);
        const metrics = await (await fetch(`${world.worker.httpUrl}/metrics`)).text();
        expect(metrics).toMatch(/^vigilante_events_dropped_total 2$/m);
      },
      cleanUp: () => forget(world, 'event-create'),
    },
  };
}

function starterCases(world: HealingWorld): Readonly<Record<string, Deprivation>> {
  const { sandbox } = world;
  return {
    'starter clusterRules nodes get': {
      prepare: async () => {
        await sandbox.addNode('node-left', { behaviour: 'failing' });
      },
      act: async () => {
        await world.untilState('node-left', 'unproven');
        await sandbox.deleteNode('node-left');
      },
      // The heal waits for somebody to tell it that its node is gone.
      suffers: async () => {
        expect((await world.heal('node-left').describe()).status.name).toBe('RUNNING');
      },
      recovers: async () => {
        expect(await world.heal('node-left').result()).toMatchObject({ outcome: 'node-gone' });
      },
    },
    'starter defaultNamespaceRules events create': {
      act: async () => {
        await sandbox.addNode('marked', { annotations: { [DEFAULT_HEALED_ANNOTATION]: 'true' } });
      },
      // Degrades as designed: the mark is counted all the same, and the Event's loss.
      suffers: async () => {
        const page = `${world.starters[0]?.httpUrl}/metrics`;
        const isCounted = async () => /^vigilante_events_dropped_total 1$/m.test(await (await fetch(page)).text());
        await waitUntil(isCounted, { what: 'the lost Event to be counted', timeoutMs: 120_000, pollMs: 200 });
        expect(await world.nodeEvents('marked')).toEqual([]);
        expect(await (await fetch(page)).text()).toMatch(/^vigilante_nodes_marked\{proof="no-proof"\} [1-9]/m);
      },
      cleanUp: () => sandbox.deleteNode('marked'),
    },
    'starter clusterRules nodes list': unready(world, 'starter', 'the nodes were not listed yet: list nodes'),
    'starter clusterRules nodes watch': unready(world, 'starter', 'the nodes are not watched: watch nodes'),
    'starter namespaceRules pods list': strayStays(world, 'stray-listed'),
    'starter namespaceRules pods delete': strayStays(world, 'stray-deleted'),
  };
}
