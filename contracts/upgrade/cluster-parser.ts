/** Parses what comes to `upgradeCluster` from outside: input, payloads, results of activities and of maintenances. */

import {
  ACT_PHASES,
  CONNECTIVITY_DEMANDS,
  HEALING_DEMANDS,
  type NodeFactsForMaintenance,
} from '../../domain/maintenance/facts.ts';
import { NODE_OUTCOMES } from '../../domain/maintenance/outcome.ts';
import type { Pause } from '../../domain/maintenance/slots.ts';
import { STEPS, type StepRecord } from '../../domain/maintenance/state.ts';
import type { BrokenPods } from '../../domain/upgrade/after-checks.ts';
import { CHECK_ANSWERS, CHECKS, type CheckResult } from '../../domain/upgrade/check.ts';
import type { AlertAnswer, LookAnswer } from '../../domain/upgrade/cluster-progress.ts';
import { ORDERS } from '../../domain/upgrade/order.ts';
import type { GroupCount, PlannedStep, UpgradeRules } from '../../domain/upgrade/rules.ts';
import type { MaintainNodeResult } from '../maintenance/maintain-node.ts';
import { anyText, byKind, nodeFacts, nodeRef, runName, shortText, time, version } from '../maintenance/shapes.ts';
import { nodeName } from '../node-identity.ts';
import {
  type Check,
  clusterName,
  countFromZero,
  flag,
  list,
  name,
  oneOf,
  open,
  optional,
  orNull,
  type Parsed,
  parsed,
  shape,
  value,
} from '../shape.ts';
import type { ApprovalActivities, LookAtApprovalsResult, PreflightActivities } from './activities.ts';
import type { UpgradeClusterActivities, WatchWorkResult } from './cluster-activities.ts';
import type { DecisionPayload, NodeDecisionPayload } from './cluster-status.ts';
import { targetVersions, upgradeParts } from './shapes.ts';
import { UPGRADE_MODES, type UpgradeClusterInput } from './upgrade-cluster.ts';

const ENTRIES_MAX = 20_000;
const TEXTS_MAX = 500;
const texts = list(anyText, TEXTS_MAX);

const input = shape<UpgradeClusterInput>({
  cluster: clusterName,
  run: runName,
  versions: targetVersions,
  parts: upgradeParts,
  mode: oneOf(...UPGRADE_MODES),
  startedBy: shortText,
  fleet: orNull(name),
});
const decision = shape<DecisionPayload>({ by: shortText, reason: shortText });
const nodeDecision = shape<NodeDecisionPayload>({ by: shortText, reason: shortText, node: nodeName });
const pause = shape<Pause>({ by: shortText, reason: shortText, untilMs: time });

export function parseUpgradeClusterInput(found: unknown): Parsed<UpgradeClusterInput> {
  return parsed(found, input, 'input');
}

export function parseDecision(payload: unknown): Parsed<DecisionPayload> {
  return parsed(payload, decision, 'decision');
}

export function parseNodeDecision(payload: unknown): Parsed<NodeDecisionPayload> {
  return parsed(payload, nodeDecision, 'decision');
}

export function parsePauseUpgrade(payload: unknown): Parsed<Pause> {
  return parsed(payload, pause, 'pauseUpgrade');
}

/** Of a maintenance: whoever ends one by hand may return anything. */
export function parseMaintainNodeResult(found: unknown): Parsed<MaintainNodeResult> {
  return parsed(found, nodeResult, 'result');
}

const nodeResult = open<MaintainNodeResult>({
  outcome: oneOf(...NODE_OUTCOMES),
  detail: anyText,
  before: orNull<NodeFactsForMaintenance>(nodeFacts),
  after: orNull<NodeFactsForMaintenance>(nodeFacts),
  steps: list(open<StepRecord>({ step: oneOf(...STEPS), fromMs: time, toMs: time, detail: anyText }), TEXTS_MAX),
  evicted: countFromZero,
  executorSaid: orNull(anyText),
});

const count = value<number>('a number', (found) => typeof found === 'number' && found >= 0);
const rules = open<UpgradeRules>({
  executors: list(open<UpgradeRules['executors'][number]>({ group: name, executor: name }), TEXTS_MAX),
  canary: open<UpgradeRules['canary']>({ perGroup: countFromZero, soakMs: countFromZero }),
  waves: list(open<UpgradeRules['waves'][number]>({ percent: orNull(count), count: orNull(count) }), TEXTS_MAX),
  waveSoakMs: countFromZero,
  afterChecks: open<UpgradeRules['afterChecks']>({ settleMs: countFromZero, deadlineMs: countFromZero }),
  returnWithinMs: countFromZero,
  demands: open<UpgradeRules['demands']>({
    connectivity: oneOf(...CONNECTIVITY_DEMANDS),
    healing: oneOf(...HEALING_DEMANDS),
  }),
});
const step = open<PlannedStep>({
  phase: oneOf(...ACT_PHASES, 'kube-proxy'),
  node: orNull(nodeRef),
  group: anyText,
  isWorker: flag,
  kubelet: orNull(version),
  apiServer: orNull(version),
  to: orNull(version),
});
const look = byKind<LookAnswer>({
  planned: {
    digest: name,
    order: oneOf(...ORDERS),
    steps: list(step, ENTRIES_MAX),
    counts: list(open<GroupCount>({ group: name, workers: countFromZero }), TEXTS_MAX),
    rules,
    unjudged: texts,
  },
  refused: { detail: anyText },
  unknown: { reasons: texts },
});
const broken = list(open<BrokenPods>({ namespace: anyText, workload: anyText, state: anyText }), ENTRIES_MAX);
const checkResult = open<CheckResult>({
  check: oneOf(...CHECKS),
  answer: oneOf(...CHECK_ANSWERS),
  objects: texts,
  detail: anyText,
  accepted: orNull(open<NonNullable<CheckResult['accepted']>>({ reason: anyText, untilMs: time })),
});

type Activities = UpgradeClusterActivities & PreflightActivities & ApprovalActivities;

/** Whoever completes an activity by hand may return anything. */
export const UPGRADE_RESULTS: {
  readonly [Name in keyof Activities]: Check<Awaited<ReturnType<Activities[Name]>>>;
} = {
  lookAtUpgrade: look,
  findBrokenPods: broken,
  lookAtWaveAlerts: byKind<AlertAnswer>({ quiet: {}, alerting: { detail: anyText }, unknown: { detail: anyText } }),
  watchWork: open<WatchWorkResult>({
    held: list(open<WatchWorkResult['held'][number]>({ node: nodeName, detail: anyText }), ENTRIES_MAX),
    isBreakerOpen: flag,
    stalled: orNull(anyText),
  }),
  awaitMaintenance: oneOf('closed', 'running'),
  resolveMaintenance: oneOf('taken', 'refused'),
  closeBreaker: oneOf('closed', 'as-it-was'),
  tellUpgrade: () => [],
  writeReport: texts,
  checkCluster: list(checkResult, TEXTS_MAX),
  lookAtApprovals: byKind<LookAtApprovalsResult>({
    'not-needed': {},
    approved: { by: texts, untilMs: optional(time) },
    waiting: { detail: anyText, untilMs: optional(time) },
    rejected: { by: anyText, comment: anyText },
  }),
};
