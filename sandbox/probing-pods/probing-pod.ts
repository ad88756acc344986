/** A pod that dials an echo, as the player reads it from the API server. */

import { z } from 'zod';
import { BEHAVIOUR_LABEL } from '../behaviour.ts';

/** Names of containers that dial begin so, followed by the name of the endpoint. kwok leaves pods of such containers alone. */
export const PROBE_PREFIX = 'echo-';

export interface ProbeContainer {
  readonly name: string;
  readonly image: string;
  /** Command and arguments. */
  readonly argv: readonly string[];
}

export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Null until it is bound. */
  readonly node: string | null;
  /** What the label of its node says; null until it is bound. */
  readonly behaviour: string | null;
  readonly createdMs: number;
  readonly podIp: string | null;
  /** No kubelet has reported about it yet, and nobody has deleted it. */
  readonly isFresh: boolean;
  /** Empty for a pod that does not dial. */
  readonly probes: readonly ProbeContainer[];
}

const PodSchema = z.object({
  metadata: z.object({
    namespace: z.string(),
    name: z.string(),
    uid: z.string(),
    creationTimestamp: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({
    nodeName: z.string().optional(),
    containers: z.array(
      z.object({
        name: z.string(),
        image: z.string(),
        command: z.array(z.string()).default([]),
        args: z.array(z.string()).default([]),
      }),
    ),
  }),
  status: z.object({ startTime: z.string().optional(), podIP: z.string().optional() }).default({}),
});

export function parsePod(object: unknown): PodFacts {
  const { metadata, spec, status } = PodSchema.parse(object);
  const isProbing = spec.containers.every(({ name }) => name.startsWith(PROBE_PREFIX));
  const probes = spec.containers.map(({ name, image, command, args }) => ({
    name,
    image,
    argv: [...command, ...args],
  }));
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    node: spec.nodeName ?? null,
    behaviour: metadata.labels[BEHAVIOUR_LABEL] ?? null,
    createdMs: Date.parse(metadata.creationTimestamp),
    podIp: status.podIP ?? null,
    isFresh: status.startTime === undefined && metadata.deletionTimestamp === undefined,
    probes: isProbing ? probes : [],
  };
}
