/**
 * Checks of what the healing activities return. Anybody who may use the namespace can complete an activity by hand, and
 * a heal that stumbles over the result in its workflow task would stumble again at each retry.
 */

import { type Check, isRecord, name, open, value } from '../shape.ts';
import type { HealingActivities } from './activities.ts';

type Results = { readonly [Name in keyof HealingActivities]: Check };

const truth = value('true or false', (found) => typeof found === 'boolean');
const number = value('a number', (found) => typeof found === 'number');
const anything: Check = () => [];

const facts = open({ name, uid: name, windows: truth, ready: truth, healed: truth, disabled: truth });
const node: Check = (found, path) =>
  isRecord(found) && found['kind'] === 'gone' ? [] : open({ kind: name, facts })(found, path);
const pod = open({ name, uid: name, attempt: number });
const judgement = orNull(open({ podName: name, level: number, detail: value('a text', isText) }));
const outcome: Check = (found, path) => {
  if (!isRecord(found)) return open({ kind: name })(found, path);
  if (found['kind'] === 'created') return open({ pod })(found, path);
  return open({ kind: name, ...(found['kind'] === 'rejected' ? { message: value('a text', isText) } : {}) })(
    found,
    path,
  );
};

const eventProblem: Check = (found, path) =>
  found === undefined || found === null || isText(found) ? [] : [`${path}: expected a text`];

/** At least what a heal reads: newer workers may return more. */
export const HEALING_RESULTS: Results = {
  beginHealing: open({ node, outcome, eventProblem }),
  attemptPod: open({ node, judgement, outcome }),
  concludeHealing: open({ judgement, node: orMissing(node) }),
  annotateNode: open({ kind: name, eventProblem }),
  recordHealingEvent: (found, path) =>
    found === undefined || found === null ? [] : open({ eventProblem })(found, path),
  cleanUpCancelled: anything,
  observeNode: node,
};

function isText(found: unknown): boolean {
  return typeof found === 'string';
}

function orNull(check: Check): Check {
  return (found, path) => (found === null ? [] : check(found, path));
}

function orMissing(check: Check): Check {
  return (found, path) => (found === undefined ? [] : check(found, path));
}
