/** Gauges of what the last look of this process has seen. */

import { Gauge, type Registry } from 'prom-client';

export interface LookGauges<Sample> {
  /** Without samples where no look is young enough. */
  readonly add: (name: string, help: string, labelNames: string[], set: (of: Gauge, sample: Sample) => void) => void;
  readonly saw: (sample: Sample) => void;
}

/** Each look may run on any replica: after `shownMs` none goes on to show what another one has seen otherwise. */
export function createLookGauges<Sample>(
  registry: Registry,
  { shownMs, now }: { readonly shownMs: number; readonly now: () => number },
): LookGauges<Sample> {
  let seen: { readonly sample: Sample; readonly untilMs: number } | null = null;
  return {
    add(name, help, labelNames, set) {
      registry.registerMetric(
        new Gauge({
          name,
          help: `${help}, as of the last look of this process.`,
          labelNames,
          registers: [],
          collect() {
            this.reset();
            if (seen !== null && now() < seen.untilMs) set(this, seen.sample);
          },
        }),
      );
    },
    saw(sample) {
      seen = { sample, untilMs: now() + shownMs };
    },
  };
}
