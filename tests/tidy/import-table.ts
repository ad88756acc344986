/** Which folder may import which: the table of docs/ARCHITECTURE.md as data. */

export interface FolderRule {
  /** Top-level folders whose values may be imported. The folder itself always may. */
  readonly values: readonly string[];
  /** Top-level folders of which only types may be imported. */
  readonly typesOnly: readonly string[];
  /** Packages and Node's modules; a trailing `/` or `:` allows everything that starts so. `*`: any but `kubernetesOnly`. */
  readonly packages: readonly string[];
}

/** The only importer of this package is `kubernetes/`. */
export const KUBERNETES_PACKAGE = '@kubernetes/client-node';

const PROCESS: FolderRule = {
  values: ['domain', 'contracts', 'config', 'kubernetes', 'runtime'],
  typesOnly: ['workflows'],
  packages: ['*'],
};

/** Free to import everything: they check or measure the rest. */
export const FREE_FOLDERS: readonly string[] = ['tests', 'bench', 'bin'];

export const FOLDER_RULES: Readonly<Record<string, FolderRule>> = {
  domain: { values: [], typesOnly: [], packages: [] },
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
    packages: [KUBERNETES_PACKAGE, 'undici', 'node:'],
  },
  activities: {
    values: ['domain', 'contracts', 'kubernetes'],
    typesOnly: ['config'],
    packages: ['@temporalio/activity', '@temporalio/client', '@temporalio/common', 'node:'],
  },
  runtime: { values: ['domain', 'contracts', 'config'], typesOnly: [], packages: ['*'] },
  worker: { ...PROCESS, values: [...PROCESS.values, 'activities'] },
  starter: PROCESS,
  collector: PROCESS,
  agent: PROCESS,
  cli: PROCESS,
  sandbox: PROCESS,
  // Given to Node as text, in a pod.
  charts: { values: [], typesOnly: [], packages: ['node:'] },
  release: { values: ['sandbox'], typesOnly: [], packages: ['yaml', 'zod', 'node:'] },
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
  const folder = topFolder(fact.file);
  if (folder === null || FREE_FOLDERS.includes(folder)) return null;
  const rule = FOLDER_RULES[folder];
  if (rule === undefined) return `${fact.file}: folder ${folder}/ is not in the import table`;
  return fact.target.kind === 'file' ? fileProblem(fact, { folder, rule }) : packageProblem(fact, rule);
}

function fileProblem(fact: ImportFact, from: { folder: string; rule: FolderRule }): string | null {
  const target = topFolder(fact.target.name);
  const { folder, rule } = from;
  if (target === folder) return null;
  if (target !== null && rule.values.includes(target)) return null;
  if (target !== null && rule.typesOnly.includes(target)) {
    return fact.typesOnly ? null : `${fact.file}: imports values from ${fact.target.name}, only types are allowed`;
  }
  return `${fact.file}: ${folder}/ must not import ${fact.target.name}`;
}

function packageProblem(fact: ImportFact, rule: FolderRule): string | null {
  const { name } = fact.target;
  const extra = fact.file.endsWith('.test.ts') ? TEST_PACKAGES : [];
  const allowed = [...rule.packages, ...extra].some((entry) => {
    if (entry === '*') return name !== KUBERNETES_PACKAGE;
    return entry.endsWith(':') ? name.startsWith(entry) : name === entry || name.startsWith(`${entry}/`);
  });
  return allowed ? null : `${fact.file}: must not import the package ${name}`;
}

/** Null for a file at the root of the repository. */
function topFolder(file: string): string | null {
  const slash = file.indexOf('/');
  return slash === -1 ? null : file.slice(0, slash);
}
