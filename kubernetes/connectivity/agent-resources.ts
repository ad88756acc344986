/** Custom resources `agents.network-checker.ext`, where the collector may keep reports: written, listed and watched. */

import { ClusterError, isRefused } from '../client/cluster-error.ts';
import type { ClusterConnection, ClusterRequest } from '../client/connection.ts';
import { listAndWatch, type ResourceNotice, type WatchedObject } from '../client/resource-watch.ts';

export interface AgentContent {
  readonly spec: object;
  readonly status: object;
}

/** As far as it is looked at here; what is in `spec` and `status` is for the reader to check. */
export interface AgentObject {
  readonly name: string;
  readonly spec: unknown;
  readonly status: unknown;
}

export interface AgentWatch {
  readonly signal: AbortSignal;
  /** `listed` comes without objects: `onPage` got them before. */
  readonly onNotice: (notice: ResourceNotice<AgentObject>) => void;
  readonly onPage: (objects: readonly AgentObject[]) => void;
  /** The watch stands. */
  readonly onAlive: () => void;
}

export interface AgentResources {
  /** Replaces the content of the object, or creates it; one request where it is there. Throws `ClusterError`. */
  write(name: string, content: AgentContent): Promise<void>;
  /** An object that is not there is fine. Throws `ClusterError`. */
  remove(name: string): Promise<void>;
  /** Throws `ClusterError` where `write` of that content under a new name would; changes nothing. */
  checkWritable(content: AgentContent): Promise<void>;
  /** Lists once, then watches from there until the watch fails; throws what ended it. */
  listAndWatch(watch: AgentWatch): Promise<never>;
}

export const AGENT_GROUP = 'network-checker.ext';
const AGENT_VERSION = 'v1';
const AGENT_RESOURCE = 'agents';
const AGENT_KIND = 'Agent';

const DRY_RUN = { dryRun: 'All' };
const JSON_PATCH = 'application/json-patch+json';

/** An object may have 64 kB and more. */
const PAGE_SIZE = 64;
/** A pod may have this name, but no agent has: nothing is ever written to it. */
const PROBE_NAME = 'vigilante-collector-probe';

export function createAgentResources(connection: ClusterConnection, namespace: string): AgentResources {
  const collection = `/apis/${AGENT_GROUP}/${AGENT_VERSION}/namespaces/${namespace}/${AGENT_RESOURCE}`;
  const send = (
    verb: string,
    name: string,
    request: Pick<ClusterRequest, 'method' | 'body' | 'contentType' | 'query'>,
  ) =>
    connection.send({
      ...{ verb, resource: AGENT_RESOURCE, object: `${namespace}/${name}`, path: `${collection}/${name}` },
      ...request,
    });

  const patch = (name: string, { spec, status }: AgentContent, query: Record<string, string> = {}) =>
    send('patch', name, {
      method: 'PATCH',
      contentType: JSON_PATCH,
      query,
      // Not a merge patch: that keeps the members of a map which are no longer sent, and takes null for "remove".
      body: [
        { op: 'add', path: '/spec', value: spec },
        { op: 'add', path: '/status', value: status },
      ],
    });

  async function create(name: string, content: AgentContent, query: Record<string, string> = {}): Promise<void> {
    const identity = { apiVersion: `${AGENT_GROUP}/${AGENT_VERSION}`, kind: AGENT_KIND, metadata: { name } };
    await connection.send({
      ...{ verb: 'create', resource: AGENT_RESOURCE, object: `${namespace}/${name}`, method: 'POST', path: collection },
      query,
      body: { ...identity, ...content },
    });
  }

  return {
    async write(name, content) {
      try {
        await patch(name, content);
      } catch (error) {
        if (!isObjectMissing(error)) throw error;
        try {
          await create(name, content);
        } catch (conflict) {
          // Another collector was faster.
          if (!isRefused(conflict, 409)) throw conflict;
          await patch(name, content);
        }
      }
    },
    async remove(name) {
      try {
        await send('delete', name, { method: 'DELETE' });
      } catch (error) {
        if (!isObjectMissing(error)) throw error;
      }
    },
    async checkWritable(content) {
      try {
        await patch(PROBE_NAME, content, DRY_RUN);
      } catch (error) {
        // Rights and the resource's existence are looked at before the object.
        if (!isObjectMissing(error)) throw error;
        await create(PROBE_NAME, content, DRY_RUN).catch(unlessDryRunIsRefused);
      }
    },
    listAndWatch: ({ signal, onNotice, onPage, onAlive }) =>
      listAndWatch({
        ...{ connection, resource: AGENT_RESOURCE, path: collection, labelSelector: '', signal, onNotice },
        ...{ read: agentObject, onPage, pageSize: PAGE_SIZE, onAlive },
      }),
  };
}

/** A webhook that cannot do without effects refuses the trial, and says nothing about a real write. */
function unlessDryRunIsRefused(error: unknown): void {
  if (isRefused(error, 400) && error instanceof Error && error.message.includes('dry run')) return;
  throw error;
}

/** The API server knows no such resource at all: its definition was not applied. */
export function isDefinitionMissing(error: unknown): boolean {
  return isRefused(error, 404) && !isObjectMissing(error);
}

function isObjectMissing(error: unknown): boolean {
  return error instanceof ClusterError && error.failure.kind === 'refused' && error.failure.reason === 'NotFound';
}

function agentObject(object: WatchedObject & { readonly spec?: unknown; readonly status?: unknown }): AgentObject {
  return { name: object.metadata?.name ?? '', spec: object.spec, status: object.status };
}
