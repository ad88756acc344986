/** Starts, signals and lists of heals on a real Temporal server; no worker runs, so that every event is the starter's. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, type WorkflowHandle } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';

import { loadConfig } from '../../../config/load.ts';
import { healPlan } from '../../../config/policies/healing.ts';
import type { Config } from '../../../config/schema/config.ts';
import { healNodeWorkflowId } from '../../../contracts/healing/names.ts';
import { parseHealNodeInput } from '../../../contracts/healing/parser.ts';
import type { NodeName } from '../../../domain/node/identity.ts';
import { temporalClient } from '../../../temporal/client.ts';
import { healStartsOf } from '../../../temporal/healing/heal-starts.ts';
import { healsOf } from '../../../temporal/healing/heals.ts';
import { nodeName } from '../../fixtures/nodes.ts';
import { rawClient, textPayload } from '../../messages/raw-client.ts';
import { connectTo, startTemporalServer, type TemporalServer } from '../runtime/temporal-server.ts';

let server: TemporalServer;
let connection: NativeConnection;
beforeAll(async () => {
  server = await startTemporalServer();
  connection = await connectTo(server.profile, { searchAttributes: true });
});
afterAll(async () => {
  await connection.close();
  await server.stop();
});

function configOf(cluster: string): Config {
  return loadConfig({ env: { VIGILANTE_CLUSTER: cluster } });
}

/** What one replica of the starter of a cluster has in its hands. */
function replicaOf(cluster: string, changes: Partial<Config> = {}) {
  const client = temporalClient(connection, server.profile.namespace);
  const config = { ...configOf(cluster), ...changes };
  const starts = healStartsOf(client, { cluster, annotation: config.healing.annotation });
  return { ...healsOf(client, cluster), start: (node: NodeName) => starts.start(node, healPlan(config)) };
}

function handleOf(cluster: string, node: NodeName): WorkflowHandle {
  const client = new Client({ connection, namespace: server.profile.namespace });
  return client.workflow.getHandle(healNodeWorkflowId({ cluster, node }));
}

async function eventsOf(handle: WorkflowHandle): Promise<number> {
  return (await handle.fetchHistory()).events?.length ?? 0;
}

test('H2: starts by two starters, again and again, are one heal and add no event to it', async () => {
  const node = nodeName('win-1');
  const handle = handleOf('two', node);
  await replicaOf('two').start(node);
  const { runId } = await handle.describe();
  const events = await eventsOf(handle);
  await Promise.all([replicaOf('two').start(node), replicaOf('two').start(node), replicaOf('two').start(node)]);
  expect((await handle.describe()).runId).toBe(runId);
  expect(await eventsOf(handle)).toBe(events);
});

test('a heal is started with all that it needs and all that the UI shows', async () => {
  const node = nodeName('win-1.example.com');
  await replicaOf('shown').start(node);
  const description = await handleOf('shown', node).describe();
  expect(description).toMatchObject({
    type: 'healNode',
    workflowId: 'heal-node/shown/win-1.example.com',
    taskQueue: 'vigilante/shown',
    searchAttributes: {
      VigilanteCluster: ['shown'],
      VigilanteNode: ['win-1.example.com'],
      VigilanteState: ['healing'],
    },
  });
  expect(await description.staticSummary()).toBe('Heal Windows node win-1.example.com of shown');
  expect(await description.staticDetails()).toContain('for 30m');
  const { events } = await handleOf('shown', node).fetchHistory();
  const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
  const input: unknown = JSON.parse(Buffer.from(payload ?? []).toString());
  expect(parseHealNodeInput(input)).toEqual({ ok: true, value: input });
});

test('H2: a signal about a node goes to its running heal only; one for a closed heal starts nothing', async () => {
  const [node, other] = [nodeName('win-1'), nodeName('win-2')];
  const heals = replicaOf('told');
  await heals.start(node);
  const events = await eventsOf(handleOf('told', node));
  expect(await heals.signalNodeChanged(node, { kind: 'gone' })).toBe(true);
  expect(await eventsOf(handleOf('told', node))).toBe(events + 1);
  await handleOf('told', node).terminate();
  expect(await heals.signalNodeChanged(node, { kind: 'gone' })).toBe(false);
  expect(await heals.signalNodeChanged(other, { kind: 'gone' })).toBe(false);
  expect(await heals.ask(node)).toEqual({ kind: 'closed' });
  expect(await heals.ask(other)).toEqual({ kind: 'closed' });
});

test('lists the running heals of its own cluster, also without search attributes', async () => {
  const names = Array.from({ length: 12 }, (_, index) => nodeName(`win-${index}`));
  const off = { temporal: { searchAttributes: false, metricsPort: 0 } };
  const heals = replicaOf('list', off);
  for (const name of names) await heals.start(name);
  await replicaOf('list-too').start(nodeName('win-of-another-cluster'));
  await handleOf('list', nodeName('win-0')).terminate();
  // Visibility follows a little later.
  const expected = names.slice(1).sort();
  const listed = await eventually(
    async () => [...(await heals.listOpen()).keys()].sort(),
    (found) => found.length === expected.length,
  );
  expect(listed).toEqual(expected);
  expect([...(await heals.listOpen()).values()]).toContainEqual({ state: null, takesHints: false });
});

test('a heal that somebody started with a memo in another encoding does not hide the others', async () => {
  const heals = replicaOf('memo');
  await heals.start(nodeName('win-1'));
  const client = new Client({ connection, namespace: server.profile.namespace });
  await rawClient(client).start({
    type: 'healNode',
    workflowId: 'heal-node/memo/win-2',
    taskQueue: 'vigilante/memo',
    payloads: [],
    memo: {
      note: textPayload('json/protobuf', '{'),
      other: textPayload(null, 'x'),
    },
  });
  const listed = await eventually(
    async () => [...(await heals.listOpen()).keys()].sort(),
    (found) => found.length === 2,
  );
  expect(listed).toEqual(['win-1', 'win-2']);
});

test('a heal that somebody started with search attributes that cannot be read is listed and described', async () => {
  const heals = replicaOf('attributes');
  await heals.start(nodeName('win-1'));
  const client = new Client({ connection, namespace: server.profile.namespace });
  await rawClient(client).start({
    type: 'healNode',
    workflowId: 'heal-node/attributes/win-2',
    taskQueue: 'vigilante/attributes',
    payloads: [],
    searchAttributes: { VigilanteNode: textPayload('binary/null', '') },
  });
  const listed = await eventually(
    async () => [...(await heals.listOpen()).keys()].sort(),
    (found) => found.length === 2,
  );
  expect(listed).toEqual(['win-1', 'win-2']);
  const described = temporalClient(connection, server.profile.namespace).workflow.getHandle(
    'heal-node/attributes/win-2',
  );
  expect((await described.describe()).typedSearchAttributes.getAll()).toEqual([]);
});

/** The last answer when the wait is over. */
async function eventually<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  const endMs = performance.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (isRight(answer) || performance.now() > endMs) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
