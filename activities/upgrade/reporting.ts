/** Writes the report of an upgrade, as JSON and as Markdown: it outlives what Temporal keeps (M46). */

import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { UpgradeReport } from '../../contracts/upgrade/cluster-status.ts';
import { reportMarkdown, reportName } from '../../domain/upgrade/report.ts';
import type { UpgradeActivityDeps } from './deps.ts';

/** Each file is put in place whole: a second try writes it again. */
export async function writeReport(
  { settings: { reportFolder: folder } }: Pick<UpgradeActivityDeps, 'settings'>,
  report: UpgradeReport,
): Promise<readonly string[]> {
  if (folder === null) return [];
  await mkdir(folder, { recursive: true });
  const name = reportName(report);
  const contents = { [`${name}.json`]: `${JSON.stringify(report, null, 2)}\n`, [`${name}.md`]: reportMarkdown(report) };
  for (const [file, content] of Object.entries(contents)) {
    const path = join(folder, file);
    await writeFile(`${path}.new`, content);
    await rename(`${path}.new`, path);
  }
  return Object.keys(contents);
}
