/** Checks `etcd-members`, `etcd-alarms` and `etcd-snapshot`: whether etcd can lose a member, and be restored. */

import { keepsQuorum } from '../../maintenance/budget.ts';
import type { Finding } from './finding.ts';

/** What a member says of itself; ids are decimal texts, as they have 64 bits. */
export interface EtcdStatus {
  readonly memberId: string;
  /** `0` without one. */
  readonly leader: string;
  readonly raftIndex: number;
  readonly version: string;
  readonly isLearner: boolean;
  readonly sizeBytes: number;
  /** Null where it does not say (before 3.6). */
  readonly quotaBytes: number | null;
}

export interface EtcdMember {
  readonly id: string;
  readonly name: string;
  readonly isLearner: boolean;
}

export interface EtcdAlarm {
  readonly memberId: string;
  /** Such as `NOSPACE`. */
  readonly alarm: string;
}

export interface EtcdFacts {
  readonly answers: readonly { readonly endpoint: string; readonly status: EtcdStatus | Silence }[];
  readonly members: readonly EtcdMember[] | Silence;
  readonly alarms: readonly EtcdAlarm[] | Silence;
}

export interface Silence {
  readonly silent: string;
}

const RAFT_INDEX_APART_MAX = 1_000;
const SIZE_SHARE_MAX = 0.8;
/** Of a member that does not say: the smallest that etcd has had by itself. */
const QUOTA_DEFAULT_BYTES = 2 * 1_073_741_824;

export function etcdMemberFindings(facts: EtcdFacts): readonly Finding[] {
  const { answers, members } = facts;
  const silent = answers.flatMap(({ endpoint, status }) =>
    'silent' in status ? [block(endpoint, `the member does not answer: ${status.silent}`)] : [],
  );
  if ('silent' in members) return [...silent, { answer: 'unknown', object: 'etcd', detail: members.silent }];
  const up = answers.flatMap(({ status }) => ('silent' in status ? [] : [status]));
  return [
    ...silent,
    ...members
      .filter(({ id }) => !up.some(({ memberId }) => memberId === id))
      .map((member) => block(nameOf(member), 'no endpoint answers for this member')),
    ...members.filter(({ isLearner }) => isLearner).map((member) => block(nameOf(member), 'it is a learner')),
    ...leaderFindings(up, members),
    ...apartFindings(up, members),
    ...quorumFindings(up, members),
  ];
}

function leaderFindings(up: readonly EtcdStatus[], members: readonly EtcdMember[]): readonly Finding[] {
  const leaderless = up
    .filter(({ leader }) => leader === '0')
    .map((one) => block(memberName(one, members), 'it has no leader'));
  const leaders = new Set(up.map(({ leader }) => leader));
  if (leaderless.length > 0 || leaders.size <= 1) return leaderless;
  return [block('etcd', `its members follow ${leaders.size} leaders`)];
}

function apartFindings(up: readonly EtcdStatus[], members: readonly EtcdMember[]): readonly Finding[] {
  const versions = [...new Set(up.map(({ version }) => version))].toSorted();
  const newest = Math.max(0, ...up.map(({ raftIndex }) => raftIndex));
  return [
    ...(versions.length > 1 ? [block('etcd', `its members run ${versions.join(' and ')}`)] : []),
    ...up
      .filter(({ raftIndex }) => newest - raftIndex > RAFT_INDEX_APART_MAX)
      .map((one) => block(memberName(one, members), `it is ${newest - one.raftIndex} entries behind`)),
  ];
}

/** A single member is away during its own step, and that is expected. */
function quorumFindings(up: readonly EtcdStatus[], members: readonly EtcdMember[]): readonly Finding[] {
  const voters = members.filter(({ isLearner }) => !isLearner);
  const healthy = up.filter(({ memberId }) => voters.some(({ id }) => id === memberId)).length;
  if (voters.length === 1) {
    return [{ answer: 'warn', object: 'etcd', detail: 'its only member is away while its node is in work' }];
  }
  if (keepsQuorum(voters.length, healthy)) return [];
  return [block('etcd', `with one member less ${healthy - 1} of ${voters.length} are left, which is no quorum`)];
}

export function etcdAlarmFindings({ answers, members, alarms }: EtcdFacts): readonly Finding[] {
  const known = 'silent' in members ? [] : members;
  const full = answers.flatMap(({ endpoint, status }): readonly Finding[] => {
    if ('silent' in status) return [{ answer: 'unknown', object: endpoint, detail: status.silent }];
    const quota = status.quotaBytes ?? QUOTA_DEFAULT_BYTES;
    const percent = Math.round((status.sizeBytes / quota) * 100);
    const detail = `its database has ${status.sizeBytes} bytes, ${percent} % of its quota`;
    return status.sizeBytes / quota > SIZE_SHARE_MAX ? [block(memberName(status, known), detail)] : [];
  });
  if ('silent' in alarms) return [...full, { answer: 'unknown', object: 'etcd', detail: alarms.silent }];
  const raised = alarms.map(({ memberId, alarm }) => block(memberName({ memberId }, known), `alarm ${alarm}`));
  return [...raised, ...full];
}

export interface SnapshotFacts {
  /** The newest that is there and was verified; null without one. */
  readonly newest: { readonly file: string; readonly atMs: number } | null;
  /** Why none was made now; null where one was made, or needs not be, or is not to be made in a survey. */
  readonly failure: string | null;
  readonly isSurvey: boolean;
  readonly maxAgeMs: number;
  readonly folder: string;
}

export function snapshotFindings(facts: SnapshotFacts, nowMs: number): readonly Finding[] {
  const { newest, failure, isSurvey, maxAgeMs, folder } = facts;
  if (newest !== null && nowMs - newest.atMs <= maxAgeMs) return [];
  if (failure !== null) return [block(folder, `no snapshot was made: ${failure}`)];
  const age = newest === null ? 'there is no snapshot' : `the newest snapshot, ${newest.file}, is too old`;
  if (isSurvey) return [{ answer: 'warn', object: folder, detail: `${age}: one will be made before the run acts` }];
  return [block(folder, age)];
}

function nameOf({ name, id }: EtcdMember): string {
  return name === '' ? id : name;
}

function memberName({ memberId }: { readonly memberId: string }, members: readonly EtcdMember[]): string {
  const found = members.find(({ id }) => id === memberId);
  return found === undefined ? memberId : nameOf(found);
}

function block(object: string, detail: string): Finding {
  return { answer: 'block', object, detail };
}
