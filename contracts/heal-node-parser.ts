/** Parses what comes to a heal from outside: its input and the payload of the signal `nodeChanged`. */

import type { NodeObservation } from '../domain/node-facts.ts';
import { parseNodeName, parseNodeUid } from '../domain/node-identity.ts';
import type { HealNodeInput } from './heal-node.ts';
import { type Parsed, parsed } from './parsed.ts';
import { countFromZero, flag, isRecord, oneOf, positiveInteger, shape, text, value } from './shape.ts';

const nodeName = value(
  'a node name (a DNS subdomain of at most 253 characters)',
  (found) => typeof found === 'string' && parseNodeName(found) !== null,
);
const nodeUid = value('a node uid', (found) => typeof found === 'string' && parseNodeUid(found) !== null);

const healNodeInput = shape({
  cluster: text,
  node: nodeName,
  policy: shape({
    windowMs: positiveInteger,
    intervalMs: positiveInteger,
    errorBudget: positiveInteger,
    evidence: oneOf('none', 'pod-ip', 'sandbox'),
    provenPodsMin: countFromZero,
    retryAfterMs: positiveInteger,
    searchAttributes: flag,
  }),
});

const nodeFacts = shape({
  name: nodeName,
  uid: nodeUid,
  windows: flag,
  ready: flag,
  healed: flag,
  disabled: flag,
  readyChangedMs: value('a number or null', (found) => found === null || Number.isFinite(found)),
});

const nodeGone = shape({ kind: oneOf('gone') });
const nodePresent = shape({ kind: oneOf('present'), facts: nodeFacts });

export function parseHealNodeInput(input: unknown): Parsed<HealNodeInput> {
  return parsed<HealNodeInput>(input, healNodeInput, 'input');
}

export function parseNodeObservation(payload: unknown): Parsed<NodeObservation> {
  const isGone = isRecord(payload) && payload['kind'] === 'gone';
  return parsed<NodeObservation>(payload, isGone ? nodeGone : nodePresent, 'node');
}
