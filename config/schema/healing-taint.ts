/** The keys `healing.taint` and `healing.condition`: how others see that a new node is not ready for them yet. */

import { z } from 'zod';
import { AGENT_CONNECTIVITY_CONDITION } from '../../contracts/connectivity/watch-connectivity.ts';
import { TAINT_CAP_LIMITS } from '../../contracts/healing/onboard-node.ts';
import { TAINT_TIMEOUTS } from '../../domain/healing/startup-taint.ts';
import { isLabelKey } from '../../domain/label-selector.ts';
import { choice, duration, key } from './keys.ts';

/** Taints that Kubernetes sets and removes by itself: without them it would use nodes that are not fit for use. */
const TAINTS_OF_KUBERNETES = /^node(\.cloudprovider)?\.kubernetes\.io\//;

/** What the kubelet says about the node, and the watch of the connectivity. */
const CONDITIONS_OF_OTHERS: readonly string[] = [
  'Ready',
  'MemoryPressure',
  'DiskPressure',
  'PIDPressure',
  'NetworkUnavailable',
  AGENT_CONNECTIVITY_CONDITION,
];
const CONDITION = /^[A-Za-z]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

export const TaintConfigSchema = z
  .strictObject({
    key: key(z.string().refine(isStartupTaint), {
      about: 'Key of the startup taint that is removed when a node is marked as healed, whatever its value and effect',
      allowed: 'the key of a taint other than those that Kubernetes sets (node.kubernetes.io/…)',
      fallback: 'no taint is removed',
    }),
    cap: duration({
      about: 'How long after the creation of its node the taint may stay',
      minMs: TAINT_CAP_LIMITS.min,
      maxMs: TAINT_CAP_LIMITS.max,
      fallback: '8m',
    }),
    onTimeout: choice({
      about: 'What becomes of the taint of a node that is not marked by then: removed, or kept and reported',
      of: TAINT_TIMEOUTS,
      fallback: 'remove',
    }),
  })
  .transform(({ cap: capMs, ...rest }) => ({ ...rest, capMs }));

export const ConditionSchema = key(z.string().refine(isOwnCondition).optional(), {
  about:
    'Type of a condition of the node that says whether it is healed, for others such as the Node Readiness Controller',
  allowed: `the type of a condition (letters, digits, '-', '_', '.'; at most 63) other than ${CONDITIONS_OF_OTHERS.join(', ')}`,
  fallback: 'none',
});

function isStartupTaint(value: string): boolean {
  return isLabelKey(value) && !TAINTS_OF_KUBERNETES.test(value);
}

function isOwnCondition(value: string): boolean {
  return CONDITION.test(value) && !CONDITIONS_OF_OTHERS.includes(value);
}
