/** Reads the file of declared privileges. Every problem names its line and its key; a file with one is refused whole. */

import { type Document, isNode, LineCounter, parseDocument } from 'yaml';

import { type Declaration, type Declarations, needsReason, placeKey } from '../../domain/privileges/declaration.ts';
import { isMapping, type Mapping } from '../mapping.ts';
import { closest } from '../problems.ts';
import { type Complain, parseRow, ROW_KEYS } from './declared-row.ts';

export type DeclaredFile =
  | { readonly ok: true; readonly declarations: Declarations }
  | { readonly ok: false; readonly problems: readonly string[] };

const FILE_KEYS = ['groups', 'defaults'];
const DEFAULTS_KEYS = ['namespaces', 'ignore'];
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** Of all groups; more is no file that anybody reads. */
const ROWS_MAX = 2_000;

type Path = readonly (string | number)[];

export function parseDeclaredFile(text: string): DeclaredFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems = document.errors.map(({ message, pos }) => `line ${lines.linePos(pos[0]).line}: ${message}`);
  if (problems.length > 0) return { ok: false, problems };
  const complain = (path: Path, message: string) => {
    problems.push(`line ${lineOf(document, { path, lines })}: ${shownPath(path)}: ${message}`);
  };
  const declarations = declarationsOf(document.toJS() ?? {}, complain);
  return problems.length === 0 ? { ok: true, declarations } : { ok: false, problems };
}

function declarationsOf(content: unknown, complain: Complain): Declarations {
  if (!isMapping(content)) {
    complain([], 'expected the keys groups and defaults');
    return { rows: [], namespaces: [], ignore: [] };
  }
  checkKeys(content, { path: [], known: FILE_KEYS, complain });
  const rows = rowsOf(content['groups'] ?? {}, complain);
  if (rows.length > ROWS_MAX) complain(['groups'], `${rows.length} rows: expected at most ${ROWS_MAX}`);
  return { rows, ...defaultsOf(content['defaults'] ?? {}, complain) };
}

function rowsOf(groups: unknown, complain: Complain): Declaration[] {
  if (!isMapping(groups)) {
    complain(['groups'], 'expected names of groups, each with a list of rows');
    return [];
  }
  const found: Declaration[] = [];
  const taken = new Map<string, Path>();
  for (const [group, list] of Object.entries(groups)) {
    const path = ['groups', group];
    if (!Array.isArray(list)) complain(path, 'expected a list of rows');
    const entries: readonly unknown[] = Array.isArray(list) ? list : [];
    for (const [index, entry] of entries.entries()) {
      const at = [...path, index];
      if (!isMapping(entry)) {
        complain(at, 'expected a row such as { container: heartbeat, user: "65534:65534" }');
        continue;
      }
      checkKeys(entry, { path: at, known: ROW_KEYS, complain });
      const row = parseRow(entry, { group, path: at, complain });
      if (row === null) continue;
      const first = taken.get(placeKey(row));
      if (first !== undefined) complain(at, `the same containers as ${shownPath(first)}: expected one row for them`);
      taken.set(placeKey(row), at);
      if (needsReason(row.runs) && row.reason === null) {
        complain([...at, 'reason'], 'expected why, because more than nothing is declared');
      }
      found.push(row);
    }
  }
  return found;
}

function defaultsOf(defaults: unknown, complain: Complain): Pick<Declarations, 'namespaces' | 'ignore'> {
  if (!isMapping(defaults)) {
    complain(['defaults'], 'expected the keys namespaces and ignore');
    return { namespaces: [], ignore: [] };
  }
  checkKeys(defaults, { path: ['defaults'], known: DEFAULTS_KEYS, complain });
  return {
    namespaces: namesAt(defaults['namespaces'] ?? ['*'], { path: ['defaults', 'namespaces'], star: true, complain }),
    ignore: namesAt(defaults['ignore'] ?? [], { path: ['defaults', 'ignore'], star: false, complain }),
  };
}

function namesAt(
  value: unknown,
  { path, star, complain }: { readonly path: Path; readonly star: boolean; readonly complain: Complain },
): readonly string[] {
  const list: readonly unknown[] | null = Array.isArray(value) ? value : null;
  if (list === null) complain(path, `expected a list of namespaces${star ? ', "*" for all' : ''}`);
  return (list ?? []).flatMap((name, index) => {
    if (typeof name === 'string' && (NAMESPACE.test(name) || (star && name === '*'))) return [name];
    complain([...path, index], `${JSON.stringify(name)}: expected the name of a namespace${star ? ' or "*"' : ''}`);
    return [];
  });
}

function checkKeys(
  value: Mapping,
  { path, known, complain }: { readonly path: Path; readonly known: readonly string[]; readonly complain: Complain },
): void {
  for (const key of Object.keys(value).filter((one) => !known.includes(one))) {
    const meant = closest(key, known);
    const hint = meant === null ? '' : `; did you mean ${meant}?`;
    complain([...path, key], `unknown key${hint} (allowed here: ${known.join(', ')})`);
  }
}

function shownPath(path: Path): string {
  if (path.length === 0) return 'the file';
  return path.reduce<string>((shown, part) => {
    if (typeof part === 'number') return `${shown}[${part}]`;
    return shown === '' ? part : `${shown}.${part}`;
  }, '');
}

/** Of the value, or where it is missing, of what it is missing in. */
function lineOf(
  document: Document.Parsed,
  { path, lines }: { readonly path: Path; readonly lines: LineCounter },
): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
