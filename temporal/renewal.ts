/** Takes up certificates and API keys of Temporal that changed on disk, without a restart. */

import type { NativeConnection } from '@temporalio/worker';

import type { TemporalProfile } from '../config/temporal-profile.ts';
import { messageOf } from '../domain/error-message.ts';
import type { Log } from '../runtime/log.ts';
import { type Repeating, repeat } from '../runtime/repeat.ts';
import { openConnection } from './connection.ts';
import type { TemporalLink } from './link.ts';

export interface TemporalRenewalDeps {
  readonly link: TemporalLink;
  /** What the connection was made with. */
  readonly profile: TemporalProfile;
  /** Reads the files again. Throws where one cannot be read. */
  readonly load: () => TemporalProfile;
  readonly log: Log;
  readonly everyMs?: number;
}

/** As for the certificates that we serve: Kubernetes swaps links, which file watches miss. */
const LOOK_EVERY_MS = 10_000;

export function renewTemporal({ link, profile, load, log, everyMs = LOOK_EVERY_MS }: TemporalRenewalDeps): Repeating {
  let current = profile;
  let problem: string | null = null;

  async function look(): Promise<void> {
    const found = load();
    const change = changeOf(current, found);
    if (change === 'none') return;
    if (change === 'api-key') {
      await link.connection.setApiKey(found.connection.apiKey ?? '');
    } else {
      const next: NativeConnection = await openConnection(found);
      await link.replace(next);
    }
    current = found;
    const what = change === 'api-key' ? 'API key' : 'certificates or settings';
    log.info(`${what} of Temporal changed: the new ones are in use`);
  }

  /** A failure is logged once: files are swapped one after the other, and may not fit together for a moment. */
  async function lookAndReport(): Promise<void> {
    try {
      await look();
      problem = null;
    } catch (error) {
      const message = messageOf(error);
      if (message !== problem)
        log.error(`changed certificates or API key of Temporal cannot be used: ${message}; those from before stay`);
      problem = message;
    }
  }

  return repeat(lookAndReport, everyMs);
}

/** The address and the namespace of a running process stay what they are; a changed profile file alone may say others. */
function changeOf(before: TemporalProfile, after: TemporalProfile): 'none' | 'api-key' | 'connection' {
  const { apiKey: keyBefore, ...restBefore } = before.connection;
  const { apiKey: keyAfter, ...restAfter } = after.connection;
  if (textOf(restBefore) !== textOf(restAfter)) return 'connection';
  if (keyBefore === keyAfter) return 'none';
  return keyBefore === undefined || keyAfter === undefined ? 'connection' : 'api-key';
}

/** Certificates are bytes. */
function textOf(value: object): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part instanceof Uint8Array ? Buffer.from(part).toString('base64') : part,
  );
}
