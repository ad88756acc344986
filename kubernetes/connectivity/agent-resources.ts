/** Custom resources `agents.network-checker.ext`, where the collector may keep reports: written, listed and watched. */

import { ClusterError, isRefused } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { resourceOf } from '../client/resource.ts';
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

/** An object may have 64 kB and more. */
const PAGE_SIZE = 64;
/** A pod may have this name, but no agent has: nothing is ever written to it. */
const PROBE_NAME = 'vigilante-collector-probe';

export function createAgentResources(connection: ClusterConnection, namespace: string): AgentResources {
  const agents = resourceOf(connection, {
    group: AGENT_GROUP,
    version: AGENT_VERSION,
    plural: AGENT_RESOURCE,
    namespace,
  });

  const patch = (name: string, { spec, status }: AgentContent, query: Record<string, string> = {}) =>
    agents.patch(name, {
      contentType: 'application/json-patch+json',
      query,
      // Not a merge patch: that keeps the members of a map which are no longer sent, and takes null for "remove".
      body: [
        { op: 'add', path: '/spec', value: spec },
        { op: 'add', path: '/status', value: status },
      ],
    });

  const create = (name: string, content: AgentContent, query: Record<string, string> = {}) => {
    const identity = { apiVersion: `${AGENT_GROUP}/${AGENT_VERSION}`, kind: AGENT_KIND, metadata: { name } };
    return agents.create({ ...identity, ...content }, { about: name, query });
  };

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
        await agents.delete(name);
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
        resource: agents,
        selection: { pageSize: PAGE_SIZE },
        signal,
        onNotice,
        read: agentObject,
        onPage,
        onAlive,
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
