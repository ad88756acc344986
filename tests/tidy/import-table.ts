/** Which file may import which: the tables of docs/ARCHITECTURE.md as data, for the lint and for the tidy test. */

export interface FolderRule {
  /** Top-level folders whose values may be imported. The folder itself always may. */
  readonly values: readonly string[];
  /** Top-level folders of which only types may be imported. */
  readonly typesOnly: readonly string[];
  /** Packages and Node's modules; a trailing `/` or `:` allows everything that starts so. `*`: any but `OWNED_PACKAGES`. */
  readonly packages: readonly string[];
}

/** Packages with a folder of their own. Other folders import only their types, or nothing of them. */
export const OWNED_PACKAGES: Readonly<
  Record<string, { readonly owner: string; readonly elsewhere: 'types' | 'nothing' }>
> = {
  '@kubernetes/client-node': { owner: 'kubernetes', elsewhere: 'nothing' },
  '@temporalio/client': { owner: 'temporal', elsewhere: 'types' },
};

const PROCESS: FolderRule = {
  values: ['domain', 'contracts', 'config', 'kubernetes', 'temporal', 'runtime'],
  typesOnly: ['workflows'],
  packages: ['*'],
};

/** Free to import everything: they check or measure the rest. */
export const FREE_FOLDERS: readonly string[] = ['tests', 'bench', 'bin'];

export const FOLDER_RULES: Readonly<Record<string, FolderRule>> = {
  // Pure, too: it reads and writes addresses.
  domain: { values: [], typesOnly: [], packages: ['ipaddr.js'] },
  contracts: { values: ['domain'], typesOnly: [], packages: ['zod', '@temporalio/common', '@temporalio/workflow'] },
  config: {
    values: ['domain', 'contracts'],
    typesOnly: [],
    packages: ['zod', 'yaml', '@temporalio/envconfig', 'node:'],
  },
  workflows: { values: ['domain', 'contracts'], typesOnly: ['activities'], packages: ['@temporalio/workflow'] },
  kubernetes: {
    values: ['domain', 'contracts'],
    typesOnly: ['config'],
    packages: ['@kubernetes/client-node', 'undici', 'node:'],
  },
  activities: {
    values: ['domain', 'contracts', 'kubernetes'],
    typesOnly: ['config'],
    packages: ['@temporalio/activity', '@temporalio/common', 'p-map', 'node:'],
  },
  runtime: { values: ['domain', 'contracts', 'config'], typesOnly: [], packages: ['*'] },
  temporal: {
    values: ['domain', 'contracts', 'config', 'runtime'],
    typesOnly: ['workflows'],
    packages: ['@temporalio/', '@grpc/grpc-js', 'p-map', 'node:'],
  },
  worker: { ...PROCESS, values: [...PROCESS.values, 'activities'] },
  maintainer: { ...PROCESS, values: [...PROCESS.values, 'activities'] },
  // Reaches no cluster: no place holds the credentials of all of them.
  fleet: {
    ...PROCESS,
    values: ['domain', 'contracts', 'config', 'temporal', 'runtime', 'activities'],
  },
  starter: PROCESS,
  collector: PROCESS,
  agent: PROCESS,
  cli: PROCESS,
  // Runs outside the cluster, where it is to be asked from.
  echo: { values: ['domain', 'contracts', 'config', 'runtime'], typesOnly: [], packages: ['*'] },
  sandbox: PROCESS,
  // Given to Node as text, in a pod.
  charts: { values: [], typesOnly: [], packages: ['node:'] },
  release: { values: ['sandbox'], typesOnly: [], packages: ['yaml', 'zod', 'node:'] },
};

/** Folders of the second level that have the same name in every layer. */
export const CAPABILITIES = ['healing', 'connectivity', 'maintenance', 'privileges', 'upgrade'] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** What a capability imports of another one: `LAYER/CAPABILITY`. */
export const CAPABILITY_EXCEPTIONS: Readonly<Partial<Record<Capability, readonly string[]>>> = {
  // The watch of the connectivity can restart a heal.
  connectivity: ['contracts/healing'],
  // What agents report of processes is part of their report.
  privileges: ['contracts/connectivity'],
  // An upgrade is made of maintenances, by their rules.
  upgrade: ['contracts/maintenance', 'domain/maintenance', 'activities/maintenance', 'kubernetes/maintenance'],
};

/** What a unit test beside the code may import on top of its folder's packages. */
const TEST_PACKAGES: readonly string[] = ['@jest/globals', 'fast-check', '@temporalio/testing', 'node:'];

export interface ImportFact {
  /** The importing file, relative to the repository. */
  readonly file: string;
  /** Another file of the repository, or the name of a package. */
  readonly target: { readonly kind: 'file' | 'package'; readonly name: string };
  readonly typesOnly: boolean;
}

/** Says what is wrong with an import; null where it is allowed. */
export function importProblem(fact: ImportFact): string | null {
  const folder = folderAt(fact.file, 0);
  if (folder === null || FREE_FOLDERS.includes(folder)) return null;
  const rule = FOLDER_RULES[folder];
  if (rule === undefined) return `${fact.file}: folder ${folder}/ is not in the import table`;
  if (fact.target.kind === 'package') return packageProblem(fact, { folder, rule });
  return layerProblem(fact, { folder, rule }) ?? capabilityProblem(fact);
}

interface Importer {
  readonly folder: string;
  readonly rule: FolderRule;
}

function layerProblem(fact: ImportFact, { folder, rule }: Importer): string | null {
  const target = folderAt(fact.target.name, 0);
  if (target === folder || isFixture(fact)) return null;
  if (target !== null && rule.values.includes(target)) return null;
  if (target !== null && rule.typesOnly.includes(target)) {
    return fact.typesOnly ? null : `${fact.file}: imports values from ${fact.target.name}, only types are allowed`;
  }
  return `${fact.file}: ${folder}/ must not import ${fact.target.name}`;
}

/** A unit test beside the code may use what is in `tests/fixtures/`. */
function isFixture({ file, target }: ImportFact): boolean {
  return file.endsWith('.test.ts') && target.name.startsWith('tests/fixtures/');
}

function capabilityProblem({ file, target }: ImportFact): string | null {
  const own = capabilityOf(file);
  const other = capabilityOf(target.name);
  if (own === null || other === null || own === other) return null;
  if (CAPABILITY_EXCEPTIONS[own]?.includes(`${folderAt(target.name, 0)}/${other}`) === true) return null;
  return `${file}: ${own} must not import ${target.name} of ${other}`;
}

function capabilityOf(file: string): Capability | null {
  const folder = folderAt(file, 1);
  return CAPABILITIES.find((capability) => capability === folder) ?? null;
}

function packageProblem(fact: ImportFact, { folder, rule }: Importer): string | null {
  const { name } = fact.target;
  const owned = OWNED_PACKAGES[name];
  const isElsewhere = owned !== undefined && owned.owner !== folder;
  if (isElsewhere && owned.elsewhere === 'types' && !fact.typesOnly && !fact.file.endsWith('.test.ts')) {
    return `${fact.file}: imports values of ${name}, which only ${owned.owner}/ may`;
  }
  const extra = fact.file.endsWith('.test.ts') ? TEST_PACKAGES : [];
  const allowed = [...rule.packages, ...extra].some((entry) => {
    if (entry === '*') return !isElsewhere || owned.elsewhere === 'types';
    return /[:/]$/.test(entry) ? name.startsWith(entry) : name === entry || name.startsWith(`${entry}/`);
  });
  return allowed ? null : `${fact.file}: must not import the package ${name}`;
}

/** The folder of a path at a depth; null where the path ends before. */
function folderAt(file: string, depth: number): string | null {
  return file.split('/').slice(0, -1)[depth] ?? null;
}
