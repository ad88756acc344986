/** Where a sandbox keeps its files and which ports its parts use: all that another process needs to join in. */

import { join } from 'node:path';
import { z } from 'zod';
import type { Component } from '../contracts/processes.ts';
import { LOOPBACK } from './ports.ts';

const PortSchema = z.int().min(1).max(65_535);

export const SandboxLayoutSchema = z.strictObject({
  id: z.string().min(1),
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
});
export type SandboxLayout = z.infer<typeof SandboxLayoutSchema>;

export const PORT_NAMES = Object.keys(
  SandboxLayoutSchema.shape.ports.shape,
) as readonly (keyof SandboxLayout['ports'])[];

/** Namespace of our own processes and of the healing pods. */
export const RELEASE_NAMESPACE = 'vigilante';
/** `cluster` in the sandbox's configuration. */
export const SANDBOX_CLUSTER = 'sandbox';

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

export type SandboxFile =
  | 'certificates/apiserver.crt'
  | 'service-account.key'
  | 'tokens.csv'
  | 'audit-policy.yaml'
  | 'audit.log'
  | 'scheduler.yaml'
  | 'kwok.yaml'
  | 'temporal.db'
  | 'conf.yaml'
  | 'reports.db'
  | 'agents.json'
  | 'apiserver.sock'
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
