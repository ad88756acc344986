/**
 * Writes the agent as plain JavaScript: `node agent/build-agent.ts`, then `node build/agent/main.js`.
 *
 * Node runs TypeScript with a compiler that stays in memory, which costs more than the agent itself.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

import { sourcesDigest } from './sources-digest.ts';

const ROOT = new URL('../', import.meta.url);
const START = 'agent/prebuilt-start.ts';
/** `from './x.ts'`, `import './x.ts'` and `import('./x.ts')` of code without types. */
const RELATIVE_IMPORT = /(\b(?:from|import)\s*\(?\s*')(\.\.?\/[^']+)\.ts'/g;

const folder = join(fileURLToPath(ROOT), 'build', 'agent');
const code = javaScriptOf(START);
rmSync(folder, { recursive: true, force: true });
for (const [file, text] of code) write(file.replace(/\.ts$/, '.js'), text);
const files = [...code.keys()].toSorted();
write('sources.json', JSON.stringify({ files, digest: sourcesDigest(ROOT, files) }));
write('package.json', JSON.stringify({ type: 'module' }));
write('main.js', `import './${START.replace(/\.ts$/, '.js')}';\n`);
process.stdout.write(`${join(folder, 'main.js')}\n`);

/** The file and all that it imports, without types, by the path of its source. */
function javaScriptOf(start: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const wanted = [start];
  for (let file = wanted.pop(); file !== undefined; file = wanted.pop()) {
    if (found.has(file)) continue;
    const plain = stripTypeScriptTypes(readFileSync(new URL(file, ROOT), 'utf8'));
    for (const [, , path = ''] of plain.matchAll(RELATIVE_IMPORT)) {
      wanted.push(posix.join(posix.dirname(file), `${path}.ts`));
    }
    found.set(file, plain.replaceAll(RELATIVE_IMPORT, "$1$2.js'"));
  }
  return found;
}

function write(file: string, text: string): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
