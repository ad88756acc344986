/** Parses the input of `upgradeFleet`. */

import { type FleetStage, STAGE_APPROVALS, UNREACHABLE_POLICIES } from '../../domain/upgrade/fleet-stage.ts';
import type { SoakDemand } from '../../domain/upgrade/soak.ts';
import { runName, shortText, time } from '../maintenance/shapes.ts';
import { type Check, clusterName, list, oneOf, orNull, type Parsed, parsed, shape, wholeNumber } from '../shape.ts';
import { targetVersions, upgradeParts } from './shapes.ts';
import { SOAK_DEMAND } from './soak-parser.ts';
import type { UpgradeFleetInput } from './upgrade-fleet.ts';

const STAGES_MAX = 20;
/** The state of all of them is carried from run to run, within the size of one payload. */
const CLUSTERS_MAX = 200;

const soak = shape<SoakDemand>(SOAK_DEMAND);

const stage = shape<FleetStage>({
  name: runName,
  clusters: some(list(clusterName, CLUSTERS_MAX)),
  parallelMax: wholeNumber({ min: 1, max: CLUSTERS_MAX }),
  soak: orNull(soak),
  approval: oneOf(...STAGE_APPROVALS),
  notBeforeMs: orNull(time),
});

const input = shape<UpgradeFleetInput>({
  run: runName,
  versions: targetVersions,
  parts: some(upgradeParts),
  stages: some(list(stage, STAGES_MAX)),
  onUnreachable: oneOf(...UNREACHABLE_POLICIES),
  clusterFailuresMax: wholeNumber({ min: 0, max: CLUSTERS_MAX }),
  startedBy: shortText,
});

export function parseUpgradeFleetInput(found: unknown): Parsed<UpgradeFleetInput> {
  const result = parsed(found, input, 'input');
  if (!result.ok) return result;
  const problems = stageProblems(result.value.stages);
  return problems.length === 0 ? result : { ok: false, problems };
}

/** Two upgrades of a cluster in one run, or two stages of a name, could not be told apart. */
function stageProblems(stages: readonly FleetStage[]): readonly string[] {
  const clusters = stages.flatMap((one) => one.clusters);
  return [
    ...repeated(stages.map(({ name }) => name)).map((name) => `input.stages: the stage ${name} is there twice`),
    ...repeated(clusters).map((cluster) => `input.stages: the cluster ${cluster} is there twice`),
    ...(clusters.length > CLUSTERS_MAX
      ? [`input.stages: expected at most ${CLUSTERS_MAX} clusters, got ${clusters.length}`]
      : []),
    ...stages
      .filter(({ soak }) => soak !== null && soak.deadlineMs < soak.forMs)
      .map(({ name }) => `input.stages: the soak of ${name} must have a deadlineMs of at least its forMs`),
  ];
}

function repeated(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function some<T>(check: Check<readonly T[]>): Check<readonly T[]> {
  return (found, path) =>
    Array.isArray(found) && found.length === 0 ? [`${path}: expected at least one entry`] : check(found, path);
}
