/** Each right of worker and starter in charts/vigilante/files/rbac.yaml is needed: taken away, the API server refuses, and healing suffers. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { auditUser } from '../../sandbox/audit.ts';
import { serviceAccountOf } from '../../sandbox/layout.ts';
import { allRights, namespaceOf, type Right } from '../../sandbox/rbac.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { isOurs } from './audit-attempts.ts';
import { type HealingWorld, startHealingWorld } from './healing-world.ts';
import { deprivations, rightName } from './least-privilege-cases.ts';
import type { Deprivation } from './least-privilege-scenes.ts';
import { type ScriptedCollector, startScriptedCollector } from './scripted-collector.ts';

const WAIT_MS = 120_000;
// Collector and maintainer take no part in healing.
const RIGHTS = (await allRights()).filter(({ component }) => component === 'worker' || component === 'starter');

let world: HealingWorld;
let collector: ScriptedCollector;
let cases: ReadonlyMap<string, Deprivation>;

beforeAll(async () => {
  collector = await startScriptedCollector();
  world = await startHealingWorld({
    vigilante: {
      healing: { window: '2s', interval: '1s', provenPodsMin: 1, errorBudget: 2 },
      starter: { reconcileInterval: '500ms' },
      connectivity: { collectorUrl: collector.url, interval: '500ms', failuresToAlarm: 1 },
    },
  });
  cases = deprivations(world, collector);
  for (const { prepare } of cases.values()) await prepare?.();
});

afterAll(async () => {
  await world?.stop();
  await collector?.stop();
});

interface Deed {
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string | null;
}

function deedOf(right: Right): Deed {
  const { component, resource, verb } = right;
  return { user: auditUser(serviceAccountOf(component)), verb, resource, namespace: namespaceOf(right) };
}

/** What the API server's authorizer says now: it learns of a change of roles a moment later. */
async function isAllowed(right: Right): Promise<boolean> {
  const { user, verb, resource, namespace } = deedOf(right);
  const answer = await world.sandbox.api.demand('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    body: { spec: { user, resourceAttributes: { verb, resource, ...(namespace === null ? {} : { namespace }) } } },
  });
  return JSON.stringify(answer.body).includes('"allowed":true');
}

async function withhold(omit: readonly Right[]): Promise<void> {
  await world.sandbox.setRights({ omit });
  for (const right of RIGHTS) {
    const expected = !omit.includes(right);
    const what = `${rightName(right)} to be ${expected ? 'allowed' : 'refused'}`;
    await waitUntil(async () => (await isAllowed(right)) === expected, { what, timeoutMs: WAIT_MS });
  }
}

/** Different requests of ours that were answered 403 since then. */
async function refusedSince(sinceMs: number): Promise<readonly Deed[]> {
  const refused = (await world.sandbox.auditEvents())
    .filter((event) => isOurs(event) && event.code === 403 && event.receivedMs >= sinceMs)
    .map(({ user, verb, resource, subresource, namespace }) => ({
      user,
      verb,
      namespace,
      resource: subresource === null ? resource : `${resource}/${subresource}`,
    }));
  return [...new Map(refused.map((deed) => [JSON.stringify(deed), deed])).values()];
}

test('every right of the chart has a case here, and every case its right', () => {
  expect([...cases.keys()].toSorted()).toEqual(RIGHTS.map(rightName).toSorted());
});

test.each(RIGHTS.map((right) => ({ right, title: rightName(right) })))('needed: $title', async ({ right, title }) => {
  const deprivation = cases.get(title);
  if (deprivation === undefined) throw new Error(`no case for ${title}`);
  await withhold([right]);
  const sinceMs = Date.now();
  try {
    await deprivation.act();
    const refused = () => refusedSince(sinceMs);
    await waitUntil(async () => (await refused()).length > 0, {
      what: `a 403 for ${title}`,
      timeoutMs: WAIT_MS,
      pollMs: 200,
    });
    await deprivation.suffers();
    expect(await refused()).toEqual([deedOf(right)]);
  } finally {
    await withhold([]);
    await deprivation.recovers?.();
    await deprivation.cleanUp?.();
  }
});
