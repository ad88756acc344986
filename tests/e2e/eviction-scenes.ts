/** Scenes of evictions: what a drain makes of each answer of the API server, a webhook's among them. */

import { MERGE_PATCH } from '../../sandbox/api-client.ts';
import type { Sandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { addWebhook, type WebhookAnswer } from '../integration/maintenance/admission-webhook.ts';
import type { Scene } from './scene.ts';
import { addPod, removePod } from './scene-pods.ts';

const NOT_NOW = 'the leader is moved first';
const BUDGET_MS = 60_000;

/** Asked before the API server looks whether the pod is there. */
type Answer =
  | WebhookAnswer
  | ((sandbox: Sandbox, pod: { readonly node: string; readonly name: string }) => Promise<void>);

interface Refusal {
  readonly title: string;
  readonly node: string;
  /** One after the other; then the eviction is allowed. */
  readonly answers: readonly Answer[];
  readonly answered: number;
}

const REFUSALS: readonly Refusal[] = [
  {
    title: 'M15: a pod that is gone when its eviction arrives is not waited for',
    node: 'gone-meanwhile',
    answers: [({ api }, { node, name }) => removePod(api, `${node}-${name}`)],
    answered: 404,
  },
  {
    title: 'M15: a pod that was replaced under its name is another one, and is evicted as well',
    node: 'replaced-meanwhile',
    answers: [
      async (sandbox, pod) => {
        await removePod(sandbox.api, `${pod.node}-${pod.name}`);
        await addPod(sandbox, pod);
      },
    ],
    answered: 409,
  },
  {
    title: 'M14: a server under load is asked again',
    node: 'under-load',
    answers: [denies(429), denies(429)],
    answered: 429,
  },
  {
    title: 'M14: case 16, a webhook that says not now is asked again',
    node: 'not-now',
    answers: [denies(403), denies(403)],
    answered: 403,
  },
  {
    title: 'M14: case 16, a webhook that finds the eviction unfit for now is asked again',
    node: 'unfit-for-now',
    answers: [denies(422), denies(422)],
    answered: 422,
  },
  {
    title: 'M15: case 17, one EOF of a webhook, and the pod is evicted all the same',
    node: 'webhook-eof',
    answers: ['breaks'],
    answered: 500,
  },
  {
    title: 'M15: a webhook that does not answer in time, and the pod is evicted all the same',
    node: 'webhook-late',
    answers: ['hangs'],
    answered: 500,
  },
  {
    title: 'M15: a webhook that is not available for a moment, and the pod is evicted all the same',
    node: 'webhook-away',
    answers: [denies(503)],
    answered: 503,
  },
];

function denies(code: number): WebhookAnswer {
  return { code, message: NOT_NOW };
}

function refusalScene({ title, node, answers, answered }: Refusal): Scene {
  const open = [...answers];
  return {
    title,
    node,
    before: (sandbox) => addHookedPod(sandbox, node, () => open.shift() ?? 'allows'),
    outcome: 'done',
    isCordoned: false,
    acts: 1,
    evicted: `${node}-web`,
    answered,
  };
}

/** Its evictions, and no others, pass a webhook. */
async function addHookedPod(sandbox: Sandbox, node: string, next: () => Answer): Promise<void> {
  const pod = { node, name: 'web' };
  await addPod(sandbox, pod);
  await addWebhook(sandbox.api, {
    resource: 'pods/eviction',
    only: { matchConditions: [{ name: 'pod', expression: `object.metadata.name == '${node}-web'` }] },
    answer: async () => {
      const answer = next();
      if (typeof answer !== 'function') return answer;
      await answer(sandbox, pod);
      return 'allows';
    },
  });
}

export const EVICTION_SCENES: readonly Scene[] = [
  ...REFUSALS.map(refusalScene),
  {
    title: 'M14: case 16, a webhook that says not now until the deadline',
    node: 'never-now',
    before: (sandbox, node) => addHookedPod(sandbox, node, () => denies(403)),
    outcome: 'undrained',
    detail: NOT_NOW,
    isCordoned: false,
    acts: 0,
    kept: 'never-now-web',
    answered: 403,
  },
  {
    title: 'M13: a budget that allows a pod later',
    node: 'met-later',
    before: (sandbox, node) => addPod(sandbox, { node, name: 'needed', budgets: 1 }),
    during: async (sandbox, node) => {
      const isRefused = async () => (await answersTo(sandbox, node)).includes(429);
      await waitUntil(isRefused, { what: `an eviction on ${node} to be refused`, timeoutMs: BUDGET_MS, pollMs: 1_000 });
      await sandbox.api.demand('PATCH', `/apis/policy/v1/namespaces/default/poddisruptionbudgets/${node}-needed-1`, {
        body: { spec: { minAvailable: 0 } },
        contentType: MERGE_PATCH,
      });
    },
    outcome: 'done',
    isCordoned: false,
    acts: 1,
    evicted: 'met-later-needed',
    answered: 429,
  },
];

/** Statuses with which evictions of the pods of a scene were answered. */
export async function answersTo(sandbox: Sandbox, node: string): Promise<readonly (number | null)[]> {
  const events = await sandbox.auditEvents();
  return events
    .filter(({ subresource, name }) => subresource === 'eviction' && name?.startsWith(`${node}-`) === true)
    .map(({ code }) => code);
}
