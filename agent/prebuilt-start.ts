/** Starts the agent that `agent/build-agent.ts` built: in an image as it is, in a checkout only if it fits the sources. */

import { existsSync, readFileSync } from 'node:fs';

import type * as agent from './main.ts';

interface Built {
  readonly files: readonly string[];
  readonly digest: string;
}

/** The folder above `build/agent/agent`. */
const CHECKOUT = new URL('../../../', import.meta.url);

function parseBuilt(text: string): Built {
  return JSON.parse(text) as Built;
}

async function fitsSources(): Promise<boolean> {
  const { files, digest } = parseBuilt(readFileSync(new URL('../sources.json', import.meta.url), 'utf8'));
  if (!existsSync(new URL('agent/main.ts', CHECKOUT))) return true;
  if (!files.every((file) => existsSync(new URL(file, CHECKOUT)))) return false;
  // Only here: hashing takes some megabytes, which an image can spare.
  const { sourcesDigest } = await import('./sources-digest.ts');
  return sourcesDigest(CHECKOUT, files) === digest;
}

async function load(): Promise<typeof agent> {
  if (await fitsSources()) return import('./main.ts');
  process.stderr.write('the prebuilt agent is not of these sources (npm run build): running the sources\n');
  return (await import(new URL('agent/main.ts', CHECKOUT).href)) as typeof agent;
}

const { main } = await load();
process.exit(await main(process.argv.slice(2)));
