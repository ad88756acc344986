/** The least that can make a pod for each node: watches the nodes and creates a pod when one becomes Ready. No Temporal. */

import { DEFAULT_HEALED_ANNOTATION } from '../contracts/healing/names.ts';
import type { NodeRef, NodeUid } from '../domain/node/identity.ts';
import { connectCluster } from '../kubernetes/client/connection.ts';
import { createHealingPods } from '../kubernetes/healing/pods.ts';
import { createNodeInformer } from '../kubernetes/nodes/informer.ts';

const [namespace = 'default', image = ''] = process.argv.slice(2);
const INTERVAL_MS = 600_000;

const cluster = connectCluster();
const informer = createNodeInformer(cluster, {
  healedAnnotation: DEFAULT_HEALED_ANNOTATION,
  onError: (message) => process.stderr.write(`${message}\n`),
});
const pods = createHealingPods(cluster, {
  namespace,
  image,
  intervalMs: INTERVAL_MS,
  tolerations: [{ operator: 'Exists' }],
});
const served = new Set<NodeUid>();
informer.onChange(({ observation }) => {
  if (observation.kind === 'gone' || !observation.facts.ready) return;
  const { name, uid } = observation.facts;
  if (served.has(uid)) return;
  served.add(uid);
  void create({ name, uid });
});
informer.start();
await informer.untilSynced();
process.stdout.write('watching\n');

async function create(node: NodeRef): Promise<void> {
  const result = await pods.create({ node, attempt: 1, run: 'bare' });
  if (result.kind !== 'created') process.stderr.write(`no pod for ${node.name}: ${JSON.stringify(result)}\n`);
}
