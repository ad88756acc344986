/** What the audit log shows of a run: when nodes became Ready, when pods were made, what our processes asked for. */

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type AuditEvent, auditUser, parseAuditLog } from '../sandbox/audit.ts';
import { fileOf, type SandboxLayout } from '../sandbox/layout.ts';

export interface AuditSummary {
  /** Creation of each healing pod, by its name. */
  readonly podsMadeMs: ReadonlyMap<string, number>;
  /** By node. */
  readonly readyMs: ReadonlyMap<string, number>;
  readonly requests: readonly OurRequest[];
}

export interface OurRequest {
  readonly process: 'worker' | 'starter';
  readonly what: string;
  readonly receivedMs: number;
}

const PROCESS_OF: ReadonlyMap<string, OurRequest['process']> = new Map([
  [auditUser('vigilante-worker'), 'worker'],
  [auditUser('vigilante-starter'), 'starter'],
]);
const USERS = [...PROCESS_OF.keys(), 'sandbox-admin'].map((user) => `"username":"${user}"`);

/** Line by line: the log of a thousand nodes does not fit into a string. */
export async function summarizeAudit(layout: SandboxLayout): Promise<AuditSummary> {
  const podsMadeMs = new Map<string, number>();
  const readyMs = new Map<string, number>();
  const requests: OurRequest[] = [];
  for await (const line of createInterface({ input: createReadStream(fileOf(layout, 'audit.log'), 'utf8') })) {
    if (!USERS.some((user) => line.includes(user))) continue;
    for (const event of parseAuditLog(line)) {
      const process = PROCESS_OF.get(event.user);
      if (isMadeReady(event)) readyMs.set(event.name ?? '', event.completedMs);
      if (process === undefined || event.verb === 'watch') continue;
      requests.push({ process, what: `${event.verb} ${event.resource}`, receivedMs: event.receivedMs });
      if (event.verb === 'create' && event.resource === 'pods' && event.code === 201) {
        podsMadeMs.set(event.name ?? '', event.completedMs);
      }
    }
  }
  return { podsMadeMs, readyMs, requests };
}

function isMadeReady(event: AuditEvent): boolean {
  return event.resource === 'nodes' && event.subresource === 'status' && event.verb === 'patch' && event.code === 200;
}
