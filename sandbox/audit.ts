/** Reads the API server's audit log: what was really asked of the cluster, by whom and when. */

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { RELEASE_NAMESPACE, type SandboxLayout } from './layout.ts';
import { fileAt, placesOf } from './parts/place.ts';

const AuditLineSchema = z.object({
  stage: z.string(),
  verb: z.string(),
  user: z.object({ username: z.string() }),
  userAgent: z.string().optional(),
  requestReceivedTimestamp: z.string(),
  stageTimestamp: z.string(),
  objectRef: z
    .object({
      resource: z.string().optional(),
      subresource: z.string().optional(),
      namespace: z.string().optional(),
      name: z.string().optional(),
    })
    .optional(),
  responseStatus: z.object({ code: z.int().optional() }).optional(),
  requestURI: z.string(),
  requestObject: z.unknown().optional(),
  responseObject: z.unknown().optional(),
});

export interface AuditEvent {
  readonly stage: string;
  /** For a service account `system:serviceaccount:<namespace>:<name>`. */
  readonly user: string;
  readonly userAgent: string;
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string | null;
  readonly namespace: string | null;
  /** For a create, the name in what was sent. */
  readonly name: string | null;
  /** Status of the answer; null while a watch is open. */
  readonly code: number | null;
  readonly receivedMs: number;
  readonly completedMs: number;
  readonly uri: string;
  /** Kept for writes only. */
  readonly requestObject: unknown;
  /** Response body of pod and node writes; for a delete, the final pod. */
  readonly responseObject: unknown;
}

/** All requests so far, in the order of their answers; those of several API servers by the time of their answers. */
export async function readAuditEvents(layout: SandboxLayout): Promise<readonly AuditEvent[]> {
  const logs = await Promise.all(placesOf(layout).map((place) => readFile(fileAt(layout, place, 'audit.log'), 'utf8')));
  const [first = [], ...others] = logs.map(parseAuditLog);
  if (others.length === 0) return first;
  return [first, ...others].flat().toSorted((one, other) => one.completedMs - other.completedMs);
}

/** A line that an API server killed in the middle of it left unfinished is passed over. */
export function parseAuditLog(text: string): readonly AuditEvent[] {
  return text.split('\n').flatMap((line) => {
    const parsed = AuditLineSchema.safeParse(parseJson(line));
    return parsed.success ? [toAuditEvent(parsed.data)] : [];
  });
}

/** User name of a component in the audit log. */
export function auditUser(serviceAccount: string): string {
  return `system:serviceaccount:${RELEASE_NAMESPACE}:${serviceAccount}`;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

const NamedSchema = z.object({ metadata: z.object({ name: z.string() }) });

function toAuditEvent(line: z.infer<typeof AuditLineSchema>): AuditEvent {
  const sent = NamedSchema.safeParse(line.requestObject);
  return {
    stage: line.stage,
    user: line.user.username,
    userAgent: line.userAgent ?? '',
    verb: line.verb,
    resource: line.objectRef?.resource ?? '',
    subresource: line.objectRef?.subresource ?? null,
    namespace: line.objectRef?.namespace ?? null,
    name: line.objectRef?.name ?? (sent.success ? sent.data.metadata.name : null),
    code: line.responseStatus?.code ?? null,
    receivedMs: Date.parse(line.requestReceivedTimestamp),
    completedMs: Date.parse(line.stageTimestamp),
    uri: line.requestURI,
    requestObject: line.requestObject ?? null,
    responseObject: line.responseObject ?? null,
  };
}
