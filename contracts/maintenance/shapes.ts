/** Checks of the parts that inputs, marks, signals and results of maintenance have in common. */

import {
  ACT_PHASES,
  AGENT_STATES,
  CONNECTIVITY_DEMANDS,
  type ControlPlaneVersion,
  type Expectation,
  HEALING_DEMANDS,
  HEALING_STATES,
  MARK_PHASES,
  type MaintenanceMark,
  type NodeFactsForMaintenance,
  PURPOSES,
  SENTINEL_STATES,
} from '../../domain/maintenance/facts.ts';
import { parseVersion, type Version } from '../../domain/maintenance/version.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import { nodeName, nodeUid } from '../node-identity.ts';
import {
  type Check,
  type Checks,
  flag,
  isRecord,
  list,
  name,
  oneOf,
  open,
  optional,
  orNull,
  shape,
  value,
  wholeNumber,
} from '../shape.ts';

const TIME_MAX = 8.64e15;
const TEXT_LENGTH_MAX = 500;
const ANNOTATIONS_MAX = 10;

export const time = wholeNumber({ min: 0, max: TIME_MAX });
export const anyText = value<string>('a text', (found) => typeof found === 'string');
export const shortText = value<string>(
  `a text of 1 to ${TEXT_LENGTH_MAX} characters`,
  (found) => typeof found === 'string' && found !== '' && found.length <= TEXT_LENGTH_MAX,
);
export const version = value<Version>(
  'a version such as v1.37.2',
  (found) => typeof found === 'string' && parseVersion(found) !== null,
);
const RUN = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
export const runName = value<string>(
  'the name of a run (a DNS label of at most 63 characters)',
  (found) => typeof found === 'string' && RUN.test(found),
);
export const purpose = oneOf(...PURPOSES);
export const actPhase = oneOf(...ACT_PHASES);
export const nodeRef = shape<NodeRef>({ name: nodeName, uid: nodeUid });
const bootId = value<string>('a boot id', (found) => typeof found === 'string' && found.length <= TEXT_LENGTH_MAX);

const controlPlane = optional(orNull(open<ControlPlaneVersion>({ binary: version, emulated: shortText })));

export const expectation = shape<Expectation>({
  kubelet: orNull(version),
  controlPlane,
  bootIdChanged: flag,
  sentinelGone: flag,
  connectivity: oneOf(...CONNECTIVITY_DEMANDS),
  healing: oneOf(...HEALING_DEMANDS),
});

export const maintenanceMark = shape<MaintenanceMark>({
  run: runName,
  workflow: name,
  group: name,
  purpose,
  phase: oneOf(...MARK_PHASES),
  sinceMs: time,
  actingMs: orNull(time),
  kubelet: orNull(version),
  bootId,
  controlPlane,
  expect: expectation,
  cordoned: flag,
  cordonedBefore: flag,
  added: list(name, ANNOTATIONS_MAX),
});

export const nodeFacts = open<NodeFactsForMaintenance>({
  uid: nodeUid,
  kubelet: orNull(version),
  bootId,
  controlPlane,
  ready: flag,
  readyChangedMs: orNull(time),
  unschedulable: flag,
  cordonIsOurs: flag,
  mark: markOrWhy,
  agents: oneOf(...AGENT_STATES),
  sentinel: oneOf(...SENTINEL_STATES),
  zone: orNull(anyText),
  os: orNull(anyText),
  healing: oneOf(...HEALING_STATES),
});

/** A check of a union by its `kind`, with those of its other keys; a kind or key without a check does not compile. */
export function byKind<T extends { readonly kind: string }>(
  members: {
    readonly [Kind in T['kind']]: Checks<Omit<Extract<T, { kind: Kind }>, 'kind'>>;
  },
): Check<T> {
  const known = new Map<unknown, Check>(
    Object.entries<Checks<object>>(members).map(([kind, checks]) => [kind, open(checks)]),
  );
  return (found, path) => {
    const check = isRecord(found) ? known.get(found['kind']) : undefined;
    return check === undefined ? [`${path}: expected a kind of ${[...known.keys()].join(', ')}`] : check(found, path);
  };
}

export function markOrWhy(found: unknown, path: string) {
  return found === null || found === 'unreadable' ? [] : maintenanceMark(found, path);
}
