/** The parts `reheal`, `relapse` and `storm` of `healing`: what becomes of a node once it is marked. */

import { z } from 'zod';

import { RELAPSE_LIMITS } from '../../contracts/healing/onboard-node.ts';
import type { Finish } from '../../domain/healing/early-finish.ts';
import { RELAPSE_WATCHES } from '../../domain/healing/relapse.ts';
import { REHEAL_REASONS, type RehealReason } from '../../domain/node/mark.ts';
import { choice, duration, key, wholeNumber } from './keys.ts';

const RelapseKeys = z.strictObject({
  watch: choice({
    about:
      'With finish: proven how long a marked node is still probed for a relapse: not at all, until the end of its window, or for ever',
    of: RELAPSE_WATCHES,
    fallback: 'window',
  }),
  interval: duration({
    about: 'From one probe of a marked node to the next until the end of its window',
    minMs: RELAPSE_LIMITS.intervalMs.min,
    maxMs: RELAPSE_LIMITS.intervalMs.max,
    fallback: '5m',
  }),
  intervalLater: duration({
    about: 'The same after the end of the window, with watch: always',
    minMs: RELAPSE_LIMITS.intervalLaterMs.min,
    maxMs: RELAPSE_LIMITS.intervalLaterMs.max,
    fallback: '1h',
  }),
  refutedInARow: wholeNumber({
    about:
      "Pods in a row that must have the node's address before its mark is taken back; silence or another address never does that",
    ...RELAPSE_LIMITS.refutedInARow,
    fallback: 2,
  }),
});

export const RelapseConfigSchema = RelapseKeys.transform(({ interval, intervalLater, ...rest }) => ({
  ...rest,
  intervalMs: interval,
  intervalLaterMs: intervalLater,
}));

const PERCENTAGE = /^(100|[1-9]?\d)%$/;
const HOUR_MS = 3_600_000;

const StormKeys = z.strictObject({
  relapsesMax: key(
    z
      .string()
      .regex(PERCENTAGE)
      .default('10%')
      .transform((text) => Number(text.slice(0, -1)) / 100),
    {
      about: 'Share of the nodes that may lose their marks within relapsesPer; the others keep theirs, with an Event',
      allowed: 'a percentage such as 10%, from 0% to 100%',
      fallback: '10%',
    },
  ),
  relapsesMin: wholeNumber({ about: 'So many may in any case', min: 1, max: 10_000, fallback: 3 }),
  relapsesPer: duration({
    about: 'For how long a relapse counts',
    minMs: 1_000,
    maxMs: 24 * HOUR_MS,
    fallback: '10m',
  }),
});

export const StormConfigSchema = StormKeys.transform(({ relapsesPer: relapsesPerMs, ...rest }) => ({
  ...rest,
  relapsesPerMs,
}));

/** Of a node that is marked by proof: what the proof was true for. */
const REHEAL_DEFAULT = {
  window: [],
  proven: ['machine', 'boot', 'image'],
} as const satisfies Readonly<Record<Finish, readonly RehealReason[]>>;

/** In an object of its own, as it may get more keys. */
export const RehealConfigSchema = z.strictObject({
  on: key(z.array(z.enum(REHEAL_REASONS)).max(REHEAL_REASONS.length).optional(), {
    about:
      'What must have changed since the mark so that a node is healed again: its machine, its boot, its kernel, operating system or node image, or that it was not Ready; other changes are only reported',
    allowed: `a list of ${REHEAL_REASONS.join(', ')}`,
    fallback: `[${REHEAL_DEFAULT.proven.join(', ')}] with finish: proven, else []`,
  }),
});

/** What is not said follows from how a heal ends. */
export function rehealOf(
  { on }: z.output<typeof RehealConfigSchema>,
  finish: Finish,
): { readonly on: readonly RehealReason[] } {
  return { on: on ?? REHEAL_DEFAULT[finish] };
}
