/** What several checks of one look need of the cluster: each is read once, and only where a check asks for it. */

import type { PreflightInput } from '../../../contracts/upgrade/activities.ts';
import type { EtcdFacts } from '../../../domain/upgrade/preflight/etcd.ts';
import type { WebhookFacts } from '../../../domain/upgrade/preflight/webhooks.ts';
import type { ApiServer } from '../../../kubernetes/upgrade/api-servers.ts';
import { listUpgradeNodes, type UpgradeNode } from '../../../kubernetes/upgrade/nodes.ts';
import { listUpgradePods, type UpgradePod } from '../../../kubernetes/upgrade/pods.ts';
import { listWebhooks } from '../../../kubernetes/upgrade/webhooks.ts';
import type { PreflightDeps } from './deps.ts';
import { etcdFacts } from './etcd-gateway.ts';

export interface Look {
  readonly input: PreflightInput;
  readonly nowMs: number;
  readonly nodes: () => Promise<readonly UpgradeNode[]>;
  /** Those that the run will take into work. */
  readonly nodesInQuestion: () => Promise<readonly UpgradeNode[]>;
  readonly pods: () => Promise<readonly UpgradePod[]>;
  readonly apiServers: () => Promise<readonly ApiServer[]>;
  readonly webhooks: () => Promise<readonly WebhookFacts[]>;
  /** Null where etcd cannot be asked. */
  readonly etcd: () => Promise<EtcdFacts | null>;
}

export function lookAt({ cluster, apiServers, etcd, now }: PreflightDeps, input: PreflightInput): Look {
  const nodes = once(() => listUpgradeNodes(cluster));
  return {
    input,
    nowMs: now(),
    nodes,
    async nodesInQuestion() {
      const { parts } = input;
      return (await nodes()).filter(({ isControlPlane }) =>
        parts.includes(isControlPlane ? 'control-plane' : 'workers'),
      );
    },
    pods: once(() => listUpgradePods(cluster)),
    apiServers: once(() => apiServers.list()),
    webhooks: once(() => listWebhooks(cluster)),
    etcd: once(async () => (etcd === null ? null : etcdFacts(etcd))),
  };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | null = null;
  return () => (reading ??= read());
}
