/** The commands for people against a real API server, a real Temporal and the real workflow. */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CommandContext } from '../../../cli/command-context.ts';
import { healCommand } from '../../../cli/healing/heal-command.ts';
import { loadConfig } from '../../../config/load.ts';
import {
  DEFAULT_HEALED_ANNOTATION,
  HEALING_SWITCH_ANNOTATION,
  healNodeWorkflowId,
  SNAT_PROFILE,
} from '../../../contracts/healing/names.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { windowsNode } from '../../fixtures/nodes.ts';
import { annotationsOf, createNode, itemsOf, NAMESPACE, podNames } from '../kubernetes/cluster-fixtures.ts';
import { CLUSTER, type CliWorld, type CommandRun, startCliWorld, withTerminal } from './cli-world.ts';

const UNTIL = { timeoutMs: 120_000 };
const LONG = { window: '1h', interval: '1s' };

let world: CliWorld;

beforeAll(async () => {
  world = await startCliWorld();
});

afterAll(async () => {
  await world.stop();
});

interface HealJson {
  readonly node: string;
  readonly state: string;
  readonly attempts: number;
  readonly runId: string;
  readonly provenPodsMin: number | null;
}

async function healsOf(...args: readonly string[]): Promise<HealJson[]> {
  const { out } = await world.run(['status', '-o', 'json', ...args]);
  return JSON.parse(out) as HealJson[];
}

/** Visibility lags a little behind. */
async function waitForStatus(what: string, matches: (run: CommandRun) => boolean, ...args: readonly string[]) {
  await waitUntil(async () => matches(await world.run(['status', ...args])), { what, ...UNTIL });
}

test('nothing to show is one line', async () => {
  expect(await world.run(['status'])).toEqual({
    code: 0,
    out: 'no heal is running in cluster test (finished ones: --all)\n',
    err: '',
  });
  expect(await world.run(['status', 'win-0'])).toMatchObject({
    code: 1,
    out: expect.stringContaining('no heal of win-0'),
  });
});

test('a node that is not there or runs Linux is refused', async () => {
  expect(await world.run(['heal', 'win-0'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('no node win-0'),
  });
  await createNode(world.admin, 'lin-1', { labels: { 'kubernetes.io/os': 'linux' } });
  expect(await world.run(['heal', 'lin-1'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('not a Windows node'),
  });
});

test('H13: heal --wait follows a heal to its end, and heals a healed node again', async () => {
  await createNode(world.admin, 'win-1');
  const first = await world.run(['heal', 'win-1', '--wait']);
  expect(first).toMatchObject({ code: 0, err: '' });
  expect(first.out).toContain('started the heal of win-1');
  expect(first.out).toMatch(/node win-1 is healed: \d+ of \d+ pods/);
  expect(await annotationsOf(world.admin, 'win-1')).toMatchObject({ [DEFAULT_HEALED_ANNOTATION]: 'true' });
  const [before] = await healsOf('win-1');

  // Without a configuration of its own the command takes the policy of the last heal: three seconds, not thirty minutes.
  const second = await world.runUnconfigured(['heal', 'win-1', '--wait']);
  expect(second).toMatchObject({ code: 0, out: expect.stringContaining('was marked as healed') });
  const [after] = await healsOf('win-1');
  expect(after).toMatchObject({ state: 'healed' });
  expect(after?.runId).not.toBe(before?.runId);
  await waitForStatus('the finished heal to be listed', ({ out }) => /^win-1 +healed /m.test(out), '--all');
});

test('H13: heal --wait joins a heal that ends while the command looks at the node', async () => {
  const { name: node, uid } = await createNode(world.admin, 'win-9');
  await world.run(['heal', 'win-9'], { window: '10s' });
  const config = { ...loadConfig({ env: {} }), cluster: CLUSTER };
  const running = world.client.workflow.getHandle(healNodeWorkflowId({ cluster: CLUSTER, node }));
  const context: CommandContext = {
    config,
    profile: { name: SNAT_PROFILE, annotation: config.healing.annotation, configured: null },
    client: async () => world.client,
    approvals: async () => {
      throw new Error('heal asks for no approvals');
    },
    nodes: async () => ({
      async observe(name) {
        const facts = windowsNode(name, { uid });
        await running.result();
        return { kind: 'present', facts };
      },
      annotate: async () => ({ kind: 'node-gone' }),
      list: async () => [],
    }),
  };
  const request = { command: 'heal', node, reason: null, wait: true, timeoutMs: 60_000 } as const;
  const run = await withTerminal((terminal) => healCommand(context, terminal, { ...request, configured: false }));
  expect(run).toMatchObject({ code: 0, out: expect.stringMatching(/node win-9 is healed: \d+ of \d+ pods/) });
});

test('H14: cancel removes the pod and switches the node off, until heal', async () => {
  await createNode(world.admin, 'win-2');
  await world.run(['heal', 'win-2'], LONG);
  await waitForStatus('an attempt', ({ out }) => /^win-2 +healing +[1-9]/m.test(out));
  expect(await world.run(['heal', 'win-2'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('already healing'),
  });

  expect(await world.run(['cancel', 'win-2', '--wait'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('the heal of win-2 is cancelled'),
  });
  expect(await annotationsOf(world.admin, 'win-2')).toMatchObject({ [HEALING_SWITCH_ANNOTATION]: 'disabled' });
  expect(await podNames(world.admin)).toEqual([]);
  expect(await world.run(['cancel', 'win-2'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('no heal of node win-2'),
  });

  const again = await world.run(['heal', 'win-2', '--wait']);
  expect(again).toMatchObject({ code: 0, err: expect.stringContaining('was switched off') });
  expect(await annotationsOf(world.admin, 'win-2')).not.toHaveProperty(HEALING_SWITCH_ANNOTATION);
});

test('H13: restart begins a running heal again and sets the annotation to false, with the reason in an Event', async () => {
  await createNode(world.admin, 'win-3', { annotations: { [DEFAULT_HEALED_ANNOTATION]: 'true' } });
  const run = await world.run(['restart', 'win-3', '--reason', 'ranges changed'], LONG);
  expect(run).toMatchObject({ code: 0, out: expect.stringContaining('started a new one') });
  await waitUntil(async () => (await annotationsOf(world.admin, 'win-3'))[DEFAULT_HEALED_ANNOTATION] === 'false', {
    what: 'the annotation to be false',
    ...UNTIL,
  });
  expect(await world.run(['restart', 'win-3'])).toMatchObject({ code: 0, out: 'restarted the heal of win-3\n' });
  await waitUntil(
    async () => {
      const events = await itemsOf(world.admin, '/api/v1/namespaces/default/events');
      return events.some((event) => String(event['message']).includes('ranges changed'));
    },
    { what: 'the Event with the reason', ...UNTIL },
  );
  await world.run(['cancel', 'win-3', '--wait']);
});

test('H12, H13: a stalled heal ends the wait with its reason; heal brings it back', async () => {
  const quotas = `/api/v1/namespaces/${NAMESPACE}/resourcequotas`;
  const quota = { metadata: { name: 'none' }, spec: { hard: { pods: '0' } } };
  await world.admin.demand('POST', quotas, { body: quota });
  // The quota controller is not there to publish what is used.
  await world.admin.demand('PUT', `${quotas}/none/status`, {
    body: { ...quota, status: { hard: { pods: '0' }, used: { pods: '0' } } },
  });
  await createNode(world.admin, 'win-4');
  const stalled = await world.run(['heal', 'win-4', '--wait']);
  expect(stalled.err).toMatch(/node win-4 is stalled: .*exceeded quota/s);
  expect(stalled.code).toBe(1);
  expect(await healsOf('--state', 'stalled', 'win-4')).toMatchObject([{ node: 'win-4', state: 'stalled' }]);
  expect(await world.run(['status', 'win-4', '--state', 'healing'])).toMatchObject({ code: 1 });

  await world.admin.demand('DELETE', `${quotas}/none`);
  const healed = await world.run(['heal', 'win-4', '--wait']);
  expect(healed).toMatchObject({ code: 0, out: expect.stringContaining('was stalled: restarted it') });
});

describe('with the API server away', () => {
  beforeAll(async () => {
    await createNode(world.admin, 'win-6');
    await world.run(['heal', 'win-6'], LONG);
    await waitForStatus('an attempt', ({ out }) => /^win-6 +healing +[1-9]/m.test(out));
    await world.killApiServer();
  });

  afterAll(async () => {
    await world.restartApiServer();
    await world.run(['cancel', 'win-6', '--wait']);
  });

  test('heal ends with 69 and says what was tried and what to check', async () => {
    const { code, err } = await world.run(['heal', 'win-6']);
    expect(code).toBe(69);
    expect(err).toContain('cannot reach the cluster: get nodes win-6');
    expect(err).toContain('check');
    expect(err).not.toMatch(/^ {4}at /m);
  });

  test('status of a node without a heal says that its mark is not known', async () => {
    const { code, out, err } = await world.run(['status', 'win-unknown']);
    expect(code).toBe(1);
    expect(out).toContain('no heal of win-unknown');
    expect(err).toContain('the marks of the nodes are not shown: ');
    expect((await world.run(['status', 'win-6'])).err).toBe('');
  });
});

// The worker does not come back, so this is the last test.
test('without a worker the state comes from the search attribute, with a hint', async () => {
  await createNode(world.admin, 'win-5');
  await world.run(['heal', 'win-5'], LONG);
  await waitForStatus('an attempt', ({ out }) => /^win-5 +healing +[1-9]/m.test(out));
  await world.stopWorker();
  const { code, out } = await world.run(['status']);
  expect(code).toBe(0);
  expect(out).toMatch(/^win-5 +healing +- +- +no answer \(is the worker running\?\)/m);
  expect(await world.run(['cancel', 'win-5', '--wait', '--timeout', '1s'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('is the worker running?'),
  });
});
