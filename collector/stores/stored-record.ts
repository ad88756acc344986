/** A record as text, and back: what a store holds is outside data, written perhaps by another version or by hand. */

import { z } from 'zod';

import type { AddressLists, AgentReport } from '../../contracts/connectivity/agent-report.ts';
import {
  type FieldKind,
  type FieldValues,
  OWN_PROBE_KINDS,
  PROBES,
  type ProbeKind,
} from '../../contracts/connectivity/probes.ts';
import { parseProcesses } from '../../contracts/connectivity/processes-parser.ts';
import type { AgentRecord } from './report-store.ts';

/** Not `z.record`: it leaves out the key `__proto__`, which is an interface's name like any other. */
const AddressListsSchema = z.custom<AddressLists>(
  (value) => value === null || (isObject(value) && Object.values(value).every(isTextsOrNull)),
  'not lists of addresses',
);

const FIELDS: { readonly [Kind in FieldKind]: z.ZodType<FieldValues[Kind]> } = {
  text: z.string(),
  'text-or-null': z.string().nullable(),
  texts: z.array(z.string()),
  flag: z.boolean(),
  'whole-number': z.number(),
  milliseconds: z.number(),
};

function probesSchema(kind: ProbeKind) {
  const fields = Object.entries<FieldKind>(PROBES[kind].fields);
  return z.array(z.looseObject(Object.fromEntries(fields.map(([key, of]) => [key, FIELDS[of]]))));
}

const ReportSchema = z.looseObject({
  report_interval: z.number(),
  nodename: z.string(),
  podname: z.string(),
  hostdate: z.string(),
  uptime: z.number(),
  nslookup: AddressListsSchema,
  network_probes: probesSchema('http').nullable(),
  ips: AddressListsSchema,
  processes: z
    .custom((value) => value === undefined || parseProcesses(value).ok, 'not processes of containers')
    .optional(),
  ...Object.fromEntries(OWN_PROBE_KINDS.map((kind) => [PROBES[kind].list, probesSchema(kind).optional()])),
});

const OriginSchema = {
  taken: z.looseObject({ clock: z.string(), ms: z.number() }).optional(),
  pod: z.looseObject({ namespace: z.string(), uid: z.string() }).optional(),
};

const RecordSchema = z.looseObject({
  name: z.string().min(1),
  report: ReportSchema,
  lastUpdatedMs: z.number(),
  ...OriginSchema,
  reportCount: z.number(),
  missCount: z.number(),
});

export function recordText(record: AgentRecord): string {
  const { name, report, lastUpdatedMs, taken, pod, reportCount, missCount } = record;
  return JSON.stringify({ name, report, lastUpdatedMs, taken, pod, reportCount, missCount });
}

/** Throws an `Error` that says why the text is no record of that name. */
export function parseRecordText(text: string, name: string): AgentRecord {
  const record = parseRecord(JSON.parse(text));
  if (record.name !== name) throw new Error(`it is the record of ${JSON.stringify(record.name)}`);
  return record;
}

function parseRecord(value: unknown): AgentRecord {
  demand(RecordSchema, value);
  return value as AgentRecord;
}

/** Throws an `Error` that says what is wrong. Returns the value itself: a copy would lose `__proto__`. */
export function parseReport(value: unknown): AgentReport {
  demand(ReportSchema, value);
  return value as AgentReport;
}

/** What is not of the right kind counts as missing: the report itself is still good. */
export function parseOrigin(value: unknown): Pick<AgentRecord, 'taken' | 'pod'> {
  const { taken, pod } = z.looseObject(OriginSchema).safeParse(value).data ?? {};
  return {
    ...(taken === undefined ? {} : { taken: { clock: taken.clock, ms: taken.ms } }),
    ...(pod === undefined ? {} : { pod: { namespace: pod.namespace, uid: pod.uid } }),
  };
}

function demand(schema: z.ZodType, value: unknown): void {
  const { error } = schema.safeParse(value);
  const issue = error?.issues[0];
  if (issue !== undefined) throw new Error(`${issue.path.join('.')}: ${issue.message}`);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextsOrNull(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.every((text) => typeof text === 'string'));
}
