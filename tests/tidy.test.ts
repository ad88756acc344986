/** House rules that no other tool checks: what may import what, names, sizes, and that every rule has its proof. */

import { posix } from 'node:path';
import { expect, test } from '@jest/globals';
import { loadMutations } from './mutations/load-mutations.ts';
import { occurrences } from './mutations/mutation.ts';
import { importCycle } from './tidy/import-cycle.ts';
import { importProblem } from './tidy/import-table.ts';
import { readRepositoryFile, repositoryFiles, sourceFiles } from './tidy/repository-files.ts';
import { sourceFacts } from './tidy/source-facts.ts';

/** The rules of healing; each needs a test that names it and a mutation that turns a test red. */
const HEALING_RULES = Array.from({ length: 19 }, (_, index) => `H${index + 1}`);

/** The rules of the proof by effect that are built; each needs a test that names it. */
const EFFECT_RULES = [...numbers(1, 16), 19, ...numbers(21, 27), 40, 44, 45, 47, ...numbers(48, 51)].map(
  (number) => `E${number}`,
);

/** Those of them that decide what a pod proves: each needs a mutation, too. */
const JUDGING_RULES = numbers(2, 15).map((number) => `E${number}`);

/** The rules of maintenance and privileges that are built; each needs a test that names it and a mutation. */
const MAINTENANCE_RULES = numbers(49, 52).map((number) => `M${number}`);

const LINES_MAX = 200;
const TEST_LINES_MAX = 400;
/** Files that may be longer, each with its reason. */
const LONGER_FILES: Readonly<Record<string, string>> = {};

/** Default exports that a tool asks for. */
const DEFAULT_EXPORT_FILES = /^(tests\/reporters\/|tests\/order\/longest-first|oxlint\.config\.ts$)/;

const FORBIDDEN_NAMES = /(^|-)(utils?|helpers?|common|misc)(\.|$)/;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/;

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

function parseManifest(text: string): Manifest {
  return JSON.parse(text) as Manifest;
}

const sources = sourceFiles();
const facts = new Map(sources.map((file) => [file, sourceFacts(file)]));
const imports = [...facts.values()].flatMap((fact) => fact.imports);

test('every file imports only what its folder may', () => {
  expect(imports.map(importProblem).filter((problem) => problem !== null)).toEqual([]);
});

test('no import leads outside the repository or to a file that is not there', () => {
  const known = new Set(repositoryFiles());
  const files = imports.filter(({ target }) => target.kind === 'file');
  expect(files.filter(({ target }) => !known.has(target.name))).toEqual([]);
});

test('no cycle among imports, those of types included', () => {
  const graph = new Map(
    [...facts].map(([file, fact]) => [
      file,
      fact.imports.filter((one) => one.target.kind === 'file').map((one) => one.target.name),
    ]),
  );
  expect(importCycle(graph)).toBeNull();
});

test('the cycle check sees a cycle', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', []],
    ['d', ['b']],
  ]);
  expect(importCycle(graph)).toEqual(['b', 'd', 'b']);
});

test.each([
  { file: 'workflows/a.ts', target: 'activities/index.ts', typesOnly: false, allowed: false },
  { file: 'workflows/a.ts', target: 'activities/index.ts', typesOnly: true, allowed: true },
  { file: 'domain/a.ts', target: 'contracts/names.ts', typesOnly: true, allowed: false },
  { file: 'starter/a.ts', target: 'worker/a.ts', typesOnly: true, allowed: false },
  { file: 'starter/a.ts', target: 'runtime/a.ts', typesOnly: false, allowed: true },
  { file: 'starter/a.ts', target: 'activities/index.ts', typesOnly: false, allowed: false },
  { file: 'runtime/a.ts', target: 'kubernetes/a.ts', typesOnly: false, allowed: false },
  { file: 'runtime/a.ts', target: 'temporal/a.ts', typesOnly: true, allowed: false },
  { file: 'workflows/healing/a.ts', target: 'temporal/a.ts', typesOnly: true, allowed: false },
  { file: 'domain/healing/a.ts', target: 'domain/connectivity/a.ts', typesOnly: true, allowed: false },
  { file: 'domain/healing/a.ts', target: 'domain/node/a.ts', typesOnly: false, allowed: true },
  { file: 'workflows/connectivity/a.ts', target: 'contracts/healing/a.ts', typesOnly: false, allowed: true },
  { file: 'workflows/connectivity/a.ts', target: 'domain/healing/a.ts', typesOnly: false, allowed: false },
  { file: 'cli/connectivity/a.ts', target: 'domain/privileges/a.ts', typesOnly: true, allowed: false },
])('the import table: $file, $target, types only $typesOnly: $allowed', ({ file, target, typesOnly, allowed }) => {
  const problem = importProblem({ file, target: { kind: 'file', name: target }, typesOnly });
  expect(problem === null).toBe(allowed);
});

test.each([
  { file: 'domain/a.ts', name: 'node:fs', allowed: false },
  { file: 'workflows/a.ts', name: '@temporalio/workflow', allowed: true },
  { file: 'workflows/a.ts', name: '@temporalio/client', allowed: false },
  { file: 'worker/a.ts', name: '@kubernetes/client-node', allowed: false },
  { file: 'kubernetes/a.ts', name: '@kubernetes/client-node', allowed: true },
  { file: 'starter/a.ts', name: '@temporalio/client', allowed: false },
  { file: 'temporal/a.ts', name: '@temporalio/client', allowed: true },
])('the import table: $file, package $name: $allowed', ({ file, name, allowed }) => {
  expect(importProblem({ file, target: { kind: 'package', name }, typesOnly: false }) === null).toBe(allowed);
});

test('every package that is imported is a dependency, and every dependency is imported', () => {
  const { dependencies, devDependencies } = parseManifest(readRepositoryFile('package.json'));
  const packages = imports.filter(({ target }) => target.kind === 'package' && !target.name.startsWith('node:'));
  const product = packages.filter(
    ({ file }) => !file.endsWith('.test.ts') && !/^((tests|bench|sandbox)\/|[^/]*$)/.test(file),
  );
  const names = (facts: typeof packages) => [...new Set(facts.map(({ target }) => target.name))].toSorted();
  expect(names(packages).filter((name) => !(name in dependencies) && !(name in devDependencies))).toEqual([]);
  expect(names(product)).toEqual(Object.keys(dependencies).toSorted());
});

test('no file is longer than its limit', () => {
  const tooLong = sources.filter((file) => {
    const limit = file.endsWith('.test.ts') ? TEST_LINES_MAX : LINES_MAX;
    return LONGER_FILES[file] === undefined && readRepositoryFile(file).split('\n').length - 1 > limit;
  });
  expect(tooLong).toEqual([]);
});

test('every file starts with a comment that says what it is for', () => {
  expect(sources.filter((file) => !/^(#!.*\n)?\/\*\*/.test(readRepositoryFile(file)))).toEqual([]);
});

test('file names are kebab-case and name a subject', () => {
  const wrong = sources.filter((file) => {
    const name = posix.basename(file);
    return !KEBAB_CASE.test(name.replace('.config.', '-config.')) || FORBIDDEN_NAMES.test(name);
  });
  expect(wrong).toEqual([]);
});

test('no export *, no default export, no enum', () => {
  const wrong = [...facts].flatMap(([file, fact]) =>
    fact.forbidden
      .filter((word) => word !== 'export default' || !DEFAULT_EXPORT_FILES.test(file))
      .map((word) => `${file}: ${word}`),
  );
  expect(wrong).toEqual([]);
});

test('no file carries the address of a package registry or a path of somebody’s machine', () => {
  // The escapes keep this file from matching itself.
  const pattern =
    /registry\.npmjs\.org|npm\.pkg\.github|proxy\.golang\.org|repo1?\.maven\.|(?<![\w.$}~])\/(?:root|work|(?:home|Users)\/[a-z]+)\/[a-z.]/i;
  const generated = /^(LICENSE|package-lock\.json|tools\/.*\.sum|tests\/replay\/histories\/.*)$|\.(png|svg|tgz)$/;
  const wrong = repositoryFiles().filter((file) => !generated.test(file) && pattern.test(readRepositoryFile(file)));
  expect(wrong).toEqual([]);
  expect(readRepositoryFile('package-lock.json')).not.toContain('"resolved": "http');
});

test('no service for continuous integration is configured: .ci/run is the entry', () => {
  const services = /^(\.github\/workflows\/|\.gitlab-ci|\.circleci\/|\.travis|azure-pipelines|Jenkinsfile)/;
  expect(repositoryFiles().filter((file) => services.test(file))).toEqual([]);
});

test('a title that begins with rules names them as "H2: …" or "H2, H10: …", or they would not be counted', () => {
  const rule = `(${HEALING_RULES.join('|')}|[EM]\\d+)`;
  const named = new RegExp(`^${rule}(, ${rule})*: `);
  const wrong = [...facts].flatMap(([file, { testTitles }]) =>
    testTitles.filter((title) => /^\W*[HEM]\d/.test(title) && !named.test(title)).map((title) => `${file}: ${title}`),
  );
  expect(wrong).toEqual([]);
});

test.each([...HEALING_RULES, ...EFFECT_RULES, ...MAINTENANCE_RULES])('%s: the rule is named by a test', (rule) => {
  const named = new RegExp(`^([HEM]\\d+, )*${rule}(, [HEM]\\d+)*: `);
  const tests = [...facts].filter(
    ([file, fact]) => file !== 'tests/tidy.test.ts' && fact.testTitles.some((title) => named.test(title)),
  );
  expect(tests.map(([file]) => file)).not.toEqual([]);
});

const mutations = await loadMutations();

test.each([...HEALING_RULES, ...JUDGING_RULES, ...MAINTENANCE_RULES])('%s: the rule has a mutation', (rule) => {
  expect(mutations.filter((mutation) => mutation.id === rule)).not.toEqual([]);
});

test('the text that a mutation replaces occurs exactly once, and its test is there', () => {
  const known = new Set(repositoryFiles());
  const wrong = mutations.flatMap(({ id, file, find, replace, test: proof }) => {
    if (!known.has(file) || !known.has(proof.path)) return [`${id}: ${file} or ${proof.path} is not there`];
    const count = occurrences(readRepositoryFile(file), find);
    if (count !== 1) return [`${id}: ${JSON.stringify(find)} occurs ${count} times in ${file}`];
    return find === replace ? [`${id}: the mutation of ${file} changes nothing`] : [];
  });
  expect(wrong).toEqual([]);
});

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
