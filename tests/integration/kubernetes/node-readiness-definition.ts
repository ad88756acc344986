/**
 * A stand-in for the CustomResourceDefinition of the Node Readiness Controller: what its published one demands of a rule, in
 * our words. `go mod download sigs.k8s.io/node-readiness-controller` ends with "403 Forbidden: This module version is not
 * available" for v0.1.0, v0.1.1, v0.2.0 and v0.3.0, so the original is not among the files of `tools/custom-resources`.
 */

const text = { type: 'string' } as const;
const STATUS = { ...text, enum: ['True', 'False', 'Unknown'] } as const;

/** The part of a label key behind the slash, and the value of a label. */
const NAME = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const FIXED = { rule: 'self == oldSelf', message: 'cannot be changed' } as const;

/** The selector of `metav1`. */
const NODE_SELECTOR = {
  type: 'object',
  properties: {
    matchLabels: { type: 'object', additionalProperties: text },
    matchExpressions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['key', 'operator'],
        properties: { key: text, operator: text, values: { type: 'array', items: text } },
      },
    },
  },
  'x-kubernetes-map-type': 'atomic',
  'x-kubernetes-validations': [
    FIXED,
    {
      rule: 'self.?matchLabels.orValue({}).size() > 0 || self.?matchExpressions.orValue([]).size() > 0',
      message: 'must select some nodes',
    },
  ],
} as const;

const CONDITIONS = {
  type: 'array',
  minItems: 1,
  maxItems: 32,
  items: {
    type: 'object',
    required: ['type', 'requiredStatus'],
    properties: { type: { ...text, minLength: 1, maxLength: 316 }, requiredStatus: STATUS, defaultStatus: STATUS },
  },
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  'x-kubernetes-validations': [FIXED],
} as const;

/** The original demands it by expressions; as patterns the API server need not reckon their cost. */
const TAINT = {
  type: 'object',
  required: ['key', 'effect'],
  properties: {
    key: { ...text, maxLength: 253, pattern: `^readiness\\.k8s\\.io/${NAME}$` },
    value: { ...text, maxLength: 63, pattern: `^(${NAME})?$` },
    effect: { ...text, enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
    timeAdded: { ...text, format: 'date-time' },
  },
  'x-kubernetes-validations': [
    { rule: 'self.key == oldSelf.key && self.effect == oldSelf.effect', message: 'key and effect cannot be changed' },
    { rule: '!has(oldSelf.value) || self.value == oldSelf.value', message: 'the value cannot be changed' },
  ],
} as const;

const SPEC = {
  type: 'object',
  required: ['conditions', 'enforcementMode', 'nodeSelector', 'taint'],
  properties: {
    nodeSelector: NODE_SELECTOR,
    conditions: CONDITIONS,
    conditionPolicy: { ...text, enum: ['allOf', 'anyOf'] },
    taint: TAINT,
    enforcementMode: {
      ...text,
      enum: ['bootstrap-only', 'continuous'],
      'x-kubernetes-validations': [FIXED],
    },
    dryRun: { type: 'boolean' },
  },
  'x-kubernetes-validations': [
    {
      rule: "self.enforcementMode != 'bootstrap-only' || (self.?conditionPolicy.orValue('allOf') != 'anyOf' && self.conditions.all(one, !has(one.defaultStatus)))",
      message: 'bootstrap-only takes neither anyOf nor a default status',
    },
  ],
} as const;

export const NODE_READINESS_DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'nodereadinessrules.readiness.node.x-k8s.io' },
  spec: {
    group: 'readiness.node.x-k8s.io',
    scope: 'Cluster',
    names: {
      kind: 'NodeReadinessRule',
      listKind: 'NodeReadinessRuleList',
      plural: 'nodereadinessrules',
      singular: 'nodereadinessrule',
      shortNames: ['nrr'],
    },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: { spec: SPEC, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
      },
    ],
  },
} as const;
