/** The kubelets of the real nodes as users of the API server. */

import type { ApiClient } from '../api-client.ts';
import { CONTROL_PLANE_PORT, type RealNode, ROUTER_ADDRESS } from './addresses.ts';

const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
const GROUP = 'system:nodes';

/** For `kubeconfig-<user>` and the file of tokens. */
export function kubeconfigUser(node: RealNode): string {
  return `node-${node.name}`;
}

/** The API server as the nodes see it: by the router, with the certificate that it has made for itself. */
const CONTROL_PLANE = {
  server: `https://${ROUTER_ADDRESS}:${CONTROL_PLANE_PORT}`,
  'tls-server-name': 'kubernetes',
  'certificate-authority': '/var/lib/kubelet/apiserver.crt',
};

export function kubeletUser(node: RealNode) {
  return {
    user: kubeconfigUser(node),
    name: `system:node:${node.name}`,
    groups: [GROUP],
    cluster: CONTROL_PLANE,
  };
}

/** The sandbox has no Node authorizer: the role is for all nodes. */
export async function grantKubelets(api: ApiClient): Promise<void> {
  const name = 'vigilante-sandbox-kubelets';
  const body = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:node' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: GROUP }],
  };
  await api.demand('POST', BINDINGS, { body, alsoFine: [409] });
}
