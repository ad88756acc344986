/** What is done to the search attributes of a namespace while workflows run gets none of them stuck. */

import { beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { Client, type WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { loadConfig } from '../../../config/load.ts';
import { connectivityStatus, pauseWatching } from '../../../contracts/connectivity/signals-and-queries.ts';
import { WATCH_CONNECTIVITY_WORKFLOW } from '../../../contracts/connectivity/watch-connectivity.ts';
import { HEAL_NODE_WORKFLOW } from '../../../contracts/healing/names.ts';
import { SEARCH_ATTRIBUTES } from '../../../contracts/search-attributes.ts';
import { waitUntil } from '../../../sandbox/wait-until.ts';
import { connectivityStartOptions } from '../../../temporal/connectivity/start.ts';
import { healStartOptions } from '../../../temporal/healing/start.ts';
import { ensureSearchAttributes, searchAttributesProblem } from '../../../temporal/search-attributes.ts';
import { startWithoutAttributes } from '../../../temporal/start-without-attributes.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { nodeName } from '../../fixtures/nodes.ts';
import { REAL_POLICY } from '../heal-node/harness.ts';
import { silentLog } from '../runtime/temporal-server.ts';
import { useTemporalServer } from '../runtime/use-temporal-server.ts';
import { WATCH_POLICY } from '../watch-connectivity/harness.ts';
import { withWorkers } from './running-workers.ts';

jest.setTimeout(600_000);
const WAIT = { timeoutMs: 120_000 };
const CLUSTER = 'attributes';
const { EventType, IndexedValueType } = proto.temporal.api.enums.v1;
const NAMES = SEARCH_ATTRIBUTES.map(({ name }) => name);

const temporal = useTemporalServer({ searchAttributes: true });
let client: Client;
let workflowBundle: WorkflowBundleWithSourceMap;
beforeAll(async () => {
  client = new Client({ connection: temporal.connection });
  workflowBundle = await bundleWorkflows(new DefaultLogger('ERROR'));
});
beforeEach(async () => {
  await ensureSearchAttributes(server(), silentLog);
});

function server() {
  const { namespace } = temporal.server.profile;
  return { connection: temporal.connection, namespace, attributes: SEARCH_ATTRIBUTES };
}

async function remove(...names: string[]): Promise<void> {
  const { connection, namespace } = server();
  await connection.operatorService.removeSearchAttributes({ namespace, searchAttributes: names });
  const isGone = async () => {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return names.every((name) => customAttributes[name] === undefined);
  };
  await waitUntil(isGone, { what: 'the search attributes to be gone', ...WAIT });
}

async function startBoth(name: string): Promise<WorkflowHandle[]> {
  const heal = healStartOptions(
    { cluster: CLUSTER, node: nodeName(name) },
    { workflow: HEAL_NODE_WORKFLOW, policy: REAL_POLICY },
    'healed',
  );
  const watch = connectivityStartOptions({ cluster: CLUSTER, policy: WATCH_POLICY });
  return [
    await startWithoutAttributes(heal, (options) => client.workflow.start(HEAL_NODE_WORKFLOW, options)),
    await startWithoutAttributes(watch, (options) => client.workflow.start(WATCH_CONNECTIVITY_WORKFLOW, options)),
  ];
}

function working<T>(areAttributesWritable: () => boolean, body: () => Promise<T>): Promise<T> {
  const config = loadConfig({ env: { VIGILANTE_CLUSTER: CLUSTER } });
  return withWorkers(
    {
      ...server(),
      config,
      workflowBundle,
      areAttributesWritable,
    },
    body,
  );
}

async function eventTypes(handle: WorkflowHandle) {
  return ((await handle.fetchHistory()).events ?? []).map(({ eventType }) => eventType);
}

async function untilAll(handles: readonly WorkflowHandle[], type: Awaited<ReturnType<typeof eventTypes>>[number]) {
  const has = async (handle: WorkflowHandle) => (await eventTypes(handle)).includes(type);
  await waitUntil(async () => (await Promise.all(handles.map(has))).every((one) => one), {
    what: `event ${type}`,
    ...WAIT,
  });
}

async function changeState([heal, watch]: readonly WorkflowHandle[]): Promise<void> {
  await watch?.signal(pauseWatching, { reason: 'a test' });
  await heal?.cancel();
}

async function expectEnded([heal, watch]: readonly WorkflowHandle[]): Promise<void> {
  if (heal === undefined || watch === undefined) throw new Error('both were started');
  await untilAll([heal], EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED);
  expect(await watch.query(connectivityStatus)).toMatchObject({ state: 'paused' });
  await watch.cancel();
  await untilAll([watch], EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED);
}

test('workflows whose attributes were removed continue on another worker, and write no state', async () => {
  const handles = await startBoth('removed');
  await working(
    () => true,
    () => untilAll(handles, EventType.EVENT_TYPE_TIMER_STARTED),
  );
  await remove(...NAMES);
  await changeState(handles);
  await working(
    () => false,
    () => expectEnded(handles),
  );
  for (const handle of handles)
    expect(await eventTypes(handle)).not.toContain(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED);
});

test('a workflow whose state Temporal refused continues by itself once the worker knows that the attributes are gone', async () => {
  const handles = await startBoth('unknown');
  let isKnown = false;
  await working(
    () => !isKnown,
    async () => {
      await untilAll(handles, EventType.EVENT_TYPE_TIMER_STARTED);
      await remove(...NAMES);
      await changeState(handles);
      await untilAll(handles, EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED);
      isKnown = true;
      await expectEnded(handles);
    },
  );
});

test('workflows that began without the attributes write their state when these are back', async () => {
  await remove(...NAMES);
  const handles = await startBoth('back');
  let areThere = false;
  await working(
    () => areThere,
    async () => {
      await untilAll(handles, EventType.EVENT_TYPE_TIMER_STARTED);
      expect(await searchAttributesProblem(server(), silentLog)).toBeNull();
      areThere = true;
      await changeState(handles);
      await expectEnded(handles);
    },
  );
  const [heal] = handles;
  expect((await heal?.describe())?.searchAttributes).toMatchObject({ VigilanteState: ['cancelled'] });
});

test('attributes of another type are reported, and both workflows start and end without them', async () => {
  const { connection, namespace } = server();
  await remove(...NAMES);
  const searchAttributes = { VigilanteState: IndexedValueType.INDEXED_VALUE_TYPE_INT };
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  const isThere = async () => (await searchAttributesProblem(server(), silentLog))?.includes('VigilanteState is Int');
  await waitUntil(async () => (await isThere()) === true, { what: 'the conflict', ...WAIT });
  const handles = await startBoth('retyped');
  await working(
    () => false,
    async () => {
      await untilAll(handles, EventType.EVENT_TYPE_TIMER_STARTED);
      await changeState(handles);
      await expectEnded(handles);
    },
  );
  for (const handle of handles)
    expect(await eventTypes(handle)).not.toContain(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED);
  await remove('VigilanteState');
});
