/** The part `maintenance.budget` of the configuration: how many nodes may be away at a time. */

import { z } from 'zod';

import { parseLabelSelector } from '../../domain/label-selector.ts';
import { duration, key, toggle, wholeNumber } from './keys.ts';
import { WINDOWS_ALLOWED, WindowsSchema } from './maintenance-gates.ts';

const GROUPS_MAX = 50;
const IGNORED_MAX = 100;
const COUNT_MAX = 10_000;
const DAY_MS = 86_400_000;

const percent = z.number().min(0).max(100);
const count = z.int().min(0).max(COUNT_MAX);
export const LIMIT_ALLOWED = `a count, or a mapping with percent (0 to 100), count (0 to ${COUNT_MAX}), or both`;

/** Either may be left out: the smaller one counts. */
export const LimitSchema = z
  .union([count, z.strictObject({ percent: percent.optional(), count: count.optional() })])
  .refine((limit) => typeof limit === 'number' || limit.percent !== undefined || limit.count !== undefined)
  .transform((limit) =>
    typeof limit === 'number'
      ? { percent: null, count: limit }
      : { percent: limit.percent ?? null, count: limit.count ?? null },
  );

const selector = z.string().refine((text) => parseLabelSelector(text) !== null);

const GroupSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/),
  selector,
  max: LimitSchema,
  windows: WindowsSchema,
  executor: z.string().min(1).optional(),
});

const IgnoredSchema = z.strictObject({
  selector: selector.refine((text) => text.trim() !== ''),
  reason: z.string().min(1),
  until: z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
});

const GROUPS = [
  { name: 'control-plane', selector: 'node-role.kubernetes.io/control-plane', max: 1 },
  { name: 'workers', selector: '', max: { percent: 10, count: 5 } },
];

const BreakerKeys = z.strictObject({
  failures: wholeNumber({
    about: 'Acts in a row that fail, or whose node does not come back, before no other node is taken',
    min: 1,
    max: 100,
    fallback: 1,
  }),
  unavailable: key(LimitSchema.prefault({ percent: 25, count: 10 }), {
    about: 'More nodes of a group than this being down, that no maintenance took down, stops it for all groups',
    allowed: LIMIT_ALLOWED,
    fallback: '{ percent: 25, count: 10 }',
  }),
  closeAfter: duration({
    about: 'How long enough nodes must be up again before maintenance goes on by itself',
    minMs: 1_000,
    maxMs: DAY_MS,
    fallback: '10m',
  }),
});

export const MaintenanceBudgetSchema = z.strictObject({
  cluster: key(LimitSchema.prefault({ percent: 10, count: 20 }), {
    about: 'Nodes of the whole cluster that may be away at a time, with those that are down for other reasons',
    allowed: LIMIT_ALLOWED,
    fallback: '{ percent: 10, count: 20 }',
  }),
  groups: key(
    z
      .array(GroupSchema)
      .min(1)
      .max(GROUPS_MAX)
      .refine((groups) => new Set(groups.map(({ name }) => name)).size === groups.length)
      .prefault(GROUPS),
    {
      about:
        'Groups of nodes with a budget of their own. A node belongs to the first whose selector it matches, and one that matches none is left alone. A percentage is rounded down, to 1 at least',
      allowed: `a list of 1 to ${GROUPS_MAX} with the keys name (a DNS label, each once), selector (a label selector, empty for all), max (${LIMIT_ALLOWED}) and windows (when upgrades and reboots may begin; empty: at any time; ${WINDOWS_ALLOWED}) and executor (who acts on its nodes in an upgrade, one of maintenance.executors; without one its nodes cannot be upgraded)`,
      fallback: 'control-plane (1), workers (10 %, at most 5)',
    },
  ),
  oneZoneAtATime: toggle({
    about: 'Nodes of a group are only away in one zone (`topology.kubernetes.io/zone`) at a time',
    fallback: true,
  }),
  ignore: key(z.array(IgnoredSchema).max(IGNORED_MAX).default([]), {
    about: 'Nodes that are meant to be down: they neither count nor are maintained, until that time',
    allowed: `a list of at most ${IGNORED_MAX} with the keys selector, reason and until (such as 2026-12-31T00:00:00Z)`,
    fallback: '[]',
  }),
  breaker: BreakerKeys.transform(({ closeAfter: closeAfterMs, ...rest }) => ({ ...rest, closeAfterMs })).prefault({}),
});
