/** What the maintainer measures of the soak of an upgrade. */

import { Counter, type Registry } from 'prom-client';

import type { SoakDeps } from '../activities/upgrade/soak.ts';
import { createLookGauges } from '../runtime/look-gauges.ts';

type Sample = Parameters<SoakDeps['onSoak']>[0];

export interface SoakMetricsOptions {
  /** From one look to the next. */
  readonly intervalMs: number;
  readonly now?: () => number;
}

/** A look begins one interval after the one before, and takes a little itself. */
const SHOWN_INTERVALS = 1.25;

export function createSoakMetrics(
  registry: Registry,
  { intervalMs, now = () => performance.now() }: SoakMetricsOptions,
): SoakDeps['onSoak'] {
  const { add: gauge, saw } = createLookGauges<Sample>(registry, { shownMs: SHOWN_INTERVALS * intervalMs, now });
  gauge('vigilante_soak_proven_seconds', 'Time that is proven free of alerts', [], (of, { provenMs }) =>
    of.set(provenMs / 1_000),
  );
  gauge('vigilante_soak_remaining_seconds', 'Time that is still to be proven', [], (of, { remainingMs }) =>
    of.set(remainingMs / 1_000),
  );
  gauge('vigilante_soak_blind', 'Whether nothing is known of the time before', [], (of, { isBlind }) =>
    of.set(Number(isBlind)),
  );
  const resets = new Counter({
    name: 'vigilante_soak_resets_total',
    help: 'How often a soak began again, because of an alert or of unknown time.',
    registers: [registry],
  });
  return (sample) => {
    resets.inc(sample.newResets);
    saw(sample);
  };
}
