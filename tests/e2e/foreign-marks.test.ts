/** Nodes that are marked as healed without a proof for their machine: who is told, and what is healed again. */

import { afterEach, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { DEFAULT_HEALED_ANNOTATION, SNAT_PROOF_ANNOTATION } from '../../contracts/healing/names.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodePatches, WORKER } from './audit-attempts.ts';
import { type HealingWorld, startHealingWorld } from './healing-world.ts';
import { setNodeInfo } from './node-writes.ts';
import { untilStatus } from './status-command.ts';

jest.setTimeout(400_000);

const HEALING = { window: '3s', interval: '1s', provenPodsMin: 2, retryAfter: '5s' };
/** Never over before the test has set its mark. */
const LONG = { ...HEALING, window: '1h' };
const MARKED = { [DEFAULT_HEALED_ANNOTATION]: 'true' };
const UNTIL = { timeoutMs: 120_000, pollMs: 200 };

let world: HealingWorld | null = null;

afterEach(async () => {
  await world?.stop();
  world = null;
});

async function start(healing: object): Promise<HealingWorld> {
  world = await startHealingWorld({ vigilante: { healing, starter: { reconcileInterval: '1s' } }, starters: 2 });
  return world;
}

async function metricsOf({ starters }: HealingWorld): Promise<string> {
  return (await fetch(`${starters[0]?.httpUrl}/metrics`)).text();
}

async function reasons(of: HealingWorld, node: string): Promise<string[]> {
  return (await of.nodeEvents(node)).map(({ reason }) => reason);
}

async function untilReason(of: HealingWorld, node: string, reason: string): Promise<void> {
  await waitUntil(async () => (await reasons(of, node)).includes(reason), { what: `${reason} of ${node}`, ...UNTIL });
}

/** The proof on the node, once it is for this machine and boot. */
async function untilProven(of: HealingWorld, node: string, identity: { machine: string; boot: string }): Promise<void> {
  const isProven = async () => {
    const { annotations = {} } = (await of.sandbox.getNode(node)) ?? {};
    const proof = z
      .looseObject({})
      .catch({})
      .parse(JSON.parse(annotations[SNAT_PROOF_ANNOTATION] ?? '{}'));
    return (
      annotations[DEFAULT_HEALED_ANNOTATION] === 'true' &&
      proof['machine'] === identity.machine &&
      proof['boot'] === identity.boot
    );
  };
  const explain = async () => JSON.stringify([await of.sandbox.getNode(node), await of.status(node)]);
  await waitUntil(isProven, { what: `a proof on ${node} for ${JSON.stringify(identity)}`, explain, ...UNTIL });
}

test('H10: by default a foreign mark is believed and reported: one Event, a metric, a column of the status', async () => {
  const of = await start(LONG);
  await of.sandbox.addNode('copied', { annotations: MARKED });
  await untilReason(of, 'copied', 'ForeignMark');
  const isCounted = async () => (await metricsOf(of)).includes('vigilante_nodes_marked{proof="no-proof"} 1\n');
  await waitUntil(isCounted, { what: 'the mark to be counted', ...UNTIL });
  for (const args of [['copied'], ['--all']]) {
    await untilStatus(of.sandbox, args, { node: 'copied', state: 'healed', mark: 'no-proof', execution: 'none' });
  }

  await of.sandbox.addNode('by-hand');
  await of.lives('by-hand', 2);
  await of.sandbox.annotateNode('by-hand', MARKED);
  const { outcome, detail } = z
    .looseObject({ outcome: z.string(), detail: z.string() })
    .parse(await of.heal('by-hand').result());
  expect([outcome, detail]).toEqual([
    'healed-elsewhere',
    expect.stringMatching(/\d+ of \d+ pods had proved .*, 2 were needed/),
  ]);
  await untilReason(of, 'by-hand', 'ForeignMark');
  const told = await of.nodeEvents('by-hand');
  expect(told.find(({ reason }) => reason === 'HealedElsewhere')).toMatchObject({ type: 'Warning', message: detail });
  await untilStatus(of.sandbox, ['by-hand'], { state: 'healed-elsewhere', mark: 'no-proof' });

  // Both starters have compared the nodes a few times by now: no second Event, no heal, no pod.
  expect((await reasons(of, 'copied')).filter((reason) => reason === 'ForeignMark')).toHaveLength(1);
  expect(await of.runs('copied')).toEqual([]);
  expect(await of.lives('copied')).toEqual([]);
});

test('H10: with foreignMark heal a foreign mark is taken back and proven, also when the machine changes or somebody marks the node in mid-heal', async () => {
  const of = await start({ ...HEALING, foreignMark: 'heal' });
  await of.sandbox.addNode('win-1', { annotations: MARKED });
  await untilProven(of, 'win-1', { machine: '', boot: '' });
  expect(await reasons(of, 'win-1')).toContain('ForeignMark');
  const [first] = nodePatches(await of.sandbox.auditEvents(), 'win-1');
  expect(first).toMatchObject({ user: WORKER, annotations: { [DEFAULT_HEALED_ANNOTATION]: 'false' } });

  await setNodeInfo(of.sandbox, 'win-1', { systemUUID: 'machine-1', bootID: '7' });
  await of.sandbox.annotateNode('win-1', { [DEFAULT_HEALED_ANNOTATION]: 'false' });
  await untilProven(of, 'win-1', { machine: 'machine-1', boot: '7' });

  // A reimage under the same Node object.
  await setNodeInfo(of.sandbox, 'win-1', { systemUUID: 'machine-2', bootID: '7' });
  await untilProven(of, 'win-1', { machine: 'machine-2', boot: '7' });
  await untilStatus(of.sandbox, ['--all'], { node: 'win-1', mark: 'proven' });

  await of.sandbox.addNode('by-hand');
  await of.lives('by-hand', 1);
  await of.sandbox.annotateNode('by-hand', MARKED);
  await untilProven(of, 'by-hand', { machine: '', boot: '' });
});
