/** Registers the search attributes that are missing; refuses a namespace where a name has another type (DESIGN 6). */

import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';

import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import type { Log } from './log.ts';
import { isForbidden, TEMPORAL_REQUEST_TIMEOUT_MS } from './temporal-errors.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;
const KEYWORD = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;

type TypeByName = Readonly<Record<string, number>>;

/** A person must rename or remove the attribute, or switch the feature off. */
export class SearchAttributeConflict extends Error {
  override readonly name = 'SearchAttributeConflict';
}

export interface SearchAttributePlan {
  readonly missing: readonly string[];
  /** For people: each name with the type that it has. */
  readonly conflicts: readonly string[];
}

/** Registering a name that exists with another type succeeds without a word, so the list is compared. */
export function planSearchAttributes(registered: TypeByName): SearchAttributePlan {
  const wanted = SEARCH_ATTRIBUTES.map((attribute) => attribute.name);
  return {
    missing: wanted.filter((name) => registered[name] === undefined),
    conflicts: wanted.flatMap((name) => {
      const type = registered[name];
      return type === undefined || type === KEYWORD ? [] : [`${name} is ${typeName(type)}`];
    }),
  };
}

/** Throws `SearchAttributeConflict`, or what the server answered. */
export async function ensureSearchAttributes(options: {
  connection: NativeConnection;
  namespace: string;
  log: Log;
}): Promise<void> {
  const { connection, namespace, log } = options;
  try {
    const { missing, conflicts } = planSearchAttributes(await listRegistered(connection, namespace));
    if (conflicts.length > 0) throw conflictError(namespace, conflicts);
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
    await withDeadline(connection, () =>
      connection.operatorService.addSearchAttributes({ namespace, searchAttributes }),
    );
    log.info(`registered the search attributes ${missing.join(', ')} in namespace ${namespace}`);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    log.warn({ error }, `not allowed to list or add search attributes: expecting ${expectation()} in ${namespace}`);
  }
}

async function listRegistered(connection: NativeConnection, namespace: string): Promise<TypeByName> {
  const answer = await withDeadline(connection, () => connection.operatorService.listSearchAttributes({ namespace }));
  return answer.customAttributes;
}

function conflictError(namespace: string, conflicts: readonly string[]): SearchAttributeConflict {
  return new SearchAttributeConflict(
    `search attributes in Temporal's namespace ${namespace} have another type than Keyword: ${conflicts.join(', ')}; remove them (temporal operator search-attribute remove), use another namespace, or set temporal.searchAttributes: false`,
  );
}

function expectation(): string {
  return SEARCH_ATTRIBUTES.map((attribute) => `${attribute.name} (Keyword)`).join(', ');
}

/** `INDEXED_VALUE_TYPE_KEYWORD_LIST` reads `KeywordList`, as in Temporal's own tools. */
function typeName(type: number): string {
  const words = (IndexedValueType[type] ?? String(type)).replace('INDEXED_VALUE_TYPE_', '').toLowerCase().split('_');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function withDeadline<T>(connection: NativeConnection, run: () => Promise<T>): Promise<T> {
  return connection.withDeadline(Date.now() + TEMPORAL_REQUEST_TIMEOUT_MS, run);
}
