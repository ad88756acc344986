/** Changes of a node that the worker must not make, each with what the API server says about it. */

import { z } from 'zod';
import { AGENT_CONNECTIVITY_CONDITION } from '../../contracts/connectivity/watch-connectivity.ts';
import {
  DEFAULT_HEALED_ANNOTATION,
  HEALING_SWITCH_ANNOTATION,
  HEALING_SWITCH_OFF,
  SNAT_PROOF_ANNOTATION,
} from '../../contracts/healing/names.ts';

export const NodeSchema = z.object({
  metadata: z.object({
    uid: z.string(),
    resourceVersion: z.string(),
    managedFields: z.array(z.looseObject({})).default([]),
  }),
  spec: z.object({ taints: z.array(z.looseObject({})).default([]) }),
  status: z.object({ conditions: z.array(z.looseObject({ type: z.string() })) }),
});
export type NodeState = z.infer<typeof NodeSchema>;

export interface NodeChange {
  readonly title: string;
  readonly subresource: '' | '/status';
  /** A merge patch, made for the node as it is. */
  readonly patch: (node: NodeState) => object;
  readonly message: string;
}

/** An annotation that the node has, and none of ours. */
export const FOREIGN_ANNOTATION = 'example.com/owner';

const WORKER = 'the worker of Vigilante';
const OURS = `${DEFAULT_HEALED_ANNOTATION}, ${SNAT_PROOF_ANNOTATION} and ${HEALING_SWITCH_ANNOTATION}`;
const MESSAGES = {
  spec: `${WORKER} must not change the spec of a node; it may change the annotations ${OURS} and the condition ${AGENT_CONNECTIVITY_CONDITION}`,
  metadata: `${WORKER} must not change the metadata of a node, but for the annotations ${OURS}`,
  annotations: `${WORKER} may change no annotations of a node but ${OURS}`,
  healed: `${WORKER} may set the annotation ${DEFAULT_HEALED_ANNOTATION} of a node only to true or false`,
  proof: `${WORKER} may set the annotation ${SNAT_PROOF_ANNOTATION} of a node to at most 2048 characters, or remove it`,
  switch: `${WORKER} may only set the annotation ${HEALING_SWITCH_ANNOTATION} of a node to ${HEALING_SWITCH_OFF}, or remove it`,
  status: `${WORKER} must not change the status of a node, but for the condition ${AGENT_CONNECTIVITY_CONDITION}`,
  conditions: `${WORKER} may change no condition of a node but ${AGENT_CONNECTIVITY_CONDITION}`,
  bounds: `${WORKER} may set the condition ${AGENT_CONNECTIVITY_CONDITION} only to True, False or Unknown, with at most 128 characters of reason and 1024 of message`,
  entries: `${WORKER} must not change which fields of a node others manage`,
  ours: `${WORKER} must leave a node its condition ${AGENT_CONNECTIVITY_CONDITION}, once`,
};

const FORGED_ENTRY = {
  manager: 'somebody',
  operation: 'Apply',
  apiVersion: 'v1',
  time: '2026-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:metadata': { 'f:labels': { 'f:kubernetes.io/arch': {} } } },
};
const annotated = (annotations: Readonly<Record<string, string | null>>) => ({ metadata: { annotations } });
const healed = annotated({ [DEFAULT_HEALED_ANNOTATION]: 'true' });
const isOurs = ({ type }: { type: string }) => type === AGENT_CONNECTIVITY_CONDITION;

function condition(type: string, status = 'True'): { type: string } & Readonly<Record<string, unknown>> {
  const at = '2026-01-01T00:00:00Z';
  return {
    type,
    status,
    reason: 'Test',
    message: 'test',
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  };
}

function conditionsOf(change: (conditions: NodeState['status']['conditions']) => readonly object[]) {
  return ({ status }: NodeState) => ({ status: { conditions: change(status.conditions) } });
}

function oursWith(fields: object): NodeChange['patch'] {
  return conditionsOf((before) => before.map((one) => (isOurs(one) ? { ...condition(one.type), ...fields } : one)));
}

type Row = readonly [title: string, patch: NodeChange['patch'], message: keyof typeof MESSAGES];

const OF_THE_NODE: readonly Row[] = [
  ['another annotation', () => annotated({ 'example.com/other': 'x' }), 'annotations'],
  ['another value of another annotation', () => annotated({ [FOREIGN_ANNOTATION]: 'x' }), 'annotations'],
  ['removal of another annotation', () => annotated({ [FOREIGN_ANNOTATION]: null }), 'annotations'],
  ['our annotation and another', () => annotated({ ...healed.metadata.annotations, other: 'x' }), 'annotations'],
  ['our annotation with a value of nobody', () => annotated({ [DEFAULT_HEALED_ANNOTATION]: 'yes' }), 'healed'],
  ['removal of our annotation', () => annotated({ [DEFAULT_HEALED_ANNOTATION]: null }), 'healed'],
  ['a proof of any length', () => annotated({ [SNAT_PROOF_ANNOTATION]: 'x'.repeat(2_049) }), 'proof'],
  ['a switch with a value of nobody', () => annotated({ [HEALING_SWITCH_ANNOTATION]: 'off' }), 'switch'],
  ['a label', () => ({ metadata: { labels: { other: 'x' } } }), 'metadata'],
  ['removal of a label', () => ({ metadata: { labels: { 'kubernetes.io/arch': null } } }), 'metadata'],
  ['removal of all labels', () => ({ metadata: { labels: null } }), 'metadata'],
  ['our annotation and a label', () => ({ metadata: { ...healed.metadata, labels: { other: 'x' } } }), 'metadata'],
  ['a finalizer', () => ({ metadata: { finalizers: ['example.com/other'] } }), 'metadata'],
  [
    'an owner',
    () => ({ metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'other', uid: 'other' }] } }),
    'metadata',
  ],
];

/** What the API server keeps about who wrote which field; a patch of the status cannot change it. */
const OF_THE_ENTRIES: readonly Row[] = [
  ['no entries of managed fields', () => ({ metadata: { managedFields: [{}] } }), 'entries'],
  ['our annotation and no entries', () => ({ metadata: { ...healed.metadata, managedFields: [{}] } }), 'entries'],
  [
    'an entry that gives labels to a manager that would remove them',
    ({ metadata }) => ({ metadata: { managedFields: [...metadata.managedFields, FORGED_ENTRY] } }),
    'entries',
  ],
  [
    'an entry with other fields',
    ({ metadata }) => ({
      metadata: {
        managedFields: metadata.managedFields.map((entry) => ({ ...entry, fieldsV1: FORGED_ENTRY.fieldsV1 })),
      },
    }),
    'entries',
  ],
];

const OF_THE_SPEC: readonly Row[] = [
  ['a cordon', () => ({ spec: { unschedulable: true } }), 'spec'],
  ['a taint', ({ spec }) => ({ spec: { taints: [...spec.taints, { key: 'other', effect: 'NoExecute' }] } }), 'spec'],
  ['removal of the taints', () => ({ spec: { taints: null } }), 'spec'],
  ['our annotation and a cordon', () => ({ ...healed, spec: { unschedulable: true } }), 'spec'],
];

const OF_THE_STATUS: readonly Row[] = [
  ['another condition', conditionsOf((before) => [...before, condition('Other')]), 'conditions'],
  [
    'our condition and another',
    conditionsOf((before) => [...before.map((one) => (isOurs(one) ? condition(one.type) : one)), condition('Other')]),
    'conditions',
  ],
  [
    'another status of Ready',
    conditionsOf((before) => before.map((one) => (one.type === 'Ready' ? { ...one, status: 'False' } : one))),
    'conditions',
  ],
  [
    'removal of another condition',
    conditionsOf((before) => before.filter(({ type }) => type !== 'MemoryPressure')),
    'conditions',
  ],
  ['removal of our condition', conditionsOf((before) => before.filter((one) => !isOurs(one))), 'ours'],
  [
    'our condition twice',
    conditionsOf((before) => [...before, condition(AGENT_CONNECTIVITY_CONDITION, 'Unknown')]),
    'ours',
  ],
  ['a long message of our condition', oursWith({ message: 'm'.repeat(1_025) }), 'bounds'],
  ['a long reason of our condition', oursWith({ reason: 'r'.repeat(129) }), 'bounds'],
  ['a status that our condition does not have', oursWith({ status: 'Maybe' }), 'bounds'],
  ['a capacity', () => ({ status: { capacity: { pods: '1' } } }), 'status'],
  ['removal of the addresses', () => ({ status: { addresses: null } }), 'status'],
  ['images, of which it had none', () => ({ status: { images: [{ names: ['other'], sizeBytes: 1 }] } }), 'status'],
  ['our annotation and a capacity', () => ({ ...healed, status: { capacity: { pods: '1' } } }), 'status'],
];

/** Metadata is tried by both ways: a patch of the status changes it as well. */
export const FORBIDDEN_CHANGES: readonly NodeChange[] = [
  ...[...OF_THE_NODE, ...OF_THE_SPEC, ...OF_THE_ENTRIES].map((row) => changeOf(row, '')),
  ...[...OF_THE_NODE, ...OF_THE_STATUS].map((row) => changeOf(row, '/status')),
];

function changeOf([title, patch, message]: Row, subresource: NodeChange['subresource']): NodeChange {
  return { title: `nodes${subresource}: ${title}`, subresource, patch, message: MESSAGES[message] };
}
