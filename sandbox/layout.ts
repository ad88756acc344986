/** Where a sandbox keeps its files and which ports its parts use: all that another process needs to join in. */

import { join } from 'node:path';
import { z } from 'zod';
import { SOURCE_PATH } from '../contracts/healing/echo-answer.ts';
import type { Component } from '../contracts/processes.ts';
import { LOOPBACK } from './ports.ts';
import { ECHO_ADDRESS, ECHO_PORT } from './real-nodes/addresses.ts';
import { KUBERNETES_VERSION_DEFAULT, KUBERNETES_VERSIONS } from './tools/kubernetes-versions.ts';

const PortSchema = z.int().min(1).max(65_535);

const EchoLayoutSchema = z.strictObject({
  port: PortSchema,
  metricsPort: PortSchema,
  /** As `vigilante echo key public` prints it. */
  publicKey: z.string().min(1),
});
export type EchoLayout = z.infer<typeof EchoLayoutSchema>;

/** `cluster` in the configuration of a sandbox that is alone. */
export const SANDBOX_CLUSTER = 'sandbox';

export const SandboxLayoutSchema = z.strictObject({
  /** Sandboxes of one fleet have the same: their processes are found by it. */
  id: z.string().min(1),
  /** `cluster` of the configuration. */
  cluster: z.string().min(1).default(SANDBOX_CLUSTER),
  folder: z.string().min(1),
  ports: z.strictObject({
    etcd: PortSchema,
    etcdPeer: PortSchema,
    apiserver: PortSchema,
    controllerManager: PortSchema,
    scheduler: PortSchema,
    kwok: PortSchema,
    temporal: PortSchema,
    temporalUi: PortSchema,
    temporalHttp: PortSchema,
    temporalMetrics: PortSchema,
    collector: PortSchema,
  }),
  adminToken: z.string().min(1),
  /** Null where nothing is dialled: then nodes have addresses as in a cloud. */
  echo: EchoLayoutSchema.nullable().default(null),
  hasRealNodes: z.boolean().default(false),
  /** What acts do to simulated nodes is played, and agents look for a sentinel file. */
  hasMachines: z.boolean().default(false),
  /** False where it is the one of another sandbox. */
  hasTemporal: z.boolean().default(true),
  /** Nodes of the control plane; 0: it has none, and its parts run beside the nodes. */
  controlPlane: z.int().min(0).default(0),
  /** That the sandbox began with. */
  kubernetes: z.enum(KUBERNETES_VERSIONS).default(KUBERNETES_VERSION_DEFAULT),
});
export type SandboxLayout = z.infer<typeof SandboxLayoutSchema>;

export const PORT_NAMES = Object.keys(
  SandboxLayoutSchema.shape.ports.shape,
) as readonly (keyof SandboxLayout['ports'])[];

/** Namespace of our own processes and of the healing pods. */
export const RELEASE_NAMESPACE = 'vigilante';
/** Namespace of the pods that act on nodes: the default of `maintenance.namespace`. */
export const MAINTENANCE_NAMESPACE = 'vigilante-maintenance';
export function serviceAccountOf(component: Component): string {
  return `vigilante-${component}`;
}

export function apiServerUrl(layout: SandboxLayout): string {
  return `https://${LOOPBACK}:${layout.ports.apiserver}`;
}

export function temporalAddress(layout: SandboxLayout): string {
  return `${LOOPBACK}:${layout.ports.temporal}`;
}

export function temporalUiUrl(layout: SandboxLayout): string {
  return `http://${LOOPBACK}:${layout.ports.temporalUi}`;
}

/** The collector listens there, and agents and people ask there. */
export function collectorAddress(layout: SandboxLayout): string {
  return `${LOOPBACK}:${layout.ports.collector}`;
}

export function collectorUrl(layout: SandboxLayout): string {
  return `http://${collectorAddress(layout)}`;
}

/** What a probing pod on a simulated node dials. */
export function echoUrl({ port }: EchoLayout): string {
  return `http://${LOOPBACK}:${port}${SOURCE_PATH}`;
}

/** What a probing pod on a real node dials. */
export const REAL_ECHO_URL = `http://${ECHO_ADDRESS}:${ECHO_PORT}${SOURCE_PATH}`;

export type SandboxFile =
  | 'etcd'
  | `certificates/${string}`
  | 'service-account.key'
  | 'tokens.csv'
  | 'audit-policy.yaml'
  | 'audit.log'
  | 'scheduler.yaml'
  | 'kwok.yaml'
  | 'temporal.db'
  | 'conf.yaml'
  | 'layout.json'
  | 'reports.db'
  | 'echo.yaml'
  | 'real-echo.yaml'
  | 'echo-key.pem'
  | 'agents.json'
  | 'apiserver.sock'
  | 'collector.sock'
  | `machines/${string}`
  | `clusters/${string}`
  | `control-plane/${string}`
  | 'real-nodes'
  | 'real-nodes.json'
  | `real-nodes/${string}`
  | `token-${string}`
  | `kubeconfig-${string}`;

export function fileOf(layout: SandboxLayout, file: SandboxFile): string {
  return join(layout.folder, file);
}

export function logOf(layout: SandboxLayout, name: string): string {
  return join(layout.folder, 'logs', `${name}.log`);
}
