/** Compares what a container has with what is declared of it. */

import type { Declaration, LinuxDeclaration, WindowsDeclaration } from './declaration.ts';
import type { LinuxObservation, Observation, SeenUser, WindowsObservation } from './observation.ts';

/** The worst first. `absent` is said of a row, the others of a container. */
export const JUDGEMENTS = ['more', 'undeclared', 'unknown', 'less', 'as-declared', 'absent'] as const;
export type Judgement = (typeof JUDGEMENTS)[number];

/** What nobody has declared, or nobody can tell (M50). */
const DRIFT: readonly Judgement[] = ['more', 'undeclared', 'unknown'];

export interface Judged {
  readonly judgement: Judgement;
  /** What differs, each in a few words; empty where nothing does. */
  readonly findings: readonly string[];
}

export function isDrift(judgement: Judgement): boolean {
  return DRIFT.includes(judgement);
}

/** What is more goes before what is unknown, and that before what is less. */
export function judge(seen: Observation, row: Declaration | null): Judged {
  if (row === null) return { judgement: 'undeclared', findings: ['no line declares it'] };
  const { runs } = row;
  if (seen.os === 'windows') {
    return runs.os === 'windows' ? windowsJudgement(seen, runs) : otherSystem(seen.os, runs.os);
  }
  return runs.os === 'linux' ? linuxJudgement(seen, runs) : otherSystem(seen.os, runs.os);
}

function otherSystem(seen: string, declared: string): Judged {
  return { judgement: 'unknown', findings: [`it runs on ${seen}, declared is ${declared}`] };
}

function linuxJudgement(seen: LinuxObservation, runs: LinuxDeclaration): Judged {
  return worst([
    ['more', [...usersBeyond(seen.users, runs), ...privilegesBeyond(seen, runs)]],
    ['unknown', usersUnknown(seen.users)],
    ['less', [...usersBelow(seen.users, runs), ...privilegesBelow(seen, runs)]],
  ]);
}

function windowsJudgement(seen: WindowsObservation, runs: WindowsDeclaration): Judged {
  const { userName, hostProcess } = seen;
  const isOther = userName !== null && userName.toLowerCase() !== runs.userName.toLowerCase();
  return worst([
    [
      'more',
      [
        ...(hostProcess && !runs.hostProcess ? ['a HostProcess container'] : []),
        ...(isOther ? [`user ${userName}, declared is ${runs.userName}`] : []),
      ],
    ],
    ['unknown', userName === null ? ['its user is known to its image alone'] : []],
    ['less', !hostProcess && runs.hostProcess ? ['no HostProcess container'] : []],
  ]);
}

function worst(kinds: readonly (readonly [Judgement, readonly string[]])[]): Judged {
  const [judgement, findings] = kinds.find(([, found]) => found.length > 0) ?? ['as-declared', []];
  return { judgement, findings };
}

/** Where root is declared its processes may have become anybody; otherwise another id is not the one declared. */
function usersBeyond(users: readonly SeenUser[], { user }: LinuxDeclaration): readonly string[] {
  const uids = idsOf(users, 'uid').filter((uid) => user.uid !== 0 && uid !== user.uid);
  const gids = idsOf(users, 'gid').filter((gid) => gid !== user.gid && user.gid !== 0 && (gid === 0 || user.uid !== 0));
  return [
    ...uids.map((uid) => `uid ${uid}, declared is ${user.uid}`),
    ...gids.map((gid) => `gid ${gid}, declared is ${user.gid}`),
  ];
}

function usersUnknown(users: readonly SeenUser[]): readonly string[] {
  return [
    ...(users.some(({ uid }) => uid === null) ? ['its uid is known to its image alone'] : []),
    ...(users.some(({ gid }) => gid === null) ? ['its gid is known to its image alone'] : []),
  ];
}

function usersBelow(users: readonly SeenUser[], { user }: LinuxDeclaration): readonly string[] {
  return (['uid', 'gid'] as const).flatMap((key) => {
    const ids = idsOf(users, key);
    return user[key] === 0 && !ids.includes(0) ? [`${key} ${ids.join(', ')}, declared is 0`] : [];
  });
}

function privilegesBeyond(seen: LinuxObservation, runs: LinuxDeclaration): readonly string[] {
  if (runs.privileged) return [];
  const declared: readonly string[] = [...runs.capabilities, ...runs.fileCapabilities];
  // A privileged container has all of them: one finding says it.
  const held = seen.privileged ? [] : seen.capabilities.filter((name) => !declared.includes(name));
  return [
    ...(seen.privileged ? ['privileged'] : []),
    ...held.map((name) => `capability ${name}`),
    ...seen.hostNamespaces.filter((name) => !runs.hostNamespaces.includes(name)).map((name) => `host ${name}`),
    ...(seen.hostRoot && !runs.hostRoot ? ['hostPath to /'] : []),
  ];
}

function privilegesBelow(seen: LinuxObservation, runs: LinuxDeclaration): readonly string[] {
  if (runs.privileged) return seen.privileged ? [] : ['not privileged'];
  const declared = [...new Set([...runs.capabilities, ...runs.fileCapabilities])];
  return [
    ...declared.filter((name) => !seen.bound.includes(name)).map((name) => `never capability ${name}`),
    ...runs.hostNamespaces.filter((name) => !seen.hostNamespaces.includes(name)).map((name) => `not host ${name}`),
    ...(runs.hostRoot && !seen.hostRoot ? ['no hostPath to /'] : []),
  ];
}

function idsOf(users: readonly SeenUser[], key: keyof SeenUser): readonly number[] {
  return [...new Set(users.map((user) => user[key]).filter((id) => id !== null))];
}
