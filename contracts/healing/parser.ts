/** Parses what comes to a heal from outside: its input and the payload of the signal `nodeChanged`. */

import { SIGN_REQUIREMENTS } from '../../domain/healing/pod-evidence.ts';
import { HINT_LENGTH_MAX, type NodeFacts, type NodeObservation } from '../../domain/node/facts.ts';
import { nodeName, nodeUid } from '../node-identity.ts';
import {
  type Check,
  type Checks,
  clusterName,
  flag,
  isRecord,
  type NumberRange,
  oneOf,
  optional,
  type Parsed,
  parsed,
  shape,
  text,
  value,
  wholeNumber,
} from '../shape.ts';
import { HEALING_LIMITS, type HealingPolicy, type HealNodeInput } from './heal-node.ts';

const healNodeInput = shape<HealNodeInput>({
  cluster: clusterName,
  node: nodeName,
  policy: policyWithin(HEALING_LIMITS),
});

const ANY_NUMBER = { min: 1, max: Number.MAX_SAFE_INTEGER };

/** Input of the heals of version 0.1. */
const earlierInput = shape<HealNodeInput>({
  cluster: text,
  node: nodeName,
  policy: policyWithin({
    windowMs: ANY_NUMBER,
    intervalMs: ANY_NUMBER,
    errorBudget: ANY_NUMBER,
    provenPodsMin: {
      ...ANY_NUMBER,
      min: 0,
    },
    retryAfterMs: ANY_NUMBER,
  }),
});

/** Leaves out keys that older workers do not know. */
type SentFacts = Omit<NodeFacts, 'mark' | 'boot' | 'hint' | 'markedMs' | 'relapsedMs' | 'createdMs' | 'tainted'>;
/** As sent to heals that ask echoes. */
type LaterFacts = SentFacts & Pick<NodeFacts, 'hint'>;

const factChecks: Checks<SentFacts> = {
  name: nodeName,
  uid: nodeUid,
  windows: flag,
  ready: flag,
  healed: flag,
  disabled: flag,
  readyChangedMs: value<number | null>('a number or null', (found) => found === null || Number.isFinite(found)),
};

const isHint = (found: unknown) => typeof found === 'string' && found.length <= HINT_LENGTH_MAX;
const laterChecks: Checks<LaterFacts> = {
  ...factChecks,
  hint: optional(value<string>(`a text of at most ${HINT_LENGTH_MAX} characters`, isHint)),
};

const nodeGone = shape<{ kind: 'gone' }>({ kind: oneOf('gone') });
const nodePresent = shape<{ kind: 'present'; facts: SentFacts }>({
  kind: oneOf('present'),
  facts: shape<SentFacts>(factChecks),
});

const laterNode = shape<{ kind: 'present'; facts: LaterFacts }>({
  kind: oneOf('present'),
  facts: shape<LaterFacts>(laterChecks),
});

export function parseHealNodeInput(input: unknown): Parsed<HealNodeInput> {
  return parsed(input, healNodeInput, 'input');
}

/** For heals that began before their input had bounds, and are running: they go on as they began. */
export function parseEarlierHealNodeInput(input: unknown): Parsed<HealNodeInput> {
  return parsed(input, earlierInput, 'input');
}

export function parseNodeObservation(payload: unknown): Parsed<NodeObservation> {
  const isGone = isRecord(payload) && payload['kind'] === 'gone';
  return isGone ? parsed(payload, nodeGone, 'node') : parsed(payload, nodePresent, 'node');
}

/**
 * From a starter that may be newer, and say more than is known here: that is left out (E46). So is the hint where the
 * heal takes none (E21).
 */
export function parseLaterNodeObservation(payload: unknown, takesHints: boolean): Parsed<NodeObservation> {
  const facts = isRecord(payload) ? payload['facts'] : null;
  if (!isRecord(payload) || !isRecord(facts)) return parseNodeObservation(payload);
  const known = Object.entries(facts).filter(([key, fact]) =>
    key === 'hint' ? takesHints && isHint(fact) : Object.hasOwn(laterChecks, key),
  );
  return parsed({ ...payload, facts: Object.fromEntries(known) }, laterNode, 'node');
}

function policyWithin(limits: Readonly<Record<keyof typeof HEALING_LIMITS, NumberRange>>): Check<HealingPolicy> {
  return shape<HealingPolicy>({
    windowMs: wholeNumber(limits.windowMs),
    intervalMs: wholeNumber(limits.intervalMs),
    errorBudget: wholeNumber(limits.errorBudget),
    evidence: oneOf(...SIGN_REQUIREMENTS),
    provenPodsMin: wholeNumber(limits.provenPodsMin),
    retryAfterMs: wholeNumber(limits.retryAfterMs),
    searchAttributes: flag,
  });
}
