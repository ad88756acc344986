/** Requests for the objects of one kind: the paths, verbs and names in messages are made here alone. */

import type { ClusterConnection, ClusterRequest } from './connection.ts';
import { type ListPage, parsePage } from './objects.ts';

export interface ResourceKind {
  /** Empty for Kubernetes' core group. */
  readonly group: string;
  readonly version: string;
  /** Such as `pods`. */
  readonly plural: string;
  /** Null for objects without a namespace, and for those of all namespaces. */
  readonly namespace: string | null;
}

export interface Selection {
  /** Empty: all objects. */
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects in a page; fewer than the default for large ones. */
  readonly pageSize?: number;
  /** What is asked for, in messages; default the label selector. */
  readonly about?: string;
}

export interface Patch {
  readonly contentType:
    | 'application/json-patch+json'
    | 'application/merge-patch+json'
    | 'application/strategic-merge-patch+json';
  readonly body: unknown;
  readonly query?: Readonly<Record<string, string>>;
  /** Such as `status`. */
  readonly subresource?: string;
}

/** All of them throw `ClusterError`. Bodies are as the API server sent them. */
export interface Resource {
  get(name: string): Promise<unknown>;
  /** Page by page, until the last one or half a million objects. */
  pages(selection?: Selection): AsyncGenerator<ListPage<object>, void, void>;
  /** A watch from this version on, as it arrives: one event a line, bookmarks included. */
  watch(
    selection: Selection,
    options: { resourceVersion: string; timeoutSeconds: number; signal: AbortSignal },
  ): Promise<AsyncIterable<Uint8Array>>;
  /** `about`: the object in messages, where its name is not known before. */
  create(body: object, options: { about: string; query?: Readonly<Record<string, string>> }): Promise<unknown>;
  /** Posts to a subresource of an object, such as `eviction`. */
  post(name: string, subresource: string, body: object): Promise<unknown>;
  patch(name: string, patch: Patch): Promise<unknown>;
  delete(name: string, options?: object): Promise<unknown>;
}

const PAGE_SIZE = 500;
/** A list ends here, also if the API server never stops sending continue tokens. */
const OBJECTS_MAX = 500_000;

export function resourceOf(connection: ClusterConnection, kind: ResourceKind): Resource {
  const { plural, namespace } = kind;
  const collection = collectionPath(kind);
  const place = namespace === null ? '' : `${namespace}/`;
  const target = (verb: string, name: string): Pick<ClusterRequest, 'verb' | 'resource' | 'object' | 'path'> => ({
    verb,
    resource: plural,
    object: `${place}${name}`,
    path: `${collection}/${name}`,
  });
  const asked = (verb: 'list' | 'watch', { labelSelector = '', about }: Selection) => {
    const what = about ?? (labelSelector === '' ? '' : `with ${labelSelector}`);
    return { verb, resource: plural, object: [namespace ?? '', what].filter((part) => part !== '').join(' ') };
  };
  return {
    get: (name) => connection.send({ ...target('get', name), method: 'GET' }),
    async *pages(selection = {}) {
      const { pageSize = PAGE_SIZE } = selection;
      let position: Readonly<Record<string, string>> = {};
      for (let count = 0; count < OBJECTS_MAX; count += pageSize) {
        const query = { ...selectors(selection), limit: String(pageSize), ...position };
        const request = { ...asked('list', selection), method: 'GET', path: collection, query } as const;
        const page = parsePage(await connection.send(request));
        yield page;
        if (page.continueToken === '') return;
        position = { continue: page.continueToken };
      }
    },
    watch(selection, { resourceVersion, timeoutSeconds, signal }) {
      const position = { watch: 'true', allowWatchBookmarks: 'true', resourceVersion };
      const query = { ...position, timeoutSeconds: String(timeoutSeconds), ...selectors(selection) };
      return connection.stream({ ...asked('watch', selection), method: 'GET', path: collection, query }, signal);
    },
    create: (body, { about, query = {} }) =>
      connection.send({ ...target('create', about), method: 'POST', path: collection, query, body }),
    post(name, subresource, body) {
      const { resource, path, ...rest } = target('create', name);
      const changed = { ...rest, resource: `${resource}/${subresource}`, path: `${path}/${subresource}` };
      return connection.send({ ...changed, method: 'POST', body });
    },
    patch(name, { contentType, body, query = {}, subresource }) {
      const { resource, path, ...rest } = target('patch', name);
      const suffix = subresource === undefined ? '' : `/${subresource}`;
      const changed = { ...rest, resource: `${resource}${suffix}`, path: `${path}${suffix}` };
      return connection.send({ ...changed, method: 'PATCH', contentType, query, body });
    },
    delete: (name, options) =>
      connection.send({
        ...target('delete', name),
        method: 'DELETE',
        ...(options === undefined ? {} : { body: options }),
      }),
  };
}

function collectionPath({ group, version, plural, namespace }: ResourceKind): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespace === null ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
}

function selectors({ labelSelector = '', fieldSelector = '' }: Selection): Record<string, string> {
  return {
    ...(labelSelector === '' ? {} : { labelSelector }),
    ...(fieldSelector === '' ? {} : { fieldSelector }),
  };
}
