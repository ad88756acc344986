/** What a TypeScript file imports, exports, asserts and tests, read from its syntax tree. */

import { posix } from 'node:path';
import { parseSync } from '@swc/core';
import type { ImportFact } from './import-table.ts';
import { readRepositoryFile } from './repository-files.ts';

export interface SourceFacts {
  readonly imports: readonly ImportFact[];
  /** First arguments of `test(…)`, `it(…)` and their `.each` and `.only` forms; not of skipped ones. */
  readonly testTitles: readonly string[];
  /** `export * from …`, `export default` and `enum`, as words for a message. */
  readonly forbidden: readonly string[];
}

/** A node of the tree; the walk needs its type and its children only. */
type Tree = Readonly<Record<string, unknown>>;

export function sourceFacts(file: string): SourceFacts {
  const imports: ImportFact[] = [];
  const testTitles: string[] = [];
  const forbidden: string[] = [];
  walk(parseSync(readRepositoryFile(file), { syntax: 'typescript', target: 'es2024' }), (node) => {
    const found = importOf(node);
    if (found !== null) imports.push({ file, ...resolve(file, found.source), typesOnly: found.typesOnly });
    const title = titleOf(node);
    if (title !== null) testTitles.push(title);
    const wrong = FORBIDDEN[String(node['type'])];
    if (wrong !== undefined) forbidden.push(wrong);
  });
  return { imports, testTitles, forbidden };
}

const FORBIDDEN: Readonly<Record<string, string>> = {
  ExportAllDeclaration: 'export *',
  ExportDefaultDeclaration: 'export default',
  ExportDefaultExpression: 'export default',
  TsEnumDeclaration: 'enum',
};

function walk(value: unknown, visit: (node: Tree) => void): void {
  if (Array.isArray(value)) {
    for (const element of value) walk(element, visit);
  } else if (isTree(value)) {
    visit(value);
    for (const child of Object.values(value)) walk(child, visit);
  }
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function importOf(node: Tree): { source: string; typesOnly: boolean } | null {
  switch (node['type']) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration': {
      const source = literal(node['source']);
      return source === null ? null : { source, typesOnly: node['typeOnly'] === true || onlyTypeNames(node) };
    }
    case 'CallExpression': {
      if (!isTree(node['callee']) || node['callee']['type'] !== 'Import') return null;
      const source = literal(firstArgument(node));
      return source === null ? null : { source, typesOnly: false };
    }
    default:
      return null;
  }
}

/** `import { type A, type B }` loads nothing either. */
function onlyTypeNames(node: Tree): boolean {
  const names = node['specifiers'];
  return Array.isArray(names) && names.length > 0 && names.every((name) => isTree(name) && name['isTypeOnly'] === true);
}

function titleOf(node: Tree): string | null {
  if (node['type'] !== 'CallExpression') return null;
  const called = calledName(node['callee']);
  if (called === null || !/^(test|it)(\.(each|only|failing))*$/.test(called)) return null;
  return literal(firstArgument(node));
}

/** `test.each` for `test.each([…])(title)` and for the template form. */
function calledName(callee: unknown): string | null {
  if (!isTree(callee)) return null;
  switch (callee['type']) {
    case 'Identifier':
      return String(callee['value']);
    case 'MemberExpression': {
      const name = calledName(callee['object']);
      const property = isTree(callee['property']) ? String(callee['property']['value']) : '';
      return name === null ? null : `${name}.${property}`;
    }
    case 'CallExpression':
      return calledName(callee['callee']);
    case 'TaggedTemplateExpression':
      return calledName(callee['tag']);
    default:
      return null;
  }
}

function firstArgument(call: Tree): unknown {
  const list = call['arguments'];
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return isTree(first) ? first['expression'] : undefined;
}

/** Text of a string, or the fixed start of a template; null for anything else. */
function literal(value: unknown): string | null {
  if (!isTree(value)) return null;
  if (value['type'] === 'StringLiteral') return String(value['value']);
  const parts = value['type'] === 'TemplateLiteral' ? value['quasis'] : undefined;
  const start: unknown = Array.isArray(parts) ? parts[0] : undefined;
  return isTree(start) ? String(start['raw']) : null;
}

function resolve(file: string, source: string): Pick<ImportFact, 'target'> {
  if (source.startsWith('.')) {
    return { target: { kind: 'file', name: posix.join(posix.dirname(file), source) } };
  }
  const parts = source.split('/');
  const name = source.startsWith('node:') ? source : parts.slice(0, source.startsWith('@') ? 2 : 1).join('/');
  return { target: { kind: 'package', name } };
}
