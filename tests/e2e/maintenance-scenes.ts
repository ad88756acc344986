/** All scenes of maintenance, and the configuration in which they are played side by side. */

import type { Expectation } from '../../domain/maintenance/facts.ts';
import type { VigilanteConfig } from '../../sandbox/folder.ts';
import { REBOOT_EXECUTOR } from '../../sandbox/machines/maintenance-config.ts';
import { REBOOT } from '../fixtures/maintenance.ts';
import { DRAIN_SCENES } from './drain-scenes.ts';
import { EVICTION_SCENES } from './eviction-scenes.ts';
import { NIGHT_SCENES, SCENE_GROUPS } from './group-scenes.ts';
import { MACHINE_SCENES } from './machine-scenes.ts';
import type { Scene } from './scene.ts';
import { WAITING_SCENES } from './waiting-scenes.ts';

/** The group of a node with this label has no other. */
const LONELY = 'lonely';

/** All nodes at once, and nothing opens the breaker: the scenes run side by side. */
export const SCENES_CONFIG: VigilanteConfig = {
  starter: { reconcileInterval: '2s' },
  maintenance: {
    enabled: true,
    budget: {
      cluster: { percent: 100 },
      groups: [
        { name: LONELY, selector: LONELY, max: 1 },
        ...SCENE_GROUPS,
        { name: 'linux', selector: 'kubernetes.io/os=linux', max: { percent: 100 } },
      ],
      oneZoneAtATime: false,
      breaker: { failures: 100, unavailable: { percent: 100 } },
    },
    drain: { deadline: '60s' },
    prove: { settle: '6s', returnWithin: '25s' },
    gates: { alerts: { source: 'none' } },
    executors: { [REBOOT_EXECUTOR]: { kind: 'reboot', image: 'vigilante-reboot' } },
  },
};

export const SCENES: readonly Scene[] = [
  ...MACHINE_SCENES,
  ...DRAIN_SCENES,
  ...EVICTION_SCENES,
  ...WAITING_SCENES,
  ...NIGHT_SCENES,
];

/** M22: case 34, its maintenance waits for ever. */
export const LAST_NODE = { name: 'last-node', labels: { [LONELY]: '' } } as const;

export function expectationOf({ expect = {} }: Scene): Expectation {
  return { ...REBOOT, ...expect };
}
