/** The part `config` of the chart's values.schema.json, made from the schema of the configuration. */

import { z } from 'zod';
import { ConfigSchema } from '../../config/schema/config.ts';
import { keyNotes } from '../../config/schema/keys.ts';

/** The chart decides these: the API server is the pod's own, and volumes are mounted where the configuration looks. */
export const NOT_IN_VALUES: readonly string[] = [
  'kubernetes.kubeconfig',
  'http.certificateFile',
  'http.keyFile',
  'connectivity.collectorCaFile',
  'collector.store.path',
  'collector.store.etcd.certificateFile',
  'collector.store.etcd.keyFile',
  'collector.store.etcd.caFile',
];

/** A template computes with durations, so that a wrong one must not get there. */
const DURATION_PATTERN = '^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$';

type JsonSchema = z.core.JSONSchema.BaseSchema;

export function configValuesSchema(): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(ConfigSchema, { io: 'input', override: describe });
  return withoutKeys(schema, []);
}

function describe({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: JsonSchema }): void {
  const notes = keyNotes.get(zodSchema as z.ZodType);
  if (notes === undefined) return;
  jsonSchema.description = notes.about;
  if (notes.allowed.startsWith('a duration')) jsonSchema.pattern = DURATION_PATTERN;
}

/** A probe needs to know the port: 0, any free one, is not for a pod, and no other address than all of the pod's. */
const NARROWER: Readonly<Record<string, object>> = {
  'http.port': { minimum: 1 },
  'collector.endpoint': { pattern: '^(0\\.0\\.0\\.0|\\[::\\])?:[1-9][0-9]{0,4}$' },
};

function withoutKeys(schema: JsonSchema, path: readonly string[]): JsonSchema {
  const { default: _, properties, ...rest } = schema;
  const narrower = NARROWER[path.join('.')];
  if (narrower !== undefined) return { ...rest, ...narrower };
  if (properties === undefined) return rest;
  const kept = Object.entries(properties).flatMap(([key, child]) => {
    const childPath = [...path, key];
    if (typeof child === 'boolean' || NOT_IN_VALUES.some((omitted) => omitted === childPath.join('.'))) return [];
    const inner = withoutKeys(child, childPath);
    const isEmpty = inner.properties !== undefined && Object.keys(inner.properties).length === 0;
    return isEmpty ? [] : [[key, inner] as const];
  });
  return { ...rest, properties: Object.fromEntries(kept) };
}
