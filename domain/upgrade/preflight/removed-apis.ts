/** Check `removed-apis`: APIs that the target no longer serves, and that somebody has asked for. */

import { type Minor, minorOf, minorText, parseVersion, type Version } from '../../maintenance/version.ts';
import type { Finding } from './finding.ts';

/** A series of `apiserver_requested_deprecated_apis` that is 1. */
export interface RequestedApi {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  /** Such as `1.37`; empty where its removal is not planned. */
  readonly removedRelease: string;
}

export interface AskedServer {
  readonly url: string;
  /** When its process began: the gauge is lost with it. Null where it does not say. */
  readonly startedMs: number | null;
  readonly answer: readonly RequestedApi[] | { readonly silent: string };
}

/** What Prometheus knows of the requests in the look-back. */
export type Requests =
  | { readonly kind: 'seen' }
  | { readonly kind: 'none' }
  /** It does not have the series, or cannot be asked. */
  | { readonly kind: 'unknown'; readonly detail: string };

export interface RemovedApisQuestion {
  readonly servers: readonly AskedServer[];
  readonly target: Version;
  /** By `apiName`; null where no Prometheus is configured. */
  readonly requests: ReadonlyMap<string, Requests> | null;
  readonly lookBackMs: number;
}

export function apiName({ group, version, resource, subresource }: RequestedApi): string {
  const path = subresource === '' ? resource : `${resource}/${subresource}`;
  return group === '' ? `${path}.${version}` : `${path}.${version}.${group}`;
}

/** Those that the target does not serve any more, each once. */
export function removedApis({
  servers,
  target,
}: Pick<RemovedApisQuestion, 'servers' | 'target'>): readonly RequestedApi[] {
  const all = servers.flatMap(({ answer }) => ('silent' in answer ? [] : answer));
  const gone = all.filter(({ removedRelease }) => isGone(removedRelease, minorOf(target)));
  return [...new Map(gone.map((api) => [apiName(api), api])).values()];
}

function isGone(release: string, target: Minor): boolean {
  const version = parseVersion(`v${release}.0`);
  return version !== null && minorOf(version) <= target;
}

export function removedApiFindings(question: RemovedApisQuestion, nowMs: number): readonly Finding[] {
  const { servers, requests, lookBackMs } = question;
  const silent = servers.flatMap(({ url, answer }): readonly Finding[] =>
    'silent' in answer ? [{ answer: 'unknown', object: url, detail: answer.silent }] : [],
  );
  const hours = Number((lookBackMs / 3_600_000).toFixed(2));
  const found = removedApis(question).map((api): Finding => {
    const [object, gone] = [apiName(api), `it was asked for and is gone in v${api.removedRelease}`];
    if (requests === null) return { answer: 'block', object, detail: gone };
    const asked: Requests = requests.get(object) ?? { kind: 'unknown', detail: 'Prometheus was not asked' };
    if (asked.kind === 'seen') return { answer: 'block', object, detail: `${gone}, in the last ${hours} h as well` };
    if (asked.kind === 'none') return { answer: 'warn', object, detail: `${gone}, but not in the last ${hours} h` };
    return { answer: 'block', object, detail: `${gone}; when is not known: ${asked.detail}` };
  });
  return [...silent, ...found.map((finding) => withAges(finding, servers, nowMs))];
}

/** What was asked before an API server started is not known to it. */
export function describeAges(servers: readonly AskedServer[], nowMs: number): string {
  const ages = servers.map(({ url, startedMs }) => {
    if (startedMs === null) return `${url} does not say since when it counts`;
    return `${url} counts for ${((nowMs - startedMs) / 3_600_000).toFixed(1)} h`;
  });
  return ages.join(', ');
}

function withAges(finding: Finding, servers: readonly AskedServer[], nowMs: number): Finding {
  return { ...finding, detail: `${finding.detail} (${describeAges(servers, nowMs)})` };
}

export function describeTarget(target: Version): string {
  return `nothing was asked for that is gone in ${minorText(minorOf(target))}`;
}
