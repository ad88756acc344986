/** JSON schemas of `/api/v2`: they check what is asked, write the answers, and make the OpenAPI document. */

import { SUPPRESSION_REASONS } from '../../domain/connectivity/agent-judgement.ts';
import { AGENT_STATES } from '../verdict/verdict.ts';

/** Entries of one answer. */
export const PAGE_SIZE_MAX = 10_000;
export const PAGE_SIZE_DEFAULT = 500;

const text = { type: 'string' } as const;
const textOrNull = { type: ['string', 'null'] } as const;
const count = { type: 'integer', minimum: 0 } as const;
const timeMs = { type: 'integer', description: 'Milliseconds since 1970' } as const;
const timeMsOrNull = { type: ['integer', 'null'], description: 'Milliseconds since 1970' } as const;

const failure = { type: ['string', 'null'], enum: ['absent', 'outdated', null] } as const;
const suppressedBy = {
  type: ['string', 'null'],
  enum: [...SUPPRESSION_REASONS, null],
  description: 'Why a failure is not held against the agent',
} as const;
const state = { type: 'string', enum: AGENT_STATES } as const;
const stateOrNull = { type: ['string', 'null'], enum: [...AGENT_STATES, null] } as const;

function objectOf(properties: Readonly<Record<string, object>>) {
  return { type: 'object', additionalProperties: false, required: Object.keys(properties), properties } as const;
}

function listOf(items: object) {
  return { type: 'array', items } as const;
}

const agentVerdict = objectOf({
  agent: text,
  namespace: text,
  node: textOrNull,
  nodeUid: textOrNull,
  os: textOrNull,
  failure,
  suppressedBy,
  sinceMs: timeMs,
  detail: text,
});

export const verdictSchema = objectOf({
  atMs: timeMs,
  ok: { type: 'boolean', description: 'No agent is absent or outdated' },
  counts: objectOf({
    expected: count,
    reporting: count,
    absent: count,
    outdated: count,
    suppressed: count,
    unscheduled: count,
    conflicting: count,
  }),
  failing: listOf(agentVerdict),
  suppressed: listOf(agentVerdict),
});

export const agentSchema = objectOf({
  agent: text,
  namespace: text,
  node: textOrNull,
  state,
  failure,
  suppressedBy,
  sinceMs: timeMsOrNull,
  lastReportMs: timeMsOrNull,
  intervalMs: { type: ['integer', 'null'] },
  conflictingNode: {
    type: ['string', 'null'],
    description: 'The node that the report names, where the pod runs on another',
  },
  detail: text,
});

export const nodeSchema = objectOf({
  node: text,
  nodeUid: textOrNull,
  os: textOrNull,
  state: { type: 'string', enum: ['ok', 'failing', 'suppressed'] },
  reason: text,
  sinceMs: timeMsOrNull,
  agents: listOf(agentSchema),
});

export const transitionSchema = objectOf({
  atMs: timeMs,
  agent: text,
  namespace: text,
  node: textOrNull,
  from: stateOrNull,
  to: stateOrNull,
  detail: text,
});

/** As the agent sent it, the probes included that `/api/v1` leaves out. */
export const agentWithReportSchema = {
  ...agentSchema,
  required: [...agentSchema.required, 'report'],
  properties: { ...agentSchema.properties, report: { type: ['object', 'null'], additionalProperties: true } },
} as const;

export const errorSchema = objectOf({ error: text });

export const pageQuery = {
  limit: { type: 'integer', minimum: 1, maximum: PAGE_SIZE_MAX, default: PAGE_SIZE_DEFAULT },
} as const;

export const responsesOf = (answer: object) => ({
  200: answer,
  400: { description: 'Something in the request is wrong', ...errorSchema },
  404: { description: 'It is not known', ...errorSchema },
  503: { description: 'Pods or nodes are not known: there is no verdict', ...errorSchema },
});
