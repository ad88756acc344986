/** Checks of the parts that inputs of `upgradeFleet` and `upgradeCluster` have in common. */

import { UPGRADE_PARTS } from '../../domain/upgrade/order.ts';
import { version } from '../maintenance/shapes.ts';
import { list, name, oneOf, orNull, shape, value } from '../shape.ts';
import type { Artifact, TargetVersions } from './upgrade-cluster.ts';

const ARTIFACTS_MAX = 50;
const URL_LENGTH_MAX = 2_000;

const matching = (allowed: string, pattern: RegExp) =>
  value<string>(allowed, (found) => typeof found === 'string' && pattern.test(found) && found.length <= URL_LENGTH_MAX);

const artifact = shape<Artifact>({
  name,
  url: matching('an address of http or https', /^https?:\/\/\S+$/),
  sha256: matching('64 hexadecimal digits', /^[0-9a-f]{64}$/),
  path: matching('an absolute path', /^\/.+$/),
  mode: matching('a mode such as 0755', /^0?[0-7]{3}$/),
});

export const targetVersions = shape<TargetVersions>({
  kubernetes: version,
  cni: orNull(version),
  crictl: orNull(version),
  etcd: orNull(version),
  artifacts: list(artifact, ARTIFACTS_MAX),
});

export const upgradeParts = list(oneOf(...UPGRADE_PARTS), UPGRADE_PARTS.length);
