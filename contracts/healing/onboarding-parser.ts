/** Parses the inputs of `onboardNode` and `verifyNode`. */

import type { EarlyFinish } from '../../domain/healing/early-finish.ts';
import { RELAPSE_WATCHES, type RelapseRules } from '../../domain/healing/relapse.ts';
import { ECHO_REQUIREMENTS } from '../../domain/healing/source-verdict.ts';
import { TAINT_TIMEOUTS, type TaintCap } from '../../domain/healing/startup-taint.ts';
import { ECHO_FALLBACKS } from '../../domain/healing/window.ts';
import { nodeName } from '../node-identity.ts';
import {
  type Check,
  type Checks,
  clusterName,
  flag,
  isRecord,
  list,
  oneOf,
  optional,
  type Parsed,
  parsed,
  shape,
  value,
  wholeNumber,
} from '../shape.ts';
import { isEchoName } from './echo-answer.ts';
import { HEALING_LIMITS } from './heal-node.ts';
import {
  EARLY_LIMITS,
  ENDPOINTS_MAX,
  ONBOARDING_VERSIONS,
  type OnboardingPolicy,
  type OnboardingVersion,
  type OnboardNodeInput,
  PATIENCE_LIMITS,
  type ProbePolicy,
  RELAPSE_LIMITS,
  TAINT_CAP_LIMITS,
  type VerifyNodeInput,
} from './onboard-node.ts';

const PROFILE_LENGTH_MAX = 20;

const version = value<OnboardingVersion>(ONBOARDING_VERSIONS.join(' or '), (found) =>
  ONBOARDING_VERSIONS.some((known) => known === found),
);
const VERSION_MAX = Math.max(...ONBOARDING_VERSIONS);
const profile = value<string>(
  `the name of a profile (a DNS label of at most ${PROFILE_LENGTH_MAX} characters)`,
  (found) => typeof found === 'string' && isProfileName(found),
);
const endpointName = value<string>(
  'the name of an endpoint (a DNS label)',
  (found) => typeof found === 'string' && isEchoName(found),
);

const endpointNames = list(endpointName, ENDPOINTS_MAX);
const someEndpointNames: Check<readonly string[]> = (found, path) =>
  Array.isArray(found) && found.length === 0
    ? [`${path}: expected 1 to ${ENDPOINTS_MAX} names, got none`]
    : endpointNames(found, path);

const probing: Checks<ProbePolicy> = {
  endpoints: endpointNames,
  require: oneOf(...ECHO_REQUIREMENTS),
  patienceMs: wholeNumber(PATIENCE_LIMITS),
};

const onboardNodeInput = shape<OnboardNodeInput>({
  v: version,
  cluster: clusterName,
  node: nodeName,
  profile,
  policy: shape<OnboardingPolicy>({
    windowMs: wholeNumber(HEALING_LIMITS.windowMs),
    intervalMs: wholeNumber(HEALING_LIMITS.intervalMs),
    errorBudget: wholeNumber(HEALING_LIMITS.errorBudget),
    evidence: oneOf('source-address'),
    provenPodsMin: wholeNumber(HEALING_LIMITS.provenPodsMin),
    retryAfterMs: wholeNumber(HEALING_LIMITS.retryAfterMs),
    searchAttributes: flag,
    fallback: oneOf(...ECHO_FALLBACKS),
    early: optional(
      shape<EarlyFinish>({
        proofsInARow: wholeNumber(EARLY_LIMITS.proofsInARow),
        proofsOverMs: wholeNumber(EARLY_LIMITS.proofsOverMs),
        intervalFirstMs: wholeNumber(EARLY_LIMITS.intervalFirstMs),
      }),
    ),
    relapse: optional(
      shape<RelapseRules>({
        watch: oneOf(...RELAPSE_WATCHES),
        intervalMs: wholeNumber(RELAPSE_LIMITS.intervalMs),
        intervalLaterMs: wholeNumber(RELAPSE_LIMITS.intervalLaterMs),
        refutedInARow: wholeNumber(RELAPSE_LIMITS.refutedInARow),
      }),
    ),
    taint: optional(shape<TaintCap>({ capMs: wholeNumber(TAINT_CAP_LIMITS), onTimeout: oneOf(...TAINT_TIMEOUTS) })),
    ...probing,
    endpoints: someEndpointNames,
  }),
});

const verifyNodeInput = shape<VerifyNodeInput>({
  v: version,
  cluster: clusterName,
  node: nodeName,
  profile,
  policy: shape<ProbePolicy>(probing),
});

export function isProfileName(text: string): boolean {
  return text.length <= PROFILE_LENGTH_MAX && isEchoName(text);
}

/** The version of an input that a newer release wrote; null for every other input. */
export function newerInputVersion(input: unknown): number | null {
  const found = isRecord(input) ? input['v'] : null;
  return typeof found === 'number' && Number.isInteger(found) && found > VERSION_MAX ? found : null;
}

export function parseOnboardNodeInput(input: unknown): Parsed<OnboardNodeInput> {
  return parsed(input, onboardNodeInput, 'input');
}

export function parseVerifyNodeInput(input: unknown): Parsed<VerifyNodeInput> {
  return parsed(input, verifyNodeInput, 'input');
}
