/** What an agent reports of its node's boot and of its sentinel file, and how the collector answers it by node. */

import { isRecord } from '../shape.ts';

/** `unknown`: the agent is not asked to look, or cannot. */
export const SENTINEL_STATES = ['present', 'absent', 'unknown'] as const;
export type SentinelState = (typeof SENTINEL_STATES)[number];

export interface Sentinel {
  readonly state: SentinelState;
  /** When the file was changed last, by the node's clock, in milliseconds since 1970; null where it is not there. */
  readonly changedMs: number | null;
}

/** A key is missing where the agent is not asked for it. */
export interface HostFacts {
  /** Null where it cannot be read. */
  readonly bootId?: string | null;
  readonly sentinel?: Sentinel;
}

/** Of a node, as its newest report says. */
export interface NodeHost {
  readonly reportedMs: number;
  readonly uptimeSeconds: number;
  /** Null where it is not known. */
  readonly bootId: string | null;
  readonly sentinel: Sentinel;
}

const BOOT_ID = /^[0-9a-zA-Z-]{1,64}$/;
const NOT_KNOWN: Sentinel = { state: 'unknown', changedMs: null };

/** The key `host` of a report. What is not of the right kind is not known: it is no reason to refuse the report. */
export function hostFactsIn(found: unknown): { readonly host?: HostFacts } {
  if (!isRecord(found)) return {};
  const { bootId, sentinel } = found;
  return {
    host: {
      ...(bootId === undefined ? {} : { bootId: isBootId(bootId) ? bootId : null }),
      ...(sentinel === undefined ? {} : { sentinel: sentinelOf(sentinel) }),
    },
  };
}

/** As it is answered: what was not asked for is not known either. */
export function knownHost({ bootId = null, sentinel = NOT_KNOWN }: HostFacts): Pick<NodeHost, 'bootId' | 'sentinel'> {
  return { bootId, sentinel };
}

function isBootId(found: unknown): found is string {
  return typeof found === 'string' && BOOT_ID.test(found);
}

function sentinelOf(found: unknown): Sentinel {
  if (!isRecord(found)) return NOT_KNOWN;
  const state = SENTINEL_STATES.find((one) => one === found['state']);
  if (state !== 'present') return { state: state ?? 'unknown', changedMs: null };
  const { changedMs } = found;
  return { state, changedMs: typeof changedMs === 'number' && Number.isSafeInteger(changedMs) ? changedMs : null };
}
