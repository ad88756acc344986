/** The import tables as blocks of the lint, which shows a wrong import in the editor already. */

import {
  CAPABILITIES,
  CAPABILITY_EXCEPTIONS,
  type Capability,
  FOLDER_RULES,
  type FolderRule,
  FREE_FOLDERS,
  OWNED_PACKAGES,
} from './import-table.ts';

interface ImportPattern {
  readonly regex: string;
  readonly message: string;
  readonly allowTypeImports?: boolean;
}

export interface ImportBlock {
  readonly files: string[];
  readonly excludeFiles: string[];
  readonly rules: { readonly 'no-restricted-imports': ['error', { readonly patterns: ImportPattern[] }] };
}

const TABLE = 'docs/ARCHITECTURE.md has the table';

/** A block for each folder, then one for each of its capabilities: of two blocks for a file, the lint takes the later one. */
export function importBlocks(packages: readonly string[]): ImportBlock[] {
  return Object.entries(FOLDER_RULES).flatMap(([folder, rule]) => {
    const patterns = [...folderPatterns(folder, rule), ...packagePatterns(folder, { rule, packages })];
    return [
      blockFor(`${folder}/**/*.ts`, patterns),
      ...CAPABILITIES.map((capability) =>
        blockFor(`${folder}/${capability}/**/*.ts`, [...patterns, capabilityPattern(folder, capability)]),
      ),
    ];
  });
}

function blockFor(files: string, patterns: ImportPattern[]): ImportBlock {
  return {
    files: [files],
    excludeFiles: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
}

function folderPatterns(folder: string, { values, typesOnly }: FolderRule): ImportPattern[] {
  const others = [...Object.keys(FOLDER_RULES), ...FREE_FOLDERS].filter((other) => other !== folder);
  const forbidden = others.filter((other) => !values.includes(other) && !typesOnly.includes(other));
  const patterns = [{ regex: relative(forbidden), message: `${folder}/ must not import from there: ${TABLE}.` }];
  if (typesOnly.length === 0) return patterns;
  const message = `${folder}/ imports only types from there: ${TABLE}.`;
  return [...patterns, { regex: relative(typesOnly), message, allowTypeImports: true }];
}

function packagePatterns(
  folder: string,
  { rule, packages }: { rule: FolderRule; packages: readonly string[] },
): ImportPattern[] {
  const names = ['node:', ...packages];
  const owned = names.filter((name) => OWNED_PACKAGES[name] !== undefined && OWNED_PACKAGES[name].owner !== folder);
  const typesOnly = owned.filter((name) => OWNED_PACKAGES[name]?.elsewhere === 'types');
  const forbidden = names.filter(
    (name) => !isAllowed(name, rule) || (owned.includes(name) && !typesOnly.includes(name)),
  );
  return [
    { names: forbidden, message: `${folder}/ must not import this package: ${TABLE}.` },
    { names: typesOnly, message: `${folder}/ imports only types of this package: ${TABLE}.`, allowTypeImports: true },
  ]
    .filter(({ names: listed }) => listed.length > 0)
    .map(({ names: listed, ...rest }) => ({ regex: `^(${listed.map(escaped).join('|')})(/|$|[a-z_])`, ...rest }));
}

function isAllowed(name: string, { packages }: FolderRule): boolean {
  return packages.some((entry) => entry === '*' || (/[:/]$/.test(entry) ? name.startsWith(entry) : name === entry));
}

function capabilityPattern(folder: string, capability: Capability): ImportPattern {
  const exceptions = CAPABILITY_EXCEPTIONS[capability] ?? [];
  const layers = Object.keys(FOLDER_RULES);
  const forbidden = CAPABILITIES.filter((other) => other !== capability).flatMap((other) => [
    // Beside the importing folder, and in other layers.
    ...(exceptions.includes(`${folder}/${other}`) ? [] : [other]),
    ...layers.map((layer) => `${layer}/${other}`).filter((path) => !exceptions.includes(path)),
  ]);
  return { regex: relative(forbidden), message: `${capability} must not import another capability: ${TABLE}.` };
}

function relative(folders: readonly string[]): string {
  return `^(\\.\\./)+(${folders.join('|')})/`;
}

function escaped(name: string): string {
  return name.replaceAll('.', '\\.');
}
