/** The part `maintenance.notify` of the configuration: who is told of what happens to nodes, upgrades and runs over several clusters. */

import { z } from 'zod';

import { MAINTENANCE_EVENTS } from '../../contracts/maintenance/node-events.ts';
import { FLEET_EVENTS, UPGRADE_EVENTS } from '../../contracts/upgrade/upgrade-events.ts';
import { key } from './keys.ts';

const RECEIVERS_MAX = 20;
const EVENTS = [...MAINTENANCE_EVENTS, ...UPGRADE_EVENTS, ...FLEET_EVENTS] as const;

const ReceiverSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/),
  url: z.url({ protocol: /^https?$/ }),
  on: z.array(z.enum(EVENTS)).min(1),
});

export const MaintenanceNotifySchema = key(
  z
    .array(ReceiverSchema)
    .max(RECEIVERS_MAX)
    .refine((receivers) => new Set(receivers.map(({ name }) => name)).size === receivers.length)
    .default([]),
  {
    about:
      'Who is told, by a POST of JSON (`id`, `cluster`, `node`, `event`, `message`, `at`), when an Event of maintenance is written, and at the borders of an upgrade (then `node` is null) and of a run over several clusters (then `cluster` is null, too; the process `vigilante fleet` tells it). One that does not take it is tried twice, logged and counted; nothing waits for it',
    allowed: `a list of at most ${RECEIVERS_MAX} mappings with a name of its own, url (http or https) and on (a list of ${EVENTS.join(', ')})`,
    fallback: '[]',
  },
);
