/** The pod of an act, and the node that it runs on, as the player of machines reads them from the API server. */

import { z } from 'zod';
import { ACT_POD_LABELS } from '../../contracts/maintenance/names.ts';
import type { ExchangeOrder } from '../control-plane/exchange-script.ts';
import type { Place } from '../parts/place.ts';

export interface Act {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly node: string;
  /** Its containers run. kwok says so, and writes nothing about the pod after that. */
  readonly isRunning: boolean;
  readonly podIp: string;
  readonly hostIp: string;
  readonly containers: readonly { readonly name: string; readonly image: string }[];
  /** Versions that the machine shall have afterwards, and what of them is exchanged now. */
  readonly order: ExchangeOrder;
}

export interface Machine {
  readonly name: string;
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Where the control plane runs on it. */
  readonly place: Place | null;
}

export const ACT_PODS_QUERY = `labelSelector=${encodeURIComponent(
  Object.entries(ACT_POD_LABELS)
    .map(([key, value]) => `${key}=${value}`)
    .join(','),
)}`;

const VARIABLES = { phase: 'VIGILANTE_PHASE', kubernetes: 'K8S_VERSION', etcd: 'ETCD_VERSION' } as const;

const PodSchema = z.object({
  metadata: z.object({
    namespace: z.string(),
    name: z.string(),
    uid: z.string(),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({
    nodeName: z.string().default(''),
    containers: z.array(
      z.object({
        name: z.string(),
        image: z.string(),
        env: z.array(z.object({ name: z.string(), value: z.string().default('') })).default([]),
      }),
    ),
  }),
  status: z
    .object({ phase: z.string().default(''), podIP: z.string().default(''), hostIP: z.string().default('') })
    .prefault({}),
});

export function parseAct(object: unknown): Act {
  const { metadata, spec, status } = PodSchema.parse(object);
  const variables = spec.containers.flatMap(({ env }) => env);
  const valueOf = (variable: string) => variables.find(({ name }) => name === variable)?.value ?? null;
  return {
    namespace: metadata.namespace,
    pod: metadata.name,
    uid: metadata.uid,
    node: spec.nodeName,
    isRunning: status.phase === 'Running' && metadata.deletionTimestamp === undefined,
    podIp: status.podIP,
    hostIp: status.hostIP,
    containers: spec.containers.map(({ name, image }) => ({ name, image })),
    order: {
      phase: valueOf(VARIABLES.phase),
      kubernetes: valueOf(VARIABLES.kubernetes),
      etcd: valueOf(VARIABLES.etcd),
    },
  };
}

const NodeSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
});

/** @param places of all nodes of the control plane */
export function parseMachine(object: unknown, places: readonly Place[]): Machine {
  const { metadata } = NodeSchema.parse(object);
  return { ...metadata, place: places.find(({ name }) => name === metadata.name) ?? null };
}
