/** What a pod asks, on which command line, and how it hands the answer on (E2). */

import { expect, test } from '@jest/globals';
import { SOURCE_PATH, WAIT_PATH } from '../../contracts/healing/echo-answer.ts';
import { HEALING_POD_LABELS, SNAT_PROFILE, verifyingPodLabels } from '../../contracts/healing/names.ts';
import { nodeName, nodeRef } from '../../tests/fixtures/nodes.ts';
import { type HealingPodSettings, healingPodManifest, healingPodName } from './pod.ts';
import { echoContainerName, type PodQuestion, probingContainers } from './probing-pod.ts';

const URL_A = `http://10.50.0.10:8080${SOURCE_PATH}`;
const WAIT_A = `http://10.50.0.10:8080${WAIT_PATH}`;
const A = { name: 'a', url: URL_A, answer: 'vigilante' };
const ASKED = `${URL_A}?nonce=$(POD_UID)`;

const QUESTION: PodQuestion = {
  endpoints: [A],
  answer: 'file',
  settleMs: 2_000,
  command: [],
  image: 'nanoserver:1',
  windows: true,
  patienceMs: 120_000,
};

function commandOf(change: Partial<PodQuestion> = {}): readonly string[] {
  const [container] = probingContainers({ ...QUESTION, ...change });
  return container?.command ?? [];
}

/** The URLs in the order in which curl asks them. */
const urlsOf = (command: readonly string[]) => command.filter((part) => part.includes('://'));
const valueOf = (command: readonly string[], flag: string) => command[command.indexOf(flag) + 1];

test('E2: there is one container for each endpoint, named after it, and the kubelet puts the uid into the nonce', () => {
  const containers = probingContainers({
    ...QUESTION,
    endpoints: [A, { ...A, name: 'b', url: 'http://[fd00::1]/v1/source' }],
  });
  expect(containers.map(({ name }) => name)).toEqual(['echo-a', 'echo-b']);
  expect(containers.map(({ command }) => urlsOf(command).at(-1))).toEqual([
    ASKED,
    'http://[fd00::1]/v1/source?nonce=$(POD_UID)',
  ]);
  for (const container of containers) {
    expect(container).toMatchObject({
      image: 'nanoserver:1',
      env: [{ name: 'POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } }],
      terminationMessagePolicy: 'FallbackToLogsOnError',
    });
  }
});

test('E2: the wait comes before the question, on the same command line, and takes the time to settle', () => {
  expect(urlsOf(commandOf())).toEqual([`${WAIT_A}?ms=2000`, ASKED]);
  expect(urlsOf(commandOf({ settleMs: 0 }))).toEqual([ASKED]);
  expect(urlsOf(commandOf({ settleMs: 1 }))).toEqual([`${WAIT_A}?ms=1`, ASKED]);
});

test('E2: where the wait fails the question is not asked', () => {
  expect(commandOf()).toContain('--fail-early');
});

test.each(['text', 'json:/ip'])('E2: what answers with %s is not asked to wait', (answer) => {
  for (const how of ['file', 'log'] as const) {
    const urls = urlsOf(commandOf({ endpoints: [{ ...A, answer }], answer: how }));
    expect(urls.filter((url) => url.startsWith('http'))).toEqual([ASKED]);
  }
});

test('E2: the answer is written to the termination message, by each question, so that the last one stays', () => {
  const command = commandOf();
  const files = command.flatMap((part, index) => (part === '-o' ? [[command[index + 1], command[index + 2]]] : []));
  expect(files).toEqual([
    ['/dev/termination-log', `${WAIT_A}?ms=2000`],
    ['/dev/termination-log', ASKED],
  ]);
});

test('E2: with answer: log nothing is written, and the last URL makes curl end with an error', () => {
  const command = commandOf({ answer: 'log' });
  expect(command).not.toContain('-o');
  const last = urlsOf(command).at(-1) ?? '';
  expect(urlsOf(command).at(-2)).toBe(ASKED);
  expect(last).not.toMatch(/^(https?|ftp|file):/);
});

test('E2: no configuration, proxy or redirect of anybody answers instead, and the first seconds of a pod are tried again', () => {
  const command = commandOf();
  // Only as the first flag it keeps curl from reading a file.
  expect(command[1]).toBe('-q');
  expect(valueOf(command, '--noproxy')).toBe('*');
  expect(valueOf(command, '--max-redirs')).toBe('0');
  expect(command).toEqual(expect.arrayContaining(['--globoff', '--retry-connrefused']));
  expect(command).not.toContain('--retry-all-errors');
  expect(command).not.toContain('-L');
});

test.each([
  [0, '5'],
  [1, '6'],
  [2_000, '7'],
  [2_001, '8'],
])('E2: with %d ms to settle one question may take %s seconds', (settleMs, seconds) => {
  expect(valueOf(commandOf({ settleMs }), '--max-time')).toBe(seconds);
});

test('E2: Windows and Linux have curl in different places', () => {
  expect(commandOf()[0]).toBe('C:\\Windows\\System32\\curl.exe');
  expect(commandOf({ windows: false })[0]).toBe('/bin/curl');
  expect(commandOf({ windows: false }).slice(1)).toEqual(commandOf().slice(1));
});

test('E2: a command line of the file replaces all of it; each {url} is the address with the nonce', () => {
  const command = ['ask', '{url}', '--again={url}&x=1', 'plain'];
  expect(commandOf({ command })).toEqual(['ask', ASKED, `--again=${ASKED}&x=1`, 'plain']);
});

const node = nodeRef('win-1');
const settings: HealingPodSettings = {
  namespace: 'vigilante',
  tolerations: [],
  intervalMs: 30_000,
  resources: { limits: { cpu: '50m' } },
};
const podOf = (change: Partial<Parameters<typeof healingPodManifest>[0]> = {}) =>
  healingPodManifest({ node, attempt: 7, run: 'run-1', question: QUESTION, ...change }, settings);

test('E2, H4: a pod that asks has no token, no volume and no network of its host, and each container the resources', () => {
  const { spec } = podOf({ question: { ...QUESTION, endpoints: [A, { ...A, name: 'b' }] } });
  expect(spec).toMatchObject({
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: 'Never',
  });
  for (const key of ['volumes', 'hostNetwork', 'hostPID', 'serviceAccountName']) expect(spec).not.toHaveProperty(key);
  expect(spec.containers.map(({ name }) => name)).toEqual([echoContainerName('a'), echoContainerName('b')]);
  for (const container of spec.containers) expect(container).toMatchObject({ resources: settings.resources });
});

test('E9: a pod that only verifies has a name and labels of its own, so that no heal and no sweep takes it', () => {
  const heal = podOf();
  const verify = podOf({ purpose: 'verify' });
  expect(heal.metadata).toMatchObject({ name: 'vigilante-snat-healer-win-1-7', labels: HEALING_POD_LABELS });
  expect(verify.metadata).toMatchObject({ name: 'vigilante-verify-win-1-7', labels: verifyingPodLabels(SNAT_PROFILE) });
  expect(verify.metadata.labels).not.toMatchObject(HEALING_POD_LABELS);
  const long = { node: nodeName('a'.repeat(200)), attempt: 1, purpose: 'verify' } as const;
  expect(healingPodName(long)).toMatch(/^vigilante-verify-a+-[0-9a-f]{10}-1$/);
  expect(healingPodName(long).length).toBeLessThanOrEqual(63);
});

test.each([
  [120_000, 600],
  [300_000, 600],
  [300_001, 601],
  [43_200_000, 86_400],
])(
  'E10: a pod that may take %d ms is ended by the kubelet after %d s, twice as late at least',
  (patienceMs, seconds) => {
    expect(podOf({ question: { ...QUESTION, patienceMs } }).spec.activeDeadlineSeconds).toBe(seconds);
  },
);
