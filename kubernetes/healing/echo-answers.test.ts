/** Answers of echoes as they lie in an ended pod: which are believed, and whose address they hold (E3 to E5, E12). */

import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { EndpointAnswer } from '../../domain/healing/source-verdict.ts';
import { askedPod, NODE_IP, POD_IP, POD_UID, terminated, testEcho } from '../../tests/fixtures/echo.ts';
import type { ContainerStatus, PodObject } from '../client/objects.ts';
import type { NodeNetwork } from '../nodes/network.ts';
import { type AskedEndpoint, endpointAnswer, podAddresses } from './echo-answers.ts';

const NAME = 'onprem-1';
const echo = testEcho(NAME);
const stranger = testEcho(NAME);
const NETWORK: NodeNetwork = { addresses: [NODE_IP], podCidrs: ['10.244.3.0/24'], windowsBuild: undefined };
const RIGHT = { nonce: POD_UID, source: POD_IP };
const answered = (source: string): EndpointAnswer => ({ kind: 'answer', endpoint: NAME, source });

interface Case {
  readonly endpoint?: Partial<AskedEndpoint>;
  readonly how?: 'file' | 'log';
  readonly network?: Partial<NodeNetwork>;
}

function read(
  status: ContainerStatus | PodObject,
  { endpoint = {}, how = 'file', network = {} }: Case = {},
): EndpointAnswer {
  const pod = 'kind' in status ? status : askedPod({ [NAME]: status as ContainerStatus });
  return endpointAnswer(pod, echo.endpoint(endpoint), {
    answer: how,
    network: { ...NETWORK, ...network },
    nodeAt: (address) => (address === '10.240.0.9' ? 'win-9' : undefined),
  });
}

const problemOf = (answer: EndpointAnswer) => (answer.kind === 'answer' ? null : `${answer.kind}: ${answer.problem}`);

test('E3, E4: a signed answer to this pod is believed, with a line break behind it too', () => {
  for (const end of ['', '\n', '\r\n']) {
    expect(read(terminated(`${echo.answer(RIGHT)}${end}`))).toEqual(answered(POD_IP));
  }
});

test.each<[string, string, RegExp]>([
  [
    'is to the nonce of another pod',
    echo.answer({ ...RIGHT, nonce: '150213d4-0002' }),
    /^invalid: .*to the nonce 150213d4-0002 instead of 150213d4-0001/,
  ],
  [
    'is of an echo of another name',
    testEcho().answer({ ...RIGHT, echo: 'onprem-2' }),
    /^invalid: the echo onprem-2 answered instead of onprem-1/,
  ],
  ['is signed by a foreign key', stranger.answer(RIGHT), /^invalid: the signature is by none of the public keys/],
  ['is forged: the address was changed', echo.answer(RIGHT).replace(POD_IP, '10.9.9.9'), /^invalid: the signature/],
  ['is forged: the port was changed', echo.answer(RIGHT).replace('49712', '49713'), /^invalid: the signature/],
  [
    'has the signature of another answer',
    echo.answer({ ...RIGHT, sig: signatureIn(echo.answer({ ...RIGHT, port: 7 })) }),
    /^invalid: the signature/,
  ],
  ['is not signed', JSON.stringify({ ...JSON.parse(echo.answer(RIGHT)), sig: undefined }), /^invalid: answer\.sig/],
  ['is cut in its middle', echo.answer(RIGHT).slice(0, 120), /^invalid: answer: expected an object/],
  ['is cut by one character', echo.answer(RIGHT).slice(0, -1), /^invalid: answer: expected an object/],
  ['is of another version', echo.answer({ ...RIGHT, v: 2 }), /^invalid: answer\.v/],
  ['is a page of a portal', '<html>Please log in</html>', /^invalid: answer: expected an object/],
  ['holds no address', echo.answer({ ...RIGHT, source: 'somewhere' }), /^invalid: somewhere is no address/],
  ['is empty', '', /^none: an empty answer/],
  ['is blank', ' \n', /^none: an empty answer/],
])('E4: an answer that %s proves and refutes nothing', (_what, message, problem) => {
  expect(problemOf(read(terminated(message)))).toMatch(problem);
});

test('E4: the size is looked at first, and 2,048 bytes are still read', () => {
  const answer = echo.answer(RIGHT);
  const padded = (bytes: number) => `${' '.repeat(bytes - Buffer.byteLength(answer))}${answer}`;
  expect(read(terminated(padded(2_048)))).toEqual(answered(POD_IP));
  expect(problemOf(read(terminated(padded(2_049))))).toBe('invalid: the answer has more than 2048 bytes');
  // Characters of three bytes each: fewer than 2,048 of them.
  expect(problemOf(read(terminated('€'.repeat(700))))).toBe('invalid: the answer has more than 2048 bytes');
});

test('E4: one of several keys is enough, and without a key an answer is believed unsigned, but not to another nonce', () => {
  const { publicKey } = echo;
  expect(read(terminated(echo.answer(RIGHT)), { endpoint: { publicKeys: [stranger.publicKey, publicKey] } })).toEqual(
    answered(POD_IP),
  );
  const others = { endpoint: { publicKeys: [testEcho(NAME).publicKey, testEcho(NAME).publicKey] } };
  expect(read(terminated(echo.answer(RIGHT)), others).kind).toBe('invalid');
  const unsigned = { endpoint: { publicKeys: [] } };
  expect(read(terminated(stranger.answer(RIGHT)), unsigned)).toEqual(answered(POD_IP));
  expect(read(terminated(stranger.answer({ ...RIGHT, nonce: 'other' })), unsigned).kind).toBe('invalid');
});

test('E4: whatever is done to an answer, no other address than the signed one is believed', () => {
  const right = echo.answer(RIGHT);
  fc.assert(
    fc.property(fc.nat({ max: right.length - 1 }), fc.string({ minLength: 1, maxLength: 3 }), (at, put) => {
      const found = read(terminated(`${right.slice(0, at)}${put}${right.slice(at + put.length)}`));
      if (found.kind === 'answer') expect(found.source).toBe(POD_IP);
    }),
  );
});

test('E4: no message throws, whatever form of answer is expected', () => {
  const forms = fc.constantFrom('vigilante', 'text', 'json:', 'json:/ip', 'json:/a/0');
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.json()),
      forms,
      fc.constantFrom<'file' | 'log'>('file', 'log'),
      (message, answer, how) => {
        const { kind, ...found } = read(terminated(message), { how, endpoint: { answer } });
        expect(['answer', 'invalid', 'none']).toContain(kind);
        if ('problem' in found) expect(found.problem).toMatch(/^.{1,200}$/);
      },
    ),
  );
});

test.each([
  ['text', '10.240.0.31\n', POD_IP],
  ['text', ' 10.240.0.31 ', POD_IP],
  ['text', '::ffff:10.240.0.31', POD_IP],
  ['text', 'FD00:0:0::31%eth0', 'fd00::31'],
  ['json:/ip', '{"ip":"10.240.0.31"}', POD_IP],
  ['json:/client/ips/0', '{"client":{"ips":[" 10.240.0.31\\n"]}}', POD_IP],
  ['json:/a~1b/m~0n', '{"a/b":{"m~n":"10.240.0.31"}}', POD_IP],
  ['json:/~01', '{"~1":"10.240.0.31"}', POD_IP],
  ['json:/', '{"":"10.240.0.31"}', POD_IP],
  ['json:', '"10.240.0.31"', POD_IP],
])('E3: answer %s reads %j', (answer, message, source) => {
  expect(read(terminated(message), { endpoint: { answer, publicKeys: [] } })).toEqual(answered(source));
});

test.each([
  ['text', '10.240.0.31\n10.9.9.9', /^invalid: 10\.240\.0\.31 10\.9\.9\.9 is no address/],
  ['text', '10.1', /^invalid: 10\.1 is no address/],
  ['text', '<html>', /^invalid: <html> is no address/],
  ['json:/ip', '10.240.0.31', /^invalid: the answer is no JSON/],
  ['json:/ip', '{"IP":"10.240.0.31"}', /^invalid: the answer has no text at \/ip/],
  ['json:/ip', '{"ip":17}', /^invalid: the answer has no text at \/ip/],
  ['json:/ip/x', '{"ip":"10.240.0.31"}', /^invalid: the answer has no text/],
  ['json:/__proto__', '{"ip":"10.240.0.31"}', /^invalid: the answer has no text/],
  ['json:/length', '["10.240.0.31"]', /^invalid: the answer has no text/],
  ['json:', '{"ip":"10.240.0.31"}', /^invalid: the answer has no text at its root/],
])('E3: answer %s does not take %j', (answer, message, problem) => {
  expect(problemOf(read(terminated(message), { endpoint: { answer, publicKeys: [] } }))).toMatch(problem);
});

const UNSUPPORTED = 'curl: (1) Protocol "end" not supported or disabled in libcurl\n';

test('E4: with answer: log any exit code counts, and curl’s own lines are no part of the answer', () => {
  const answer = echo.answer(RIGHT);
  for (const log of [`${answer}\n${UNSUPPORTED}`, `${UNSUPPORTED}${answer}\n`, answer]) {
    expect(read(terminated(log, 1), { how: 'log' })).toEqual(answered(POD_IP));
  }
  const lines = JSON.stringify({ ip: POD_IP }, null, 2);
  const json = { how: 'log', endpoint: { answer: 'json:/ip', publicKeys: [] } } as const;
  expect(read(terminated(`${lines}\n${UNSUPPORTED}`, 1), json)).toEqual(answered(POD_IP));
  expect(read(terminated(answer, 1), { how: 'file' }).kind).toBe('none');
});

test.each([
  [6, true],
  [7, true],
  [28, true],
  [1, false],
  [22, false],
  [23, false],
  [35, false],
  [56, false],
  [137, false],
])('E13: curl ended with %d: that the pod reached nobody is %s, in the file and in the log', (code, isUnreached) => {
  const words = `curl: (${code}) curl's own words\n`;
  const none = { kind: 'none', endpoint: NAME };
  expect(read(terminated(words, code))).toEqual({ ...none, problem: `exit ${code}: ${words.trim()}`, isUnreached });
  expect(read(terminated(`${words}${UNSUPPORTED}`, 1), { how: 'log' })).toMatchObject({ ...none, isUnreached });
});

test('E4: a container that ended without a word, and one without a code, say what is known', () => {
  expect(problemOf(read(terminated('', 137)))).toBe('none: exit 137: Error');
  expect(problemOf(read({ state: { terminated: {} } }))).toBe('none: exit -1: no message');
  expect(problemOf(read(terminated('curl: (23) x'.repeat(100), 23)))).toHaveLength('none: '.length + 200);
});

test.each<[string, PodObject, string]>([
  ['no status at all', { kind: 'Pod', metadata: { uid: POD_UID } }, 'late: no container was begun'],
  ['no status of this container', askedPod({ other: terminated(echo.answer(RIGHT)) }), 'late: no container was begun'],
  [
    'an image that cannot be pulled',
    askedPod({ [NAME]: { state: { waiting: { reason: 'ErrImagePull', message: 'no\n egress' } } } }),
    'late: ErrImagePull: no egress',
  ],
  [
    'a container that is made',
    askedPod({ [NAME]: { state: { waiting: { reason: 'ContainerCreating' } } } }),
    'late: ContainerCreating',
  ],
  ['a container that runs', askedPod({ [NAME]: { state: {} } }), 'late: the container has not ended'],
  ['a container that waits without a reason', askedPod({ [NAME]: { state: { waiting: {} } } }), 'late: waiting'],
])('E10: a pod with %s was late, and its silence excuses nobody', (_what, pod, problem) => {
  expect(read(pod)).toEqual({ kind: 'none', endpoint: NAME, problem, isUnreached: false });
});

test.each<[string, string, Partial<NodeNetwork>, string | null]>([
  ['outside of everything', 'http://10.50.0.10:8080/v1/source', {}, null],
  ['of the node', `http://${NODE_IP}:8080/v1/source`, {}, `${NODE_IP} is an address of the node`],
  [
    'of the node, in another spelling',
    'http://[::ffff:10.240.0.4]/v1/source',
    {},
    `${NODE_IP} is an address of the node`,
  ],
  ['of another node', 'http://10.240.0.9:8080/v1/source', {}, '10.240.0.9 is an address of node win-9'],
  [
    'among the pods of the node',
    'http://10.244.3.9/v1/source',
    {},
    '10.244.3.9 is in 10.244.3.0/24, the pods of the node',
  ],
  ['beside the pods of the node', 'http://10.244.4.9/v1/source', {}, null],
  [
    'in the second range',
    'http://[fd01::9]/v1/source',
    { podCidrs: ['10.244.3.0/24', 'fd01::/64'] },
    'fd01::9 is in fd01::/64',
  ],
  ['in a range that is none', 'http://10.244.3.9/v1/source', { podCidrs: ['10.244.3.0'] }, null],
  ['behind a name', 'http://win-1.example.com/v1/source', {}, null],
])('E12: an endpoint %s', (_where, url, network, problem) => {
  const found = read(terminated(echo.answer(RIGHT)), { endpoint: { url }, network });
  if (problem === null) expect(found).toEqual(answered(POD_IP));
  else expect(problemOf(found)).toContain(`invalid: the endpoint ${problem}`);
});

test.each<[string, Partial<NonNullable<PodObject['status']>>, string[], string[]]>([
  ['one address each', {}, [POD_IP], [NODE_IP]],
  [
    'two families',
    { podIPs: [{ ip: POD_IP }, { ip: 'FD00::0:31' }], hostIPs: [{ ip: NODE_IP }, { ip: '::ffff:10.240.0.5' }] },
    [POD_IP, 'fd00::31'],
    [NODE_IP, '10.240.0.5'],
  ],
  ['no address', { podIP: '', podIPs: null, hostIP: '', hostIPs: null }, [], []],
  ['lists that are empty', { podIPs: [], hostIPs: [{}] }, [POD_IP], [NODE_IP]],
  ['no address any more', { podIP: undefined, podIPs: undefined } as object, [], [NODE_IP]],
])('E5: the addresses of a pod with %s are in one spelling', (_what, status, pod, host) => {
  const outside = '20.1.2.3';
  const found = podAddresses(askedPod({}, status), { ...NETWORK, addresses: [outside] });
  expect(found).toEqual({ pod, host, node: [...host, outside] });
});

function signatureIn(answer: string): string {
  return /"sig":"([^"]+)"/.exec(answer)?.[1] ?? '';
}
