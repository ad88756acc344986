/** What our processes asked of the API server, read from the audit log piece by piece: in an hour it grows large. */

import { open } from 'node:fs/promises';
import { type AuditEvent, parseAuditLog } from '../../sandbox/audit.ts';
import { fileOf, type SandboxLayout } from '../../sandbox/layout.ts';
import { isOurs } from '../e2e/audit-attempts.ts';

export interface AuditTail {
  /** All requests so far, in the order of their answers. */
  read(): Promise<readonly AuditEvent[]>;
}

export function createAuditTail(layout: SandboxLayout): AuditTail {
  const events: AuditEvent[] = [];
  let offset = 0;
  /** Reads take turns: each begins where the one before has ended. */
  let turn: Promise<unknown> = Promise.resolve();

  async function readOn(): Promise<readonly AuditEvent[]> {
    const file = await open(fileOf(layout, 'audit.log'));
    try {
      const { size } = await file.stat();
      const { buffer } = await file.read({ buffer: Buffer.alloc(size - offset), position: offset });
      // A line may be half written.
      const end = buffer.lastIndexOf('\n') + 1;
      offset += end;
      events.push(...parseAuditLog(buffer.subarray(0, end).toString('utf8')).filter(isOurs));
    } finally {
      await file.close();
    }
    return events;
  }

  return {
    read() {
      const next = turn.then(readOn);
      turn = next.catch(() => undefined);
      return next;
    },
  };
}
