/** The samples of a run as a table: a line for each time that another set of versions ran. */

import { SAMPLED, type Sample } from './sample.ts';

/** Times in seconds since the first sample. */
export function versionTable(samples: readonly Sample[]): string {
  const [first] = samples;
  if (first === undefined) return 'no samples';
  const lines: string[] = [];
  for (const cluster of new Set(samples.map((sample) => sample.cluster))) {
    let before = '';
    for (const sample of samples.filter((one) => one.cluster === cluster)) {
      const versions = SAMPLED.map((component) => `${component} ${tally(sample, component)}`).join('; ');
      if (versions !== before) lines.push(`${seconds(sample.atMs - first.atMs)} ${cluster}: ${versions}`);
      before = versions;
    }
  }
  return lines.join('\n');
}

/** For example `2 v1.36.3, 1 v1.37.2`. */
function tally({ readings }: Sample, component: string): string {
  const counts = new Map<string, number>();
  for (const { version } of readings.filter((reading) => reading.component === component)) {
    counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  const parts = [...counts].toSorted(([one], [other]) => one.localeCompare(other));
  return parts.length === 0 ? 'none' : parts.map(([version, count]) => `${count} ${version}`).join(', ');
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`.padStart(9);
}
