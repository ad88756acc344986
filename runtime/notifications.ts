/** Tells others what happens to nodes, upgrades and runs over several clusters: a POST for each Event that they want. Nothing ever waits for it (M48). */

import { Counter, type Registry } from 'prom-client';
import { request } from 'undici';

import type { Config } from '../config/schema/config.ts';
import type { RecordMaintenanceInput } from '../contracts/maintenance/node-events.ts';
import type { TellFleetInput, TellUpgradeInput } from '../contracts/upgrade/upgrade-events.ts';
import { messageOf } from '../domain/error-message.ts';
import type { Log } from './log.ts';

type Receiver = Config['maintenance']['notify'][number];
type Told = RecordMaintenanceInput | TellUpgradeInput | TellFleetInput;

/** What a receiver gets. `id`: the same for a repetition, so that it can be left out. `at`: ISO 8601. */
interface Notification {
  readonly id: string;
  /** Null for a run over several. */
  readonly cluster: string | null;
  /** Null for an upgrade. */
  readonly node: string | null;
  readonly event: Told['event'];
  readonly message: string;
  readonly at: string;
}

const TIMEOUT_MS = 5_000;
const TRIES = 2;
/** More than so many at a time are dropped: a receiver that hangs must not fill the memory. */
const UNDER_WAY_MAX = 100;

export interface NotificationParts extends Pick<Notification, 'cluster'> {
  readonly receivers: readonly Receiver[];
  readonly registry: Registry;
  readonly log: Log;
}

export function createNotifications(parts: NotificationParts): (told: Told) => void {
  const { cluster, receivers, registry, log } = parts;
  const sent = new Counter({
    name: 'vigilante_maintenance_notifications_total',
    help: 'Notifications of maintenance by receiver and result: sent, failed, or dropped where too many were under way.',
    labelNames: ['receiver', 'result'],
    registers: [registry],
  });
  for (const { name: receiver } of receivers) {
    for (const result of ['sent', 'failed', 'dropped']) sent.inc({ receiver, result }, 0);
  }
  let underWay = 0;

  async function tell({ name: receiver, url }: Receiver, notification: Notification): Promise<void> {
    if (underWay >= UNDER_WAY_MAX) return sent.inc({ receiver, result: 'dropped' });
    underWay += 1;
    const problem = await post(url, notification);
    underWay -= 1;
    sent.inc({ receiver, result: problem === null ? 'sent' : 'failed' });
    if (problem !== null) log.warn({ receiver, node: notification.node, problem }, 'a notification was not taken');
  }

  return (told) => {
    const { event, message, key } = told;
    const at = new Date().toISOString();
    const [subject, node] = 'node' in told ? [told.node.uid, told.node.name] : [told.run, null];
    const notification = { id: `${subject} ${event} ${key}`, cluster, node, event, message, at };
    for (const receiver of receivers) if (receiver.on.includes(event)) void tell(receiver, notification);
  };
}

/** Why it was not taken; null where it was. */
async function post(url: string, notification: Notification): Promise<string | null> {
  let problem = '';
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      const { statusCode, body } = await request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(notification),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await body.dump();
      if (statusCode >= 200 && statusCode < 300) return null;
      problem = `HTTP ${statusCode}`;
    } catch (error) {
      problem = messageOf(error);
    }
  }
  return problem;
}
