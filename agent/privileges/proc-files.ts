/** Reads the files of a process in `/proc`, which the kernel shows to everybody. */

import type { ReadProcess } from '../../contracts/connectivity/processes.ts';

/** A process before its ids are looked up in the map of its user namespace. */
export type ProcessStatus = Omit<ReadProcess, 'userNamespace'>;

/** With the prefixes of containerd, CRI-O, Docker and Podman. `crio-conmon-…` is the container's parent, not the container. */
const CONTAINER = /(?:^|[/:])(?:cri-containerd[-:]|crio-|docker-|libpod-)?([0-9a-f]{64})(?:\.scope)?(?:\/|$)/;

/** All ids of a host: the map of a process without a user namespace of its own. */
const ALL_IDS = 4_294_967_295;

/**
 * The container that `/proc/PID/cgroup` names; null for a process of none. From another cgroup namespace its path
 * begins with `/../..`; the id is still in it. Version 1 has a line for each controller.
 */
export function containerIn(cgroup: string): string | null {
  for (const line of cgroup.split('\n')) {
    const path = line.split(':').slice(2).join(':');
    const id = CONTAINER.exec(path)?.[1];
    if (id !== undefined) return id;
  }
  return null;
}

/** `/proc/PID/status`; null where it lacks a field. Of four ids the second is the effective one. */
export function parseStatus(text: string): ProcessStatus | null {
  const fields = new Map(
    text.split('\n').map((line) => {
      const [key, rest] = splitOnce(line, ':');
      return [key, rest.trim()] as const;
    }),
  );
  const [uid, gid] = [fields.get('Uid'), fields.get('Gid')].map((ids) => ids?.split(/\s+/)[1]);
  const [effective, permitted] = [fields.get('CapEff'), fields.get('CapPrm')];
  if (uid === undefined || gid === undefined || effective === undefined || permitted === undefined) return null;
  return {
    name: fields.get('Name') ?? '',
    uid: Number(uid),
    gid: Number(gid),
    effective: shortMask(effective),
    permitted: shortMask(permitted),
    noNewPrivileges: fields.get('NoNewPrivs') === '1',
    // Missing where the kernel was built without it.
    seccomp: Number(fields.get('Seccomp') ?? 0),
  };
}

/** Whether `/proc/PID/uid_map` is that of a user namespace. */
export function isMapped(map: string): boolean {
  const [range, ...others] = rangesIn(map);
  return others.length > 0 || range === undefined || range.count !== ALL_IDS;
}

/** The id inside of the user namespace for one outside; the same where the map does not have it. */
export function idInside(map: string, outside: number): number {
  const range = rangesIn(map).find(({ first, count }) => outside >= first && outside < first + count);
  return range === undefined ? outside : range.inside + outside - range.first;
}

function rangesIn(map: string): readonly { readonly inside: number; readonly first: number; readonly count: number }[] {
  return map
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [inside = 0, first = 0, count = 0] = line.trim().split(/\s+/).map(Number);
      return { inside, first, count };
    });
}

function shortMask(mask: string): string {
  return mask.replace(/^0+(?=.)/, '');
}

function splitOnce(text: string, by: string): readonly [string, string] {
  const index = text.indexOf(by);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}
