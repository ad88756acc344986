/** Checks of what the activities of maintenance return: see `contracts/healing/activity-results.ts`. */

import type { WatchProgress } from '../../domain/maintenance/act-progress.ts';
import type { GroupTally, Tally } from '../../domain/maintenance/budget.ts';
import type { ActHandle, MaintenanceRules } from '../../domain/maintenance/state.ts';
import type { Gate, Survey, SurveyedNode } from '../../domain/maintenance/survey.ts';
import { nodeName, nodeUid } from '../node-identity.ts';
import { type Check, countFromZero, flag, list, name, oneOf, open, optional, orNull } from '../shape.ts';
import type {
  DrainNodeResult,
  GiveBackResult,
  MaintenanceActivities,
  MarkActingResult,
  MarkNodeResult,
  ObserveNodeResult,
  StartActResult,
  WatchNodeResult,
} from './activities.ts';
import { anyText, byKind, maintenanceMark, markOrWhy, nodeFacts, time } from './shapes.ts';

type Results = {
  readonly [Name in keyof MaintenanceActivities]: Check<Awaited<ReturnType<MaintenanceActivities[Name]>>>;
};

const ENTRIES_MAX = 5_000;
const TEXTS_MAX = 200;
const texts = list(anyText, TEXTS_MAX);
const nothing: Check<void> = () => [];

const loss = { gone: {}, replaced: { uid: nodeUid } };

const rules = open<MaintenanceRules>({
  drainDeadlineMs: countFromZero,
  actDeadlineMs: countFromZero,
  returnWithinMs: countFromZero,
  healingMs: countFromZero,
  settleMs: countFromZero,
});
const handle = open<ActHandle>({ executor: name, id: anyText });
const awayMs = optional(countFromZero);
const ended = orNull(open<NonNullable<WatchProgress['ended']>>({ atMs: time, isOk: flag, detail: anyText }));
const drainEnd = oneOf('drained', 'slice-over', 'in-the-way', 'uncordoned', 'forbidden');

const tally = { denominator: countFromZero, max: countFromZero, down: countFromZero };
const group = open<GroupTally>({
  ...tally,
  name,
  unavailableMax: countFromZero,
  downNames: list(nodeName, TEXTS_MAX),
  schedulable: countFromZero,
});
const surveyedNode = open<SurveyedNode>({
  name: nodeName,
  uid: orNull(nodeUid),
  group: orNull(anyText),
  zone: orNull(anyText),
  ready: flag,
  down: flag,
  schedulable: flag,
  controlPlane: flag,
  ignored: orNull(anyText),
  mark: markOrWhy,
  workflow: oneOf('running', 'closed', 'unknown'),
  gate: orNull(open<Gate>({ isOpen: flag, reasons: texts })),
});

export const MAINTENANCE_RESULTS: Results = {
  observeNode: byKind<ObserveNodeResult>({ ...loss, present: { facts: nodeFacts, rules } }),
  askSlot: nothing,
  returnSlot: nothing,
  markNode: byKind<MarkNodeResult>({
    ...loss,
    marked: { mark: maintenanceMark },
    'no-slot': {},
    'not-ready': {},
    'marked-before': {},
    'dry-run': {},
  }),
  drainNode: byKind<DrainNodeResult>({
    ...loss,
    looked: { end: drainEnd, evicted: countFromZero, left: texts, hadVolumes: flag },
  }),
  detachVolumes: open({ left: texts }),
  markActing: byKind<MarkActingResult>({ ...loss, marked: { mark: maintenanceMark }, uncordoned: {}, unmarked: {} }),
  startAct: byKind<StartActResult>({ started: { handle }, refused: { detail: anyText } }),
  watchNode: byKind<WatchNodeResult>({
    ...loss,
    proven: { facts: nodeFacts, ended },
    'to-heal': { facts: orNull(nodeFacts), awayMs, missing: texts, ended },
    'slice-over': { facts: orNull(nodeFacts), awayMs, missing: texts, ended },
  }),
  restartHealing: nothing,
  giveBackNode: byKind<GiveBackResult>({ ...loss, 'given-back': { detail: anyText, isCordonKept: flag } }),
  recordMaintenance: nothing,
  surveyCluster: open<Survey>({
    cluster: open<Tally>(tally),
    groups: list(group, ENTRIES_MAX),
    controlPlane: open<Survey['controlPlane']>({ count: countFromZero, down: countFromZero }),
    nodes: list(surveyedNode, ENTRIES_MAX),
    rules: open<Survey['rules']>({
      oneZoneAtATime: flag,
      lastNode: oneOf('refuse', 'accept'),
      failuresMax: countFromZero,
      closeAfterMs: countFromZero,
    }),
  }),
  recoverNode: nothing,
  wakeMaintenances: nothing,
};
