/** A worker with its workflows in its only thread, whose heap can be looked at: `node heap-child.ts ADDRESS CLUSTER`. */

import { text } from 'node:stream/consumers';
import { getHeapSnapshot } from 'node:v8';
import { DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { podTaskQueue } from '../../../contracts/healing/names.ts';
import { taskQueue } from '../../../contracts/names.ts';
import { bundleWorkflows } from '../../../temporal/worker/workflow-bundle.ts';
import { installQuietRuntime } from '../../fixtures/quiet-runtime.ts';
import { createWorld } from '../heal-node/world.ts';

interface Snapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly (readonly string[])[] };
  };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

/** Objects on the heap with one of these names of a class, after a collection of garbage. */
async function countObjects(classNames: readonly string[]): Promise<number> {
  const { snapshot, nodes, strings } = JSON.parse(await text(getHeapSnapshot())) as Snapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, ofName] = [fields.indexOf('type'), fields.indexOf('name')];
  const first = nodes.filter((_, index) => index % fields.length === type);
  const names = nodes.filter((_, index) => index % fields.length === ofName);
  // Only the first field has numbers for words.
  const typeOfObjects = types[0]?.indexOf('object');
  return names.filter((index, node) => first[node] === typeOfObjects && classNames.includes(strings[index] ?? ''))
    .length;
}

const [address = '', cluster = ''] = process.argv.slice(2);
installQuietRuntime();
const connection = await NativeConnection.connect({ address });
const shared = { connection, activities: { ...createWorld(async () => Date.now()).activities } };
const workflowBundle = await bundleWorkflows(new DefaultLogger('ERROR'));
// Debug mode is what keeps the workflows in this thread.
const main = await Worker.create({ ...shared, taskQueue: taskQueue(cluster), workflowBundle, debugMode: true });
const pods = await Worker.create({ ...shared, taskQueue: podTaskQueue(cluster) });
void main.run();
void pods.run();
process.on('message', (classNames: readonly string[]) => {
  void countObjects(classNames).then((count) => process.send?.(count));
});
process.once('disconnect', () => process.exit(0));
