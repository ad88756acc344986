/** The keys of `healing` for pods that ask echoes: what is taken, what is refused at start, and the plan made of them. */

import { expect, test } from '@jest/globals';
import { parseOnboardNodeInput } from '../contracts/healing/onboarding-parser.ts';
import { useConfigFiles } from '../tests/fixtures/use-config-files.ts';
import { healPlan } from './policies/healing.ts';

const { load, problemsOf } = useConfigFiles();

const KEY = 'A'.repeat(43);
const URL_A = 'http://10.50.0.10:8080/v1/source';

/** An endpoint in YAML. */
function endpoint(change: object = {}): string {
  return JSON.stringify({ name: 'a', url: URL_A, publicKeys: [KEY], ...change });
}

function healing(keys: object, ...endpoints: string[]): string {
  const { echo = {}, ...rest } = keys as { readonly echo?: object };
  const all = Object.entries(echo).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  const more = Object.entries(rest).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `healing: { ${[...more, `echo: { ${[...all, `endpoints: [${endpoints.join(', ')}]`].join(', ')} }`].join(', ')} }`;
}

const ASKED = { evidence: 'source-address' };

test('E45: without a key of them the plan is that of healNode', () => {
  expect(healPlan(load('')).workflow).toBe('healNode');
  // An echo alone changes nothing: a verification may use it.
  expect(healPlan(load(healing({}, endpoint()))).workflow).toBe('healNode');
});

test('E40: with source-address the plan is that of onboardNode, for the profile snat, with the names of the endpoints', () => {
  const yaml = healing(
    { ...ASKED, patience: '90s', echo: { require: 'any', fallback: 'sandbox' } },
    endpoint(),
    endpoint({ name: 'b' }),
  );
  const plan = healPlan(load(yaml));
  expect(plan).toEqual({
    workflow: 'onboardNode',
    profile: 'snat',
    policy: {
      windowMs: 1_800_000,
      intervalMs: 30_000,
      errorBudget: 10,
      provenPodsMin: 3,
      retryAfterMs: 3_600_000,
      searchAttributes: true,
      evidence: 'source-address',
      fallback: 'sandbox',
      endpoints: ['a', 'b'],
      require: 'any',
      patienceMs: 90_000,
    },
  });
  const { workflow: _, ...rest } = plan;
  expect(parseOnboardNodeInput({ v: 1, cluster: 'prod', node: 'win-1', ...rest })).toMatchObject({ ok: true });
});

test('E40: the defaults of the echo are two minutes of patience, two seconds to settle, and signed answers of all', () => {
  const config = load(healing({}, endpoint({ publicKeys: [KEY] })));
  expect(config.healing).toMatchObject({
    patienceMs: 120_000,
    echo: {
      require: 'all',
      fallback: 'none',
      exemptBefore: [],
      settleMs: 2_000,
      endpoints: [{ name: 'a', url: URL_A, answer: 'vigilante', trust: 'signed' }],
    },
    pod: { answer: 'file', command: [] },
  });
  expect(config.worker.probesMax).toBe(500);
});

test.each<[string, string, RegExp]>([
  [
    'no endpoint',
    healing(ASKED),
    /^healing\.echo\.endpoints: \[\]: expected an endpoint with name, url and publicKeys/,
  ],
  [
    'a patience above half the window',
    healing({ ...ASKED, window: '10m', patience: '301s' }, endpoint()),
    /^healing\.patience: 301s: expected at most half of healing\.window \(10m\)/,
  ],
  [
    'a signed endpoint without a key',
    healing(ASKED, endpoint({ publicKeys: [] })),
    /^healing\.echo\.endpoints: a: publicKeys: \[\]: expected a key/,
  ],
  [
    'an answer that nobody signs',
    healing(ASKED, endpoint({ answer: 'text' })),
    /^healing\.echo\.endpoints: a: answer text: expected trust: unsigned/,
  ],
  [
    'JSON that nobody signs',
    healing(ASKED, endpoint({ answer: 'json:/ip' })),
    /^healing\.echo\.endpoints: a: answer json:\/ip: expected trust/,
  ],
  [
    'an endpoint in an exempt range',
    healing({ ...ASKED, echo: { exemptBefore: ['10.240.0.0/12', '10.50.0.0/16'] } }, endpoint()),
    /url http:\/\/10\.50\.0\.10:8080\/v1\/source: expected an address outside of healing\.echo\.exemptBefore \(10\.50\.0\.0\/16\)/,
  ],
  [
    'an endpoint in an exempt range of IPv6',
    healing({ ...ASKED, echo: { exemptBefore: ['fd00::/8'] } }, endpoint({ url: 'http://[fd12::9]:8080/v1/source' })),
    /exemptBefore \(fd00::\/8\)/,
  ],
  [
    'an exempt address in another spelling',
    healing(
      { ...ASKED, echo: { exemptBefore: ['10.50.0.0/16'] } },
      endpoint({ url: 'http://[::ffff:10.50.0.10]/v1/source' }),
    ),
    /exemptBefore \(10\.50\.0\.0\/16\)/,
  ],
  [
    'two endpoints of one name',
    healing(ASKED, endpoint(), endpoint(), endpoint()),
    /^healing\.echo\.endpoints: expected each name once, got a again/,
  ],
  [
    'a command that asks nobody',
    `healing: { pod: { command: [curl, http://x] } }`,
    /^healing\.pod\.command: expected \{url\}/,
  ],
])('E12: %s is refused at start', (_what, yaml, problem) => {
  expect(problemsOf(yaml)).toEqual([expect.stringMatching(problem)]);
});

test('E12: all problems are told together', () => {
  const yaml = healing({ ...ASKED, patience: '20m' }, endpoint({ publicKeys: [] }), endpoint({ answer: 'text' }));
  expect(problemsOf(yaml)).toHaveLength(4);
});

test.each<[string, string]>([
  ['half the window', healing({ ...ASKED, window: '10m', patience: '5m' }, endpoint())],
  ['a long patience that nobody uses', healing({ patience: '12h' })],
  [
    'an endpoint by its name, whatever is exempt',
    healing(
      { ...ASKED, echo: { exemptBefore: ['0.0.0.0/0', '::/0'] } },
      endpoint({ url: 'https://echo.example.com/v1/source' }),
    ),
  ],
  ['an unsigned text', healing(ASKED, endpoint({ answer: 'text', trust: 'unsigned', publicKeys: [] }))],
  ['unsigned JSON at its root', healing(ASKED, endpoint({ answer: 'json:', trust: 'unsigned', publicKeys: [] }))],
  ['three keys', healing(ASKED, endpoint({ publicKeys: [KEY, KEY, KEY] }))],
  ['no time to settle', healing({ ...ASKED, echo: { settle: '0s' } }, endpoint())],
  ['a command with {url}', `healing: { pod: { answer: log, command: [ask, "--from={url}"] } }`],
])('E40: %s is taken', (_what, yaml) => {
  expect(problemsOf(yaml)).toEqual([]);
});

test.each<[object]>([
  [{ name: 'Not-A-Label' }],
  [{ name: 'a'.repeat(64) }],
  [{ url: '10.50.0.10:8080' }],
  [{ url: 'ftp://10.50.0.10/v1/source' }],
  [{ url: 'http://10.50.0.10' }],
  [{ url: 'http://10.50.0.10/v1/source?nonce=1' }],
  [{ url: 'http://10.50.0.10/v1/source#a' }],
  [{ url: 'http://user:word@10.50.0.10/v1/source' }],
  [{ url: 'http://10.50.0.10:99999/v1/source' }],
  [{ url: 'http://[fd12::9/v1/source' }],
  [{ publicKeys: [`${KEY}A`] }],
  [{ publicKeys: [KEY.slice(1)] }],
  [{ publicKeys: [KEY, KEY, KEY, KEY] }],
  [{ answer: 'xml' }],
  [{ answer: 'json:ip' }],
  [{ trust: 'blind' }],
])('E2: an endpoint with %j is refused by its key', (change) => {
  const [problem, ...others] = problemsOf(healing({}, endpoint(change)));
  expect(problem).toMatch(/^healing\.echo\.endpoints\.0\..*: expected a list of at most 4 with the keys name/);
  expect(others).toEqual([]);
});

test.each<[string, string, RegExp]>([
  [
    'five endpoints',
    healing({}, ...['a', 'b', 'c', 'd', 'e'].map((name) => endpoint({ name }))),
    /^healing\.echo\.endpoints: .*at most 4/,
  ],
  [
    'a range that is none',
    healing({ echo: { exemptBefore: ['10.0.0.0'] } }),
    /^healing\.echo\.exemptBefore\.0: "10\.0\.0\.0": expected a list of ranges/,
  ],
  [
    'more than five seconds to settle',
    healing({ echo: { settle: '6s' } }),
    /^healing\.echo\.settle: "6s": expected a duration/,
  ],
  [
    'another requirement',
    healing({ echo: { require: 'most' } }),
    /^healing\.echo\.require: "most": expected one of all, any/,
  ],
  [
    'another fall-back',
    healing({ echo: { fallback: 'pod-ip' } }),
    /^healing\.echo\.fallback: "pod-ip": expected one of none, sandbox/,
  ],
  ['half a second of patience', healing({ patience: '500ms' }), /^healing\.patience: "500ms": expected a duration/],
  [
    'another way to answer',
    'healing: { pod: { answer: mail } }',
    /^healing\.pod\.answer: "mail": expected one of file, log/,
  ],
])('E2, E13, E14: %s is refused', (_what, yaml, problem) => {
  expect(problemsOf(yaml)).toEqual([expect.stringMatching(problem)]);
});
