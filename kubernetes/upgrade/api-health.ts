/** Asks each API server whether it is ready and which deprecated APIs it was asked for, and the cluster for its APIServices. */

import type { ApiServiceFacts, ReadyzAnswer } from '../../domain/upgrade/preflight/health.ts';
import type { AskedServer, RequestedApi } from '../../domain/upgrade/preflight/removed-apis.ts';
import { ClusterError, clusterFailure } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { readLines } from '../client/lines.ts';
import { type Condition, conditionOf, type ObjectMeta } from '../client/objects.ts';
import { resourceOf } from '../client/resource.ts';
import type { ApiServer } from './api-servers.ts';

const FAILED_CHECK = /^\[-\](\S+)/gm;

export async function askReadyz({ url, connection }: ApiServer): Promise<ReadyzAnswer> {
  const query = { verbose: 'true' };
  try {
    await connection.send({ verb: 'get', resource: 'readyz', object: '', method: 'GET', path: '/readyz', query });
    return { url, answer: { kind: 'ready' } };
  } catch (error) {
    const said = error instanceof ClusterError ? error.answer?.body : undefined;
    if (typeof said !== 'string' || !said.includes('[-]')) {
      return { url, answer: { kind: 'silent', message: clusterFailure(error).message } };
    }
    const failed = [...said.matchAll(FAILED_CHECK)].map(([, name = '']) => name);
    return { url, answer: { kind: 'not-ready', failed } };
  }
}

interface ApiServiceObject {
  readonly metadata?: ObjectMeta;
  readonly status?: { readonly conditions?: readonly Condition[] | null };
}

const API_SERVICES = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  plural: 'apiservices',
  namespace: null,
} as const;

export async function listApiServices(cluster: ClusterConnection): Promise<readonly ApiServiceFacts[]> {
  const found: ApiServiceFacts[] = [];
  for await (const { items } of resourceOf(cluster, API_SERVICES).pages()) {
    for (const { metadata, status } of items as readonly ApiServiceObject[]) {
      const available = conditionOf(status?.conditions, 'Available');
      const isAvailable = available?.status === 'True';
      found.push({ name: metadata?.name ?? '', isAvailable, message: available?.message ?? '' });
    }
  }
  return found;
}

const REQUESTED = 'apiserver_requested_deprecated_apis{';
const STARTED = 'process_start_time_seconds ';
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;
const METRICS_TIMEOUT_MS = 60_000;

/** Its page of metrics may have tens of megabytes: it is read line by line. */
export async function askDeprecatedApis({ url, connection }: ApiServer): Promise<AskedServer> {
  const request = { verb: 'get', resource: 'metrics', object: '', method: 'GET', path: '/metrics' } as const;
  const apis: RequestedApi[] = [];
  let startedMs: number | null = null;
  try {
    for await (const line of readLines(await connection.stream(request, AbortSignal.timeout(METRICS_TIMEOUT_MS)))) {
      if (line.startsWith(STARTED)) startedMs = Number(line.slice(STARTED.length)) * 1_000;
      else if (line.startsWith(REQUESTED) && valueOf(line) === 1) apis.push(requestedApi(line));
    }
    return { url, startedMs, answer: apis };
  } catch (error) {
    return { url, startedMs: null, answer: { silent: clusterFailure(error).message } };
  }
}

function valueOf(line: string): number {
  return Number(line.slice(line.lastIndexOf('}') + 1).trim());
}

function requestedApi(line: string): RequestedApi {
  const labels = Object.fromEntries([...line.matchAll(LABEL)].map(([, key = '', value = '']) => [key, value]));
  const label = (key: string) => labels[key] ?? '';
  return {
    group: label('group'),
    version: label('version'),
    resource: label('resource'),
    subresource: label('subresource'),
    removedRelease: label('removed_release'),
  };
}
