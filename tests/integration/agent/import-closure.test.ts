/** What is loaded for an agent: no package, and only modules of Node that are there on Windows as well. */

import { expect, test } from '@jest/globals';
import { readRepositoryFile } from '../../tidy/repository-files.ts';
import { sourceFacts } from '../../tidy/source-facts.ts';

const ALLOWED = ['dns/promises', 'fs', 'http', 'https', 'net', 'os', 'path', 'timers/promises', 'url'].map(
  (name) => `node:${name}`,
);
/** Loaded in a checkout, to see whether what was built fits the sources. */
const ALLOWED_IN_CHECKOUT = [...ALLOWED, 'node:crypto'];

/** Files of the repository and all other modules that a file loads, itself and by what it loads. */
function closureOf(start: string): { files: string[]; modules: string[] } {
  const files = new Set([start]);
  const modules = new Set<string>();
  for (const file of files) {
    for (const { target, typesOnly } of sourceFacts(file).imports) {
      if (!typesOnly) (target.kind === 'file' ? files : modules).add(target.name);
    }
    for (const [, name = ''] of readRepositoryFile(file).matchAll(/getBuiltinModule\('([^']+)'\)/g)) modules.add(name);
  }
  return { files: [...files].toSorted(), modules: [...modules].toSorted() };
}

test('an agent loads no package, and of Node only what it needs', () => {
  expect(closureOf('agent/main.ts').modules).toEqual(ALLOWED);
  expect(closureOf('agent/prebuilt-start.ts').modules).toEqual(ALLOWED_IN_CHECKOUT.toSorted());
});

test('no file of an agent reads what only Unix has', () => {
  const { files: all } = closureOf('agent/prebuilt-start.ts');
  // Each is asked for by a flag; elsewhere it reports that there is no such folder, or that nothing is known.
  const asked = /^agent\/(privileges\/|reboot-facts\.ts$)/;
  const files = all.filter((file) => !asked.test(file));
  expect(files.length).toBeGreaterThan(15);
  const unixOnly = /['"`]\/(proc|sys|etc|dev|var|tmp)\b|process\.(get|set)e?(u|g)id|child_process|execve/;
  expect(files.filter((file) => unixOnly.test(readRepositoryFile(file)))).toEqual([]);
});

test('node:http is never imported: that would load its whole surface, twelve megabytes', () => {
  const { files } = closureOf('agent/prebuilt-start.ts');
  const imported = files.flatMap((file) => sourceFacts(file).imports).filter(({ typesOnly }) => !typesOnly);
  expect(imported.map(({ target }) => target.name).filter((name) => /^node:https?$/.test(name))).toEqual([]);
});

test('the closure sees packages where there are any', () => {
  expect(closureOf('worker/main.ts').modules).toEqual(expect.arrayContaining(['pino', '@temporalio/worker']));
});
