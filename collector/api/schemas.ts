/** JSON schemas of `/api/v2`: they check what is asked, write the answers, and make the OpenAPI document. */

import { type NodeHost, SENTINEL_STATES, type Sentinel } from '../../contracts/connectivity/host-facts.ts';
import type {
  AgentProcesses,
  ContainerProcesses,
  ProcessesReport,
  ReadProcess,
} from '../../contracts/connectivity/processes.ts';
import type { ConnectivityCounts } from '../../contracts/connectivity/watch-connectivity.ts';
import { AGENT_FAILURES, SUPPRESSION_REASONS } from '../../domain/connectivity/agent-judgement.ts';
import { AGENT_STATES, type FailingAgent, type VerdictAnswer } from '../verdict/verdict.ts';
import type { AgentTransition } from './agent-history.ts';
import { type AgentView, type AgentWithReport, NODE_STATES, type NodeView } from './views.ts';

/** Entries of one answer. */
export const PAGE_SIZE_MAX = 10_000;
export const PAGE_SIZE_DEFAULT = 500;

declare const describes: unique symbol;

/** A JSON schema that takes every `T`; a narrower one does not compile. `T` exists for the compiler only. */
export type Schema<T> = Readonly<Record<string, unknown>> & { readonly [describes]?: (value: T) => void };

/** A schema for each key of `T`, and for no other: fastify leaves out of an answer what its schema lacks. */
type Properties<T> = { readonly [Key in keyof T]-?: Schema<T[Key]> };

const text: Schema<string> = { type: 'string' };
const textOrNull: Schema<string | null> = { type: ['string', 'null'] };
const count: Schema<number> = { type: 'integer', minimum: 0 };
const timeMs: Schema<number> = { type: 'integer', description: 'Milliseconds since 1970' };
const timeMsOrNull: Schema<number | null> = { type: ['integer', 'null'], description: 'Milliseconds since 1970' };

const failure = oneOfOrNull(AGENT_FAILURES);
const suppressedBy = oneOfOrNull(SUPPRESSION_REASONS, 'Why a failure is not held against the agent');
const stateOrNull = oneOfOrNull(AGENT_STATES);

function oneOf<T extends string>(values: readonly T[]): Schema<T> {
  return { type: 'string', enum: values };
}

function oneOfOrNull<T extends string>(values: readonly T[], description?: string): Schema<T | null> {
  const schema = { type: ['string', 'null'], enum: [...values, null] };
  return description === undefined ? schema : { ...schema, description };
}

function objectOf<T extends object>(properties: Properties<T>): Schema<T> {
  return { type: 'object', additionalProperties: false, required: Object.keys(properties), properties };
}

function objectOrNull<T extends object>(properties: Properties<T>): Schema<T | null> {
  const { required } = objectOf(properties);
  return { type: ['object', 'null'], additionalProperties: false, required, properties };
}

function listOf<T>(items: Schema<T>): Schema<readonly T[]> {
  return { type: 'array', items };
}

const failingAgent = objectOf<FailingAgent>({
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

export const verdictSchema = objectOf<VerdictAnswer>({
  atMs: timeMs,
  ok: { type: 'boolean', description: 'No agent is absent or outdated' },
  counts: objectOf<Required<ConnectivityCounts>>({
    expected: count,
    reporting: count,
    absent: count,
    outdated: count,
    suppressed: count,
    unscheduled: count,
    conflicting: count,
  }),
  failing: listOf(failingAgent),
  suppressed: listOf(failingAgent),
});

const agentProperties: Properties<AgentView> = {
  agent: text,
  namespace: text,
  node: textOrNull,
  state: oneOf(AGENT_STATES),
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
};

export const agentSchema = objectOf<AgentView>(agentProperties);

const nodeHost = objectOrNull<NodeHost>({
  reportedMs: timeMs,
  uptimeSeconds: count,
  bootId: textOrNull,
  sentinel: objectOf<Sentinel>({ state: oneOf(SENTINEL_STATES), changedMs: timeMsOrNull }),
});

export const nodeSchema = objectOf<NodeView>({
  node: text,
  nodeUid: textOrNull,
  os: textOrNull,
  state: oneOf(NODE_STATES),
  reason: text,
  sinceMs: timeMsOrNull,
  host: nodeHost,
  agents: listOf(agentSchema),
});

export const transitionSchema = objectOf<AgentTransition>({
  atMs: timeMs,
  agent: text,
  namespace: text,
  node: textOrNull,
  from: stateOrNull,
  to: stateOrNull,
  detail: text,
});

/** As the agent sent it, the probes included that `/api/v1` leaves out. */
export const agentWithReportSchema = objectOf<AgentWithReport>({
  ...agentProperties,
  report: { type: ['object', 'null'], additionalProperties: true },
});

const readProcess = objectOf<ReadProcess>({
  name: text,
  uid: count,
  gid: count,
  effective: { type: 'string', description: 'Capabilities in hexadecimal digits' },
  permitted: { type: 'string', description: 'Capabilities in hexadecimal digits' },
  noNewPrivileges: { type: 'boolean' },
  seccomp: { type: 'integer', description: '0 off, 1 strict, 2 filter' },
  userNamespace: { type: 'boolean', description: 'The ids are those inside of it' },
});

export const agentProcessesSchema = objectOf<AgentProcesses>({
  agent: text,
  namespace: text,
  node: text,
  processes: objectOf<ProcessesReport>({
    containers: listOf(objectOf<ContainerProcesses>({ id: text, processes: listOf(readProcess), omitted: count })),
    omitted: count,
    problem: textOrNull,
  }),
});

export const errorSchema = objectOf<{ readonly error: string }>({ error: text });

export const pageQuery = {
  limit: { type: 'integer', minimum: 1, maximum: PAGE_SIZE_MAX, default: PAGE_SIZE_DEFAULT },
} as const;

export const responsesOf = <T>(answer: Schema<T>) => ({
  200: answer,
  400: { description: 'Something in the request is wrong', ...errorSchema },
  404: { description: 'It is not known', ...errorSchema },
  503: { description: 'Pods or nodes are not known: there is no verdict', ...errorSchema },
});
