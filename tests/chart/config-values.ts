/** The part `config` of a chart's values.schema.json, made from the schema of the configuration. */

import { z } from 'zod';
import { ConfigSchema } from '../../config/schema/config.ts';
import { keyNotes } from '../../config/schema/keys.ts';

export interface ChartConfig {
  /** Not in the values: the API server is the pod's own, and volumes are mounted where the configuration looks. */
  readonly omitted: readonly string[];
  /** A probe needs to know the port: 0, any free one, is not for a pod, and no other address than all of the pod's. */
  readonly narrower: Readonly<Record<string, object>>;
}

const ENDPOINT_OF_POD = { pattern: '^(0\\.0\\.0\\.0|\\[::\\])?:[1-9][0-9]{0,4}$' };
const CERTIFICATE_FILES = ['http.certificateFile', 'http.keyFile'];

export const MAIN_CONFIG: ChartConfig = {
  omitted: [
    'kubernetes.kubeconfig',
    ...CERTIFICATE_FILES,
    'connectivity.collectorCaFile',
    'collector.store.path',
    'collector.store.etcd.certificateFile',
    'collector.store.etcd.keyFile',
    'collector.store.etcd.caFile',
    // It has a chart of its own.
    'echo',
  ],
  narrower: { 'http.port': { minimum: 1 }, 'collector.endpoint': ENDPOINT_OF_POD },
};

/** The echo reads nothing else. */
const ECHO_PARTS = ['echo', 'http', 'log', 'tls'];

export const ECHO_CONFIG: ChartConfig = {
  omitted: [
    ...Object.keys(ConfigSchema.shape).filter((part) => !ECHO_PARTS.includes(part)),
    ...CERTIFICATE_FILES,
    'echo.keyFile',
  ],
  narrower: {
    'http.port': { minimum: 1 },
    'echo.metricsPort': { minimum: 1 },
    'echo.endpoint': ENDPOINT_OF_POD,
  },
};

/** A template computes with durations, so that a wrong one must not get there. */
const DURATION_PATTERN = '^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$';

type JsonSchema = z.core.JSONSchema.BaseSchema;

export function configValuesSchema(config: ChartConfig): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(ConfigSchema, { io: 'input', override: describe });
  return withoutKeys(schema, [], config);
}

function describe({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: JsonSchema }): void {
  const notes = keyNotes.get(zodSchema as z.ZodType);
  if (notes === undefined) return;
  jsonSchema.description = notes.about;
  if (notes.allowed.startsWith('a duration')) jsonSchema.pattern = DURATION_PATTERN;
}

function withoutKeys(schema: JsonSchema, path: readonly string[], config: ChartConfig): JsonSchema {
  const { default: _, properties, ...rest } = schema;
  const narrower = config.narrower[path.join('.')];
  if (narrower !== undefined) return { ...rest, ...narrower };
  if (properties === undefined) return rest;
  const kept = Object.entries(properties).flatMap(([key, child]) => {
    const childPath = [...path, key];
    if (typeof child === 'boolean' || config.omitted.includes(childPath.join('.'))) return [];
    const inner = withoutKeys(child, childPath, config);
    const isEmpty = inner.properties !== undefined && Object.keys(inner.properties).length === 0;
    return isEmpty ? [] : [[key, inner] as const];
  });
  return { ...rest, properties: Object.fromEntries(kept) };
}
