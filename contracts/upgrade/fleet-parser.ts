/** Parses what reaches `upgradeFleet` from outside: input, payloads, results of its children and of its activity. */

import type { Pause } from '../../domain/maintenance/slots.ts';
import {
  type ClusterDecision,
  type Decider,
  STAGE_DECISIONS,
  type StageDecision,
} from '../../domain/upgrade/fleet-decisions.ts';
import { type FleetStage, STAGE_APPROVALS, UNREACHABLE_POLICIES } from '../../domain/upgrade/fleet-stage.ts';
import type { SoakDemand } from '../../domain/upgrade/soak.ts';
import { anyText, runName, shortText, time } from '../maintenance/shapes.ts';
import {
  type Check,
  clusterName,
  list,
  oneOf,
  open,
  orNull,
  type Parsed,
  parsed,
  shape,
  someOf,
  wholeNumber,
} from '../shape.ts';
import { targetVersions, upgradeParts } from './shapes.ts';
import { SOAK_DEMAND } from './soak-parser.ts';
import { UPGRADE_OUTCOMES, type UpgradeClusterResult } from './upgrade-cluster.ts';
import type { FleetActivities, UpgradeFleetInput, WatchMaintainersResult } from './upgrade-fleet.ts';

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

const who = { by: shortText, reason: shortText };
const pause = shape<Pause>({ ...who, untilMs: time });
const decider = shape<Decider>(who);
const stageDecision = shape<StageDecision>({ ...who, stage: runName, decision: oneOf(...STAGE_DECISIONS) });
const clusterDecision = shape<ClusterDecision>({ ...who, cluster: clusterName });

export function parseFleetPause(payload: unknown): Parsed<Pause> {
  return parsed(payload, pause, 'pauseUpgrade');
}

export function parseDecider(payload: unknown): Parsed<Decider> {
  return parsed(payload, decider, 'decision');
}

export function parseStageDecision(payload: unknown): Parsed<StageDecision> {
  return parsed(payload, stageDecision, 'decision');
}

export function parseClusterDecision(payload: unknown): Parsed<ClusterDecision> {
  return parsed(payload, clusterDecision, 'decision');
}

/** All that the fleet reads of it. */
export type UpgradeEnd = Pick<UpgradeClusterResult, 'outcome' | 'detail'>;

const upgradeEnd: Check<UpgradeEnd> = someOf<UpgradeEnd>({ outcome: oneOf(...UPGRADE_OUTCOMES), detail: anyText });

/** Whoever ends an upgrade by hand may return anything. */
export function parseUpgradeEnd(found: unknown): Parsed<UpgradeEnd> {
  return parsed(found, upgradeEnd, 'result');
}

export const FLEET_RESULTS: {
  readonly [Name in keyof FleetActivities]: Check<Awaited<ReturnType<FleetActivities[Name]>>>;
} = {
  watchMaintainers: open<WatchMaintainersResult>({ unreachable: list(clusterName, CLUSTERS_MAX) }),
  tellFleet: () => [],
};

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
