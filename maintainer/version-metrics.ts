/** How many instances of each component run in each version, by what the maintainer reads anyway. */

import { Gauge, type Registry } from 'prom-client';

import type { MaintenanceActivityDeps } from '../activities/maintenance/deps.ts';
import type { UpgradeActivityDeps } from '../activities/upgrade/deps.ts';

type VersionHooks = Required<Pick<MaintenanceActivityDeps, 'onKubelets'> & Pick<UpgradeActivityDeps, 'onVersions'>>;

/**
 * The guard reads the kubelets every ten minutes at least, an upgrade everything before each of its steps; each on any one of the
 * maintainers. After this time none goes on to show what another one has seen otherwise.
 */
const SHOWN_MS = 660_000;
/** Of each component; what is rarer is counted as `other`. */
const VERSIONS_MAX = 10;
const OTHER = 'other';

export function createVersionMetrics(registry: Registry, now: () => number = () => performance.now()): VersionHooks {
  const seen = new Map<string, { readonly counts: ReadonlyMap<string, number>; readonly untilMs: number }>();
  registry.registerMetric(
    new Gauge({
      name: 'vigilante_versions',
      help: 'Instances of a component by the version that runs, as of the last look on this maintainer. What cannot be read is not a version.',
      labelNames: ['component', 'version'],
      registers: [],
      collect() {
        this.reset();
        for (const [component, { counts, untilMs }] of seen) {
          if (now() < untilMs) for (const [version, count] of counts) this.set({ component, version }, count);
        }
      },
    }),
  );
  function saw(component: string, versions: readonly string[]): void {
    seen.set(component, { counts: boundedCounts(versions), untilMs: now() + SHOWN_MS });
  }
  return {
    onKubelets: (versions) => saw('kubelet', versions),
    onVersions(running) {
      for (const [component, found] of Map.groupBy(running, (one) => one.component)) {
        saw(
          component,
          found.map(({ version }) => version),
        );
      }
    },
  };
}

/** The most frequent ones by name, the first in the alphabet where two are equally so. */
function boundedCounts(versions: readonly string[]): ReadonlyMap<string, number> {
  const counts = [...Map.groupBy(versions, (version) => version)]
    .map(([version, { length }]) => [version, length] as const)
    .sort(([one, count], [other, otherCount]) => otherCount - count || one.localeCompare(other));
  const named = new Map(counts.slice(0, VERSIONS_MAX));
  const rest = counts.slice(VERSIONS_MAX).reduce((sum, [, count]) => sum + count, 0);
  return rest === 0 ? named : named.set(OTHER, rest);
}
