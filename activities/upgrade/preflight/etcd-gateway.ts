/** What etcd says by its HTTP gateway: members, alarms, and each member's status. */

import { type Check, flag, list, open, optional, parsed, value } from '../../../contracts/shape.ts';
import { messageOf } from '../../../domain/error-message.ts';
import type { EtcdAlarm, EtcdFacts, EtcdMember, EtcdStatus, Silence } from '../../../domain/upgrade/preflight/etcd.ts';

export interface EtcdGateway {
  /** Without a slash at the end. */
  readonly endpoints: readonly string[];
  /** The parsed JSON of a 200 answer. Throws otherwise. */
  post(question: EtcdQuestion): Promise<unknown>;
  /** The body of a 200 answer as it arrives. */
  stream(question: EtcdQuestion): Promise<AsyncIterable<Uint8Array>>;
}

export interface EtcdQuestion {
  readonly endpoint: string;
  readonly path: string;
  readonly body: object;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 10_000;
const LIST_MAX = 100;

/** The gateway writes 64-bit numbers as texts, and leaves out what is zero, false or empty. */
const number = optional(
  value<string>('a number as a text', (found) => typeof found === 'string' && /^\d+$/.test(found)),
);
const word = value<string>('a text', (found) => typeof found === 'string');

interface StatusAnswer {
  readonly header: { readonly member_id?: string };
  readonly version: string;
  readonly leader?: string;
  readonly raftIndex?: string;
  readonly dbSize?: string;
  readonly dbSizeQuota?: string;
  readonly isLearner?: boolean;
}

const statusAnswer: Check<StatusAnswer> = open<StatusAnswer>({
  header: open<StatusAnswer['header']>({ member_id: number }),
  version: word,
  leader: number,
  raftIndex: number,
  dbSize: number,
  dbSizeQuota: number,
  isLearner: optional(flag),
});

interface MembersAnswer {
  readonly members: readonly { readonly ID?: string; readonly name?: string; readonly isLearner?: boolean }[];
}

const membersAnswer: Check<MembersAnswer> = open<MembersAnswer>({
  members: list(
    open<MembersAnswer['members'][number]>({ ID: number, name: optional(word), isLearner: optional(flag) }),
    LIST_MAX,
  ),
});

interface AlarmsAnswer {
  readonly alarms?: readonly { readonly memberID?: string; readonly alarm?: string }[];
}

const alarmsAnswer: Check<AlarmsAnswer> = open<AlarmsAnswer>({
  alarms: optional(
    list(open<NonNullable<AlarmsAnswer['alarms']>[number]>({ memberID: number, alarm: optional(word) }), LIST_MAX),
  ),
});

/** Never throws: who does not answer is silent. */
export async function etcdFacts(gateway: EtcdGateway): Promise<EtcdFacts> {
  const { endpoints } = gateway;
  const statuses = await Promise.all(endpoints.map((endpoint) => orSilent(() => statusOf(gateway, endpoint))));
  const answers = endpoints.flatMap((endpoint, index) => {
    const status = statuses[index];
    return status === undefined ? [] : [{ endpoint, status }];
  });
  // A member that is down cannot be asked about the others.
  const up = answers.find(({ status }) => !('silent' in status))?.endpoint;
  if (up === undefined) {
    const silent = { silent: 'no member of etcd answers' };
    return { answers, members: silent, alarms: silent };
  }
  return {
    answers,
    members: await orSilent(() => membersOf(gateway, up)),
    alarms: await orSilent(() => alarmsOf(gateway, up)),
  };
}

async function orSilent<T>(ask: () => Promise<T>): Promise<T | Silence> {
  try {
    return await ask();
  } catch (error) {
    return { silent: messageOf(error) };
  }
}

async function statusOf(gateway: EtcdGateway, endpoint: string): Promise<EtcdStatus> {
  const answer = await answerOf(gateway, { endpoint, path: '/v3/maintenance/status', body: {} }, statusAnswer);
  const { header, version, leader = '0', raftIndex = '0', dbSize = '0', dbSizeQuota = '0' } = answer;
  return {
    memberId: header.member_id ?? '0',
    leader,
    raftIndex: Number(raftIndex),
    version,
    isLearner: answer.isLearner ?? false,
    sizeBytes: Number(dbSize),
    quotaBytes: Number(dbSizeQuota) || null,
  };
}

async function membersOf(gateway: EtcdGateway, endpoint: string): Promise<readonly EtcdMember[]> {
  const { members } = await answerOf(gateway, { endpoint, path: '/v3/cluster/member/list', body: {} }, membersAnswer);
  return members.map(({ ID: id = '0', name = '', isLearner = false }) => ({ id, name, isLearner }));
}

async function alarmsOf(gateway: EtcdGateway, endpoint: string): Promise<readonly EtcdAlarm[]> {
  const question = { endpoint, path: '/v3/maintenance/alarm', body: { action: 'GET' } };
  const { alarms = [] } = await answerOf(gateway, question, alarmsAnswer);
  return alarms.map(({ memberID: memberId = '0', alarm = 'NONE' }) => ({ memberId, alarm }));
}

async function answerOf<T>(gateway: EtcdGateway, question: Omit<EtcdQuestion, 'signal'>, check: Check<T>): Promise<T> {
  const body = await gateway.post({ ...question, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const found = parsed(body, check, question.path);
  if (found.ok) return found.value;
  throw new Error(`${question.endpoint} gave a wrong answer: ${found.problems.join('; ')}`);
}
