/** What blocks of etcd: each limit with the value at it and beyond it. */

import { describe, expect, test } from '@jest/globals';
import {
  type EtcdFacts,
  type EtcdStatus,
  etcdAlarmFindings,
  etcdMemberFindings,
  type SnapshotFacts,
  snapshotFindings,
} from './etcd.ts';

const GIB = 1_073_741_824;
const status = (memberId: string, changes: Partial<EtcdStatus> = {}): EtcdStatus => ({
  memberId,
  leader: '1',
  raftIndex: 5_000,
  version: '3.6.16',
  isLearner: false,
  sizeBytes: 1_000,
  quotaBytes: 2 * GIB,
  ...changes,
});
type Answer = EtcdFacts['answers'][number];
const answer = (id: number, found: EtcdStatus | { silent: string }): Answer => ({
  endpoint: `https://10.0.0.${id}:2379`,
  status: found,
});
const member = (id: string, isLearner = false) => ({ id, name: `etcd-${id}`, isLearner });
const three: EtcdFacts = {
  answers: [1, 2, 3].map((id) => answer(id, status(String(id)))),
  members: ['1', '2', '3'].map((id) => member(id)),
  alarms: [],
};
const second = (changes: Partial<EtcdStatus>): EtcdFacts => ({
  ...three,
  answers: three.answers.map((one, index) => (index === 1 ? answer(2, status('2', changes)) : one)),
});
const members = (facts: EtcdFacts) => etcdMemberFindings(facts).map(({ answer: said, object }) => `${said} ${object}`);

describe('etcd-members', () => {
  test('M32: three healthy members are fine', () => {
    expect(members(three)).toEqual([]);
  });

  test.each<[string, EtcdFacts, string[]]>([
    [
      'a member that does not answer',
      { ...three, answers: [...three.answers.slice(0, 2), answer(3, { silent: 'refused' })] },
      ['block https://10.0.0.3:2379', 'block etcd-3', 'block etcd'],
    ],
    [
      'a member of no endpoint',
      { ...three, members: ['1', '2', '3', '4'].map((id) => member(id)) },
      ['block etcd-4', 'block etcd'],
    ],
    ['a learner', { ...three, members: [member('1'), member('2'), member('3', true)] }, ['block etcd-3', 'block etcd']],
    ['a member without a leader', second({ leader: '0' }), ['block etcd-2']],
    ['two leaders', second({ leader: '2' }), ['block etcd']],
    ['two versions', second({ version: '3.5.21' }), ['block etcd']],
    ['a member that is 1,000 entries behind', second({ raftIndex: 4_000 }), []],
    ['a member that is 1,001 entries behind', second({ raftIndex: 3_999 }), ['block etcd-2']],
    [
      'two members, of which none can be away',
      { ...three, answers: three.answers.slice(0, 2), members: [member('1'), member('2')] },
      ['block etcd'],
    ],
    [
      'a single member, which is away in its own step',
      { ...three, answers: three.answers.slice(0, 1), members: [member('1')] },
      ['warn etcd'],
    ],
    ['a list of members that cannot be read', { ...three, members: { silent: '403' } }, ['unknown etcd']],
  ])('M32: %s', (_, facts, found) => {
    expect(members(facts)).toEqual(found);
  });
});

describe('etcd-alarms', () => {
  const alarms = (facts: EtcdFacts) =>
    etcdAlarmFindings(facts).map(({ answer: said, object, detail }) => [said, object, detail]);

  test.each<[string, EtcdFacts, unknown]>([
    ['none', three, []],
    ['NOSPACE', { ...three, alarms: [{ memberId: '2', alarm: 'NOSPACE' }] }, [['block', 'etcd-2', 'alarm NOSPACE']]],
    ['a database at 80 % of its quota', second({ sizeBytes: 80, quotaBytes: 100 }), []],
    [
      'a database above 80 %',
      second({ sizeBytes: 81, quotaBytes: 100 }),
      [['block', 'etcd-2', 'its database has 81 bytes, 81 % of its quota']],
    ],
    ['a database of 1.5 GiB without a known quota', second({ sizeBytes: 1.5 * GIB, quotaBytes: null }), []],
    [
      'a database of 1.7 GiB without a known quota',
      second({ sizeBytes: 1.7 * GIB, quotaBytes: null }),
      [['block', 'etcd-2', expect.any(String)]],
    ],
    ['alarms that cannot be read', { ...three, alarms: { silent: 'refused' } }, [['unknown', 'etcd', 'refused']]],
    [
      'a member that does not answer',
      { ...three, answers: [answer(1, { silent: 'refused' })] },
      [['unknown', 'https://10.0.0.1:2379', 'refused']],
    ],
  ])('M32: %s', (_, facts, found) => {
    expect(alarms(facts)).toEqual(found);
  });
});

describe('etcd-snapshot', () => {
  const NOW_MS = 10_000;
  const snapshot = (changes: Partial<SnapshotFacts>) =>
    snapshotFindings(
      { newest: null, failure: null, isSurvey: false, maxAgeMs: 1_000, folder: '/snapshots', ...changes },
      NOW_MS,
    ).map(({ answer: said, detail }) => `${said} ${detail}`);
  const newest = (atMs: number) => ({ file: 'a.db', atMs });

  test.each<[string, Partial<SnapshotFacts>, string[]]>([
    ['one that is young enough', { newest: newest(NOW_MS - 1_000) }, []],
    ['one that is too old', { newest: newest(NOW_MS - 1_001) }, ['block the newest snapshot, a.db, is too old']],
    ['none', {}, ['block there is no snapshot']],
    ['one that could not be made', { failure: 'the sum is wrong' }, ['block no snapshot was made: the sum is wrong']],
    ['none in a survey', { isSurvey: true }, ['warn there is no snapshot: one will be made before the run acts']],
  ])('M32: %s', (_, changes, found) => {
    expect(snapshot(changes)).toEqual(found);
  });
});
