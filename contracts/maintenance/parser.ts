/** Parses what comes to the workflows of maintenance from outside: inputs, payloads of signals and updates. */

import { NODE_OUTCOMES } from '../../domain/maintenance/outcome.ts';
import { ASK_STAGES } from '../../domain/maintenance/slots.ts';
import { RESOLUTIONS } from '../../domain/maintenance/state.ts';
import { nodeName } from '../node-identity.ts';
import {
  clusterName,
  flag,
  list,
  name,
  oneOf,
  optional,
  orNull,
  type Parsed,
  parsed,
  shape,
  wholeNumber,
} from '../shape.ts';
import {
  type AskSlotPayload,
  type ExplainNodePayload,
  type GuardMaintenanceInput,
  type PauseMaintenancePayload,
  type ResumeMaintenancePayload,
  type ReturnSlotPayload,
  type SlotAnswerPayload,
} from './guard-maintenance.ts';
import type { ActVersions, MaintainNodeInput, ResolveNodePayload } from './maintain-node.ts';
import { actPhase, anyText, expectation, nodeRef, purpose, runName, shortText, time, version } from './shapes.ts';

const REASONS_MAX = 20;

const maintainNodeInput = shape<MaintainNodeInput>({
  cluster: clusterName,
  node: nodeRef,
  run: runName,
  group: name,
  purpose,
  phase: actPhase,
  executor: orNull(name),
  expect: expectation,
  versions: optional(
    shape<ActVersions>({
      kubernetes: orNull(version),
      cni: orNull(version),
      crictl: orNull(version),
      etcd: orNull(version),
    }),
  ),
  queuedMs: optional(time),
  parent: orNull(name),
});

const guardInput = shape<GuardMaintenanceInput>({ cluster: clusterName });

const asked = shape<AskSlotPayload>({
  node: nodeRef,
  workflow: name,
  group: name,
  purpose,
  stage: oneOf(...ASK_STAGES),
  drains: flag,
  queuedMs: optional(time),
});

const returned = shape<ReturnSlotPayload>({
  node: nodeRef,
  outcome: oneOf(...NODE_OUTCOMES),
  held: flag,
  attempt: optional(wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER })),
});
const answer = shape<SlotAnswerPayload>({ stage: oneOf(...ASK_STAGES), reasons: list(anyText, REASONS_MAX) });
const pause = shape<PauseMaintenancePayload>({ by: shortText, reason: shortText, untilMs: time });
const resume = shape<ResumeMaintenancePayload>({ by: shortText, reason: shortText });
const explain = shape<ExplainNodePayload>({ node: nodeName, purpose });
const resolve = shape<ResolveNodePayload>({ resolution: oneOf(...RESOLUTIONS), by: shortText, reason: shortText });

export function parseMaintainNodeInput(input: unknown): Parsed<MaintainNodeInput> {
  return parsed(input, maintainNodeInput, 'input');
}

export function parseGuardMaintenanceInput(input: unknown): Parsed<GuardMaintenanceInput> {
  return parsed(input, guardInput, 'input');
}

export function parseAskSlot(payload: unknown): Parsed<AskSlotPayload> {
  return parsed(payload, asked, 'askSlot');
}

export function parseReturnSlot(payload: unknown): Parsed<ReturnSlotPayload> {
  return parsed(payload, returned, 'returnSlot');
}

export function parseSlotAnswer(payload: unknown): Parsed<SlotAnswerPayload> {
  return parsed(payload, answer, 'answer');
}

export function parsePauseMaintenance(payload: unknown): Parsed<PauseMaintenancePayload> {
  return parsed(payload, pause, 'pauseMaintenance');
}

export function parseResumeMaintenance(payload: unknown): Parsed<ResumeMaintenancePayload> {
  return parsed(payload, resume, 'resumeMaintenance');
}

export function parseExplainNode(payload: unknown): Parsed<ExplainNodePayload> {
  return parsed(payload, explain, 'explainNode');
}

export function parseResolveNode(payload: unknown): Parsed<ResolveNodePayload> {
  return parsed(payload, resolve, 'resolveNode');
}
