/** kube-controller-manager and kube-scheduler. */

import { adminAccess } from '../admin-access.ts';
import { createApiClient } from '../api-client.ts';
import { fileOf, type SandboxLayout } from '../layout.ts';
import { kubernetesTool } from '../tools/kubernetes-versions.ts';
import { type Part, READY_TIMEOUT_MS } from './part.ts';
import { fileAt, type Place, WHOLE_CONTROL_PLANE } from './place.ts';

/** Requests per second and burst of the two: above their defaults, for a thousand nodes that arrive at once. */
const CLIENT_RATE = { qps: 500, burst: 1_000 };

export function controllerManagerPart(layout: SandboxLayout): Part {
  const place = WHOLE_CONTROL_PLANE;
  return {
    name: 'controller-manager',
    tool: kubernetesTool('kube-controller-manager', layout.kubernetes),
    args: controllerManagerArguments(layout, place),
    // Its health port answers before it has rights; the default service account shows that it works, see accounts.ts.
    isReady: () => isControllerReady(layout, place, 'controllerManager'),
    readyTimeoutMs: READY_TIMEOUT_MS,
  };
}

export function controllerManagerArguments(layout: SandboxLayout, place: Place): readonly string[] {
  const kubeconfig = fileAt(layout, place, 'kubeconfig-controller-manager');
  return [
    `--kubeconfig=${kubeconfig}`,
    ...servingArguments({ layout, place, kubeconfig, port: layout.ports.controllerManager }),
    `--leader-elect=${electsLeader(place)}`,
    '--use-service-account-credentials=true',
    `--root-ca-file=${fileOf(layout, 'certificates/apiserver.crt')}`,
    `--service-account-private-key-file=${fileOf(layout, 'service-account.key')}`,
    `--kube-api-qps=${CLIENT_RATE.qps}`,
    `--kube-api-burst=${CLIENT_RATE.burst}`,
    // The nodes send no heartbeat, neither lease nor status: their Ready is what the sandbox last said.
    '--node-monitor-grace-period=87600h',
    '--node-startup-grace-period=87600h',
  ];
}

export function schedulerPart(layout: SandboxLayout): Part {
  const place = WHOLE_CONTROL_PLANE;
  return {
    name: 'scheduler',
    tool: kubernetesTool('kube-scheduler', layout.kubernetes),
    args: schedulerArguments(layout, place),
    isReady: () => isControllerReady(layout, place, 'scheduler'),
    readyTimeoutMs: READY_TIMEOUT_MS,
  };
}

export function schedulerArguments(layout: SandboxLayout, place: Place): readonly string[] {
  const kubeconfig = fileAt(layout, place, 'kubeconfig-scheduler');
  return [
    ...servingArguments({ layout, place, kubeconfig, port: layout.ports.scheduler }),
    `--config=${fileAt(layout, place, 'scheduler.yaml')}`,
  ];
}

/** `scheduler.yaml` of the place. */
export function schedulerConfiguration(layout: SandboxLayout, place: Place): object {
  return {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    leaderElection: { leaderElect: electsLeader(place) },
    clientConnection: { kubeconfig: fileAt(layout, place, 'kubeconfig-scheduler'), ...CLIENT_RATE },
  };
}

/** Where there is but one of them, it need not wait for a lease. */
function electsLeader({ folder }: Place): boolean {
  return folder !== '';
}

interface Serving {
  readonly layout: SandboxLayout;
  readonly place: Place;
  readonly kubeconfig: string;
  readonly port: number;
}

function servingArguments({ layout, place, kubeconfig, port }: Serving): readonly string[] {
  return [
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--bind-address=${place.address}`,
    `--secure-port=${port}`,
    `--cert-dir=${fileAt(layout, place, `certificates/${port}`)}`,
  ];
}

/** `/healthz` is open to all; the certificate is one that the part made for itself. */
export async function isControllerReady(
  layout: SandboxLayout,
  { address }: Place,
  port: 'controllerManager' | 'scheduler',
): Promise<boolean> {
  const access = await adminAccess(layout);
  const server = `https://${address}:${layout.ports[port]}`;
  const client = createApiClient({ ...access, server, anyCertificate: true });
  try {
    return (await client.call('GET', '/healthz')).status === 200;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}
