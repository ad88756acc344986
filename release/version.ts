/** Whether the repository is ready for a release: chart, package and changelog name one version. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ReleaseProblem } from './release-problem.ts';

export interface VersionRules {
  /** Take the version although CHANGELOG.md has no section for it yet. */
  readonly unreleased: boolean;
}

const PackageSchema = z.object({ version: z.string() });
const ChartSchema = z.object({ name: z.string(), version: z.string(), appVersion: z.string() });

/** The version of the repository in `root`. Throws `ReleaseProblem` with all that does not fit. */
export async function versionToRelease(root: string, { unreleased }: VersionRules): Promise<string> {
  const { version } = PackageSchema.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const chart = ChartSchema.parse(parse(await readFile(join(root, 'charts/vigilante/Chart.yaml'), 'utf8')));
  const problems = (['version', 'appVersion'] as const)
    .filter((key) => chart[key] !== version)
    .map((key) => `charts/vigilante/Chart.yaml has ${key} ${chart[key]}, package.json has version ${version}`);
  const released = releasedVersions(await readFile(join(root, 'CHANGELOG.md'), 'utf8'));
  if (!unreleased && !released.includes(version)) {
    problems.push(
      `CHANGELOG.md has no line "## [${version}] - YYYY-MM-DD": give the section Unreleased that title, or use --unreleased for a trial`,
    );
  }
  if (problems.length > 0) throw new ReleaseProblem(`nothing was released:\n  ${problems.join('\n  ')}`);
  return version;
}

/** Those that have a section with a date. */
export function releasedVersions(changelog: string): readonly string[] {
  return [...changelog.matchAll(/^## \[(\d[^\]]*)\] - \d{4}-\d{2}-\d{2}$/gm)].map(([, version]) => version ?? '');
}
