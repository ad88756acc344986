/** `npm run release:chart -- --out DIR [--url URL] [--unreleased]`: packs the chart for a chart repository. */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resolveTool } from '../sandbox/tools/resolve-tool.ts';
import { releaseChart } from './release-chart.ts';
import { ReleaseProblem } from './release-problem.ts';

const EXIT_FAILED = 1;
/** From sysexits.h. */
const EXIT_USAGE = 64;

const USAGE = `usage: npm run release:chart -- --out DIR [--url URL] [--unreleased]
  --out DIR      folder of the repository: the package goes there and into its index.yaml, beside earlier versions
  --url URL      where that folder is served; without it the index names the packages relative to itself
  --unreleased   although CHANGELOG.md has no section for the version yet
`;

interface Arguments {
  readonly out: string;
  readonly url: string | null;
  readonly unreleased: boolean;
}

/** Null where the arguments are wrong. */
function readArguments(args: readonly string[]): Arguments | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { out: { type: 'string' }, url: { type: 'string' }, unreleased: { type: 'boolean', default: false } },
    });
    const { out, url = null, unreleased } = values;
    const isWrong = out === undefined || out === '' || (url !== null && !/^https?:\/\/./.test(url));
    return isWrong ? null : { out, url, unreleased };
  } catch {
    return null;
  }
}

async function main(args: readonly string[]): Promise<number> {
  const chosen = readArguments(args);
  if (chosen === null) {
    process.stderr.write(USAGE);
    return EXIT_USAGE;
  }
  const root = fileURLToPath(new URL('../', import.meta.url));
  try {
    const { file, sha256, kind, versions } = await releaseChart({ ...chosen, root, helm: await resolveTool('helm') });
    const done = kind === 'added' ? 'added' : 'there already, unchanged';
    process.stdout.write(`${file}: ${done}\nsha256 ${sha256}\nversions in the index: ${versions.join(', ')}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ReleaseProblem)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT_FAILED;
  }
}

process.exitCode = await main(process.argv.slice(2));
