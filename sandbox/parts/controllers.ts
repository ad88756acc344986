/** kube-controller-manager and kube-scheduler. */

import { adminAccess } from '../admin-access.ts';
import { createApiClient } from '../api-client.ts';
import { fileOf, type SandboxLayout } from '../layout.ts';
import { LOOPBACK } from '../ports.ts';
import { type Part, READY_TIMEOUT_MS } from './part.ts';

/** Requests per second and burst of the two: above their defaults, for a thousand nodes that arrive at once. */
const CLIENT_RATE = { qps: 500, burst: 1_000 };

export function controllerManagerPart(layout: SandboxLayout): Part {
  const kubeconfig = fileOf(layout, 'kubeconfig-controller-manager');
  return {
    name: 'controller-manager',
    tool: 'kube-controller-manager',
    args: [
      ...clientArguments({ layout, kubeconfig, port: layout.ports.controllerManager }),
      '--leader-elect=false',
      '--use-service-account-credentials=true',
      `--root-ca-file=${fileOf(layout, 'certificates/apiserver.crt')}`,
      `--service-account-private-key-file=${fileOf(layout, 'service-account.key')}`,
      `--kube-api-qps=${CLIENT_RATE.qps}`,
      `--kube-api-burst=${CLIENT_RATE.burst}`,
      // The nodes send no heartbeat, neither lease nor status: their Ready is what the sandbox last said.
      '--node-monitor-grace-period=87600h',
      '--node-startup-grace-period=87600h',
    ],
    // Its health port answers before it has rights; the default service account shows that it works, see accounts.ts.
    isReady: () => answersHealthy(layout, layout.ports.controllerManager),
    readyTimeoutMs: READY_TIMEOUT_MS,
  };
}

export function schedulerPart(layout: SandboxLayout): Part {
  return {
    name: 'scheduler',
    tool: 'kube-scheduler',
    args: [
      ...clientArguments({
        layout,
        kubeconfig: fileOf(layout, 'kubeconfig-scheduler'),
        port: layout.ports.scheduler,
      }).filter((argument) => !argument.startsWith('--kubeconfig')),
      `--config=${fileOf(layout, 'scheduler.yaml')}`,
    ],
    isReady: () => answersHealthy(layout, layout.ports.scheduler),
    readyTimeoutMs: READY_TIMEOUT_MS,
  };
}

export function schedulerConfiguration(layout: SandboxLayout): object {
  return {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    leaderElection: { leaderElect: false },
    clientConnection: { kubeconfig: fileOf(layout, 'kubeconfig-scheduler'), ...CLIENT_RATE },
  };
}

function clientArguments({ layout, kubeconfig, port }: { layout: SandboxLayout; kubeconfig: string; port: number }) {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--bind-address=${LOOPBACK}`,
    `--secure-port=${port}`,
    `--cert-dir=${layout.folder}/certificates/${port}`,
  ];
}

/** `/healthz` is open to all; the certificate is one that the part made for itself. */
async function answersHealthy(layout: SandboxLayout, port: number): Promise<boolean> {
  const access = await adminAccess(layout);
  const client = createApiClient({ ...access, server: `https://${LOOPBACK}:${port}`, anyCertificate: true });
  try {
    return (await client.call('GET', '/healthz')).status === 200;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}
