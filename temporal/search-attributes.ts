/** Registers the search attributes that are missing; refuses a namespace where a name has another type (DESIGN 6). */

import proto from '@temporalio/proto';

import type { KeywordAttribute } from '../contracts/search-attributes.ts';
import { messageOf } from '../domain/error-message.ts';
import type { Log } from '../runtime/log.ts';
import { isForbidden, isInvalidArgument, TEMPORAL_REQUEST_TIMEOUT_MS } from './errors.ts';
import type { TemporalRequests } from './link.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;
const KEYWORD = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;

type TypeByName = Readonly<Record<string, number>>;

interface AttributesServer {
  readonly connection: TemporalRequests;
  readonly namespace: string;
  /** What is to be registered there. */
  readonly attributes: readonly KeywordAttribute[];
}

/** A person must rename or remove the attribute, or switch the feature off. */
export class SearchAttributeConflict extends Error {
  override readonly name = 'SearchAttributeConflict';
}

export interface SearchAttributePlan {
  readonly missing: readonly string[];
  /** For people: each name with the type that it has. */
  readonly conflicts: readonly string[];
}

/** Registering a name that exists with another type succeeds silently, so the list is compared. */
export function planSearchAttributes(
  attributes: readonly KeywordAttribute[],
  registered: TypeByName,
): SearchAttributePlan {
  const wanted = attributes.map(({ name }) => name);
  return {
    missing: wanted.filter((name) => registered[name] === undefined),
    conflicts: wanted.flatMap((name) => {
      const type = registered[name];
      return type === undefined || type === KEYWORD ? [] : [`${name} is ${typeName(type)}`];
    }),
  };
}

/** Throws `SearchAttributeConflict`, or what the server answered. */
export async function ensureSearchAttributes(server: AttributesServer, log: Log): Promise<void> {
  const { connection, namespace, attributes } = server;
  try {
    const { missing, conflicts } = planSearchAttributes(attributes, await listRegistered(connection, namespace));
    if (conflicts.length > 0) throw conflictError(namespace, conflicts);
    if (missing.length === 0) return;
    await register(server, missing);
    log.info(`registered the search attributes ${missing.join(', ')} in namespace ${namespace}`);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    log.warn(
      { error },
      `not allowed to list or add search attributes: expecting ${expectation(attributes)} in ${namespace}`,
    );
  }
}

/**
 * What keeps our search attributes from being written now; null where nothing does. Registers what was removed. Throws
 * where Temporal does not answer.
 */
export async function searchAttributesProblem(server: AttributesServer, log: Log): Promise<string | null> {
  const { connection, namespace, attributes } = server;
  try {
    const { missing, conflicts } = planSearchAttributes(attributes, await listRegistered(connection, namespace));
    if (conflicts.length > 0) return conflictError(namespace, conflicts).message;
    if (missing.length === 0) return null;
    await register(server, missing);
    log.warn(`search attributes ${missing.join(', ')} were removed from namespace ${namespace}: registered again`);
    return null;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return await probeByQuery(server);
  }
}

/** A query names each attribute with a value of its type: whoever may not list them may still count by them. */
async function probeByQuery({ connection, namespace, attributes }: AttributesServer): Promise<string | null> {
  const query = attributes.map(({ name }) => `${name} = 'x'`).join(' AND ');
  try {
    await withDeadline(connection, () => connection.workflowService.countWorkflowExecutions({ namespace, query }));
    return null;
  } catch (error) {
    if (!isInvalidArgument(error)) throw error;
    return `namespace ${namespace} does not have the search attributes ${expectation(attributes)}: ${messageOf(error)}`;
  }
}

async function register({ connection, namespace }: AttributesServer, names: readonly string[]): Promise<void> {
  const searchAttributes = Object.fromEntries(names.map((name) => [name, KEYWORD]));
  await withDeadline(connection, () => connection.operatorService.addSearchAttributes({ namespace, searchAttributes }));
}

async function listRegistered(connection: TemporalRequests, namespace: string): Promise<TypeByName> {
  const answer = await withDeadline(connection, () => connection.operatorService.listSearchAttributes({ namespace }));
  return answer.customAttributes;
}

function conflictError(namespace: string, conflicts: readonly string[]): SearchAttributeConflict {
  return new SearchAttributeConflict(
    `search attributes in Temporal's namespace ${namespace} have another type than Keyword: ${conflicts.join(', ')}; remove them (temporal operator search-attribute remove), use another namespace, or set temporal.searchAttributes: false`,
  );
}

function expectation(attributes: readonly KeywordAttribute[]): string {
  return attributes.map((attribute) => `${attribute.name} (Keyword)`).join(', ');
}

/** `INDEXED_VALUE_TYPE_KEYWORD_LIST` reads `KeywordList`, as in Temporal's own tools. */
function typeName(type: number): string {
  const words = (IndexedValueType[type] ?? String(type)).replace('INDEXED_VALUE_TYPE_', '').toLowerCase().split('_');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function withDeadline<T>(connection: TemporalRequests, run: () => Promise<T>): Promise<T> {
  return connection.withDeadline(Date.now() + TEMPORAL_REQUEST_TIMEOUT_MS, run);
}
