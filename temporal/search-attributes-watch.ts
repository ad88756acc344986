/** Looks every few seconds whether our search attributes are still registered: an operator may remove them at any time. */

import type { KeywordAttribute } from '../contracts/search-attributes.ts';
import { messageOf } from '../domain/error-message.ts';
import type { Log } from '../runtime/log.ts';
import { type Repeating, repeat } from '../runtime/repeat.ts';
import type { TemporalRequests } from './link.ts';
import { searchAttributesProblem } from './search-attributes.ts';

export interface SearchAttributesWatch extends Repeating {
  /** Null while they can be written, as far as is known. */
  problem(): string | null;
}

export interface SearchAttributesWatchDeps {
  readonly connection: TemporalRequests;
  readonly namespace: string;
  readonly attributes: readonly KeywordAttribute[];
  readonly log: Log;
  readonly everyMs?: number;
}

const LOOK_EVERY_MS = 5_000;

export function watchSearchAttributes(deps: SearchAttributesWatchDeps): SearchAttributesWatch {
  const { log, everyMs = LOOK_EVERY_MS } = deps;
  let problem: string | null = null;

  async function look(): Promise<void> {
    const found = await searchAttributesProblem(deps, log);
    if (found !== null && problem === null) log.warn(`${found}; workflows go on and do not show their state there`);
    if (found === null && problem !== null) log.info('the search attributes can be written again');
    problem = found;
  }

  // Temporal is away: nothing is known, and `watchTemporal` reports it.
  const lookInVain = (error: unknown) => log.debug(`search attributes: ${messageOf(error)}`);
  return { problem: () => problem, ...repeat(() => look().catch(lookInVain), everyMs) };
}
