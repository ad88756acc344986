/** kube-apiserver with RBAC, Pod Security and an audit log that serves tests as their oracle. */

import { join } from 'node:path';
import { adminAccess } from '../admin-access.ts';
import { createApiClient } from '../api-client.ts';
import { fileOf, type SandboxLayout } from '../layout.ts';
import { kubernetesTool } from '../tools/kubernetes-versions.ts';
import { etcdUrl } from './etcd.ts';
import { type Part, READY_TIMEOUT_MS } from './part.ts';
import { fileAt, type Place, WHOLE_CONTROL_PLANE } from './place.ts';

/** Far more than any test writes: the log must not be rotated away under its reader. In megabytes. */
const AUDIT_LOG_SIZE_MAX = 10_000;

export function apiserverPart(layout: SandboxLayout): Part {
  const place = WHOLE_CONTROL_PLANE;
  return {
    name: 'apiserver',
    tool: kubernetesTool('kube-apiserver', layout.kubernetes),
    args: apiserverArguments(layout, place),
    isReady: () => isApiserverReady(layout, place),
    readyTimeoutMs: READY_TIMEOUT_MS,
  };
}

export function apiserverArguments(layout: SandboxLayout, place: Place): readonly string[] {
  const key = fileOf(layout, 'service-account.key');
  return [
    // The member beside it, as kubeadm has it.
    `--etcd-servers=${etcdUrl(layout, place)}`,
    `--bind-address=${place.address}`,
    `--advertise-address=${place.address}`,
    `--secure-port=${layout.ports.apiserver}`,
    // Where no certificate is there, it makes its own at the first start and keeps it.
    `--cert-dir=${join(layout.folder, 'certificates')}`,
    // No Endpoints object may name a loopback address, and nothing in the sandbox needs the Service `kubernetes`.
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=RBAC',
    // Otherwise no namespace takes a HostProcess container, whatever its Pod Security says.
    '--allow-privileged=true',
    `--token-auth-file=${fileOf(layout, 'tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    `--audit-policy-file=${fileOf(layout, 'audit-policy.yaml')}`,
    `--audit-log-path=${fileAt(layout, place, 'audit.log')}`,
    `--audit-log-maxsize=${AUDIT_LOG_SIZE_MAX}`,
    // A line is in the file before its request is answered: a test reads no stale log.
    '--audit-log-mode=blocking-strict',
    '--profiling=false',
  ];
}

export async function isApiserverReady(layout: SandboxLayout, place: Place): Promise<boolean> {
  const access = await adminAccess(layout).catch(() => null);
  if (access === null) return false;
  const client = createApiClient({ ...access, server: apiServerUrlAt(layout, place) });
  try {
    return (await client.call('GET', '/readyz')).status === 200;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}

/** Of the API server itself; `apiServerUrl` is where clients go. */
export function apiServerUrlAt(layout: SandboxLayout, { address }: Place): string {
  return `https://${address}:${layout.ports.apiserver}`;
}

/**
 * What the audit log keeps: writes of pods and nodes with what was sent and answered, other writes with what was sent,
 * reads without bodies, leases not at all. The answer to a delete is the final pod.
 */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  omitManagedFields: true,
  rules: [
    { level: 'None', resources: [{ group: 'coordination.k8s.io' }] },
    { level: 'None', nonResourceURLs: ['/*'] },
    {
      level: 'RequestResponse',
      verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
      resources: [{ group: '', resources: ['pods', 'pods/status', 'nodes', 'nodes/status'] }],
    },
    // Tokens must not get into a file.
    { level: 'Metadata', resources: [{ group: '', resources: ['secrets', 'serviceaccounts/token'] }] },
    { level: 'Request', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
    { level: 'Metadata' },
  ],
};

/** The same without any body: who asked for what and when. */
export const SHORT_AUDIT_POLICY = {
  ...AUDIT_POLICY,
  rules: AUDIT_POLICY.rules.map((rule) => (rule.level === 'None' ? rule : { ...rule, level: 'Metadata' })),
};
