/** Which requests a container's arguments ask for, and how it ends. */

import { expect, test } from '@jest/globals';
import { curl, requestsIn, type Transfer } from './curl.ts';

const WAIT = 'http://10.0.0.1:8080/v1/wait?ms=2000';
const SOURCE = 'http://10.0.0.1:8080/v1/source?nonce=$(POD_UID)';
const ASKED = 'http://10.0.0.1:8080/v1/source?nonce=uid-1';

test.each([
  [['curl', '-q', '-sS', '-o', '/dev/termination-log', SOURCE], [{ url: ASKED, toFile: true }]],
  [
    ['curl', '-o', '/dev/termination-log', WAIT, '-o', '/dev/termination-log', SOURCE],
    [
      { url: WAIT, toFile: true },
      { url: ASKED, toFile: true },
    ],
  ],
  [
    ['curl', '--output', '/dev/termination-log', WAIT, SOURCE],
    [
      { url: WAIT, toFile: true },
      { url: ASKED, toFile: false },
    ],
  ],
  [['/probe', `--from=${SOURCE}`], [{ url: ASKED, toFile: true }]],
  [['curl', '-o', '/dev/termination-log'], []],
])('%j asks for %j', (argv, requests) => {
  expect(requestsIn(argv, { podUid: 'uid-1' })).toEqual(requests);
});

const answered = (body: string): Transfer => ({ kind: 'answered', body });
const refused: Transfer = { kind: 'failed', code: 7, message: 'Connection refused' };

async function run(...steps: readonly (readonly [Transfer, boolean])[]) {
  return runWith({ failsEarly: false }, ...steps);
}

async function runWith({ failsEarly }: { failsEarly: boolean }, ...steps: readonly (readonly [Transfer, boolean])[]) {
  const requests = steps.map(([, toFile], index) => ({ url: `http://a/${index}`, toFile }));
  const transfer = async (url: string) => steps[Number(url.slice('http://a/'.length))]?.[0] ?? refused;
  return curl(requests, { transfer, failsEarly });
}

test('E2: with --fail-early nothing is asked after a wait that failed', async () => {
  const ending = await runWith({ failsEarly: true }, [refused, true], [answered('{"v":1}'), true]);
  expect(ending).toMatchObject({ exitCode: 7, message: expect.stringContaining('Connection refused') });
});

test('the message is the last answer', async () => {
  expect(await run([answered('first'), true], [answered('second'), true])).toEqual({ exitCode: 0, message: 'second' });
});

test('a failure is the message where no answer came', async () => {
  expect(await run([answered(''), true], [refused, true])).toEqual({
    exitCode: 7,
    message: 'curl: (7) Connection refused\n',
  });
});

test('what is printed is the message only of a container that failed', async () => {
  expect(await run([answered('answer\n'), false])).toEqual({ exitCode: 0, message: '' });
  expect(await run([answered('answer\n'), false], [refused, false])).toEqual({
    exitCode: 7,
    message: 'answer\ncurl: (7) Connection refused\n',
  });
});

test('an earlier failure is forgotten when the last request is answered', async () => {
  expect(await run([refused, true], [answered('answer'), true])).toEqual({ exitCode: 0, message: 'answer' });
});

test('a message has at most 4,096 characters', async () => {
  expect((await run([answered('x'.repeat(5_000)), true])).message).toHaveLength(4_096);
});

test('without a URL nothing is asked', async () => {
  expect(await run()).toEqual({ exitCode: 2, message: 'curl: (2) no URL specified' });
});
