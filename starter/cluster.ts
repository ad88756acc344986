/** The cluster as the starter sees it: the watch of the nodes, Events, healing pods. */

import { kubeconfigSource } from '../config/kubeconfig-source.ts';
import { proxyFor } from '../config/proxy.ts';
import { connectCluster } from '../kubernetes/client/connection.ts';
import { healableNodes } from '../kubernetes/healing/healable-nodes.ts';
import { createHealingPods } from '../kubernetes/healing/pods.ts';
import { createNodeEvents } from '../kubernetes/nodes/events.ts';
import { createNodeInformer } from '../kubernetes/nodes/informer.ts';
import { createNodes } from '../kubernetes/nodes/nodes.ts';
import type { KubernetesRequest } from '../runtime/metrics.ts';
import type { TemporalContext } from '../temporal/process.ts';

export type Cluster = ReturnType<typeof openCluster>;

export function openCluster({ config, log }: TemporalContext, onRequest: (request: KubernetesRequest) => void) {
  const { annotation: healedAnnotation, foreignMark } = config.healing;
  const reading = { healedAnnotation, foreignMark, healable: healableNodes(config.healing) };
  const connection = connectCluster({
    kubeconfig: kubeconfigSource(config),
    proxyFor: (target) => proxyFor(target)?.url ?? null,
    onRequest,
    onSlow: (message) => log.warn(`Kubernetes: ${message}`),
  });
  const informer = createNodeInformer(connection, {
    ...reading,
    onError: (message) => log.warn(`Kubernetes: ${message}`),
  });
  const { pod, intervalMs } = config.healing;
  const namespace = pod.namespace ?? connection.namespace ?? 'default';
  return {
    informer,
    problem: () => connection.problem(),
    serverNowMs: connection.serverNowMs,
    nodes: createNodes(connection, reading),
    events: createNodeEvents(connection),
    pods: createHealingPods(connection, { ...pod, namespace, intervalMs }),
    /** Also ends when the signal is aborted. */
    async untilSynced(signal: AbortSignal) {
      const aborted = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([informer.untilSynced(), aborted]);
    },
    async close() {
      await informer.stop();
      await connection.close();
    },
  };
}
