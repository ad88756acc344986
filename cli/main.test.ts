/** Arguments, help and errors of the command line, without any server. */

import { expect, test } from '@jest/globals';
import { HEAL_STATES } from '../contracts/healing/heal-node.ts';
import { main } from './main.ts';
import type { Terminal } from './terminal.ts';

/** Nothing listens on this port of the loopback interface: connecting fails at once. */
const NOWHERE = '127.0.0.1:9';

async function run(...args: readonly string[]) {
  const output = { out: '', err: '' };
  const terminal: Terminal = {
    write: (text) => void (output.out += text),
    note: (text) => void (output.err += text),
    interactive: false,
    columns: 120,
    nowMs: () => Date.now(),
    pause: () => Promise.resolve(),
    interrupted: () => false,
  };
  return { code: await main(args, terminal), ...output };
}

test('the help lists every command with one line, examples and exit codes', async () => {
  const { code, out } = await run('--help');
  expect(code).toBe(0);
  for (const command of ['status', 'heal', 'restart', 'cancel', 'connectivity', 'worker', 'starter', 'sandbox']) {
    expect(out).toMatch(new RegExp(`^ {2}${command}\\b.* {2}\\w`, 'm'));
  }
  expect(out).toContain('Examples:');
  expect(out).toMatch(/69 +Temporal or the cluster cannot be reached/);
});

test('each command has its own help with an example', async () => {
  for (const command of ['status', 'heal', 'restart', 'cancel', 'connectivity']) {
    const { code, out } = await run(command, '--help');
    expect(code).toBe(0);
    expect(out).toContain(`vigilante ${command} `);
    expect(out).toContain('--address');
  }
});

const OF_HEALS = ['status', 'heal', 'restart', 'cancel', 'verify'];
const OF_THE_CLUSTER = ['maintain', 'upgrade approve', 'upgrade reject'];
const OF_TEMPORAL = [
  'connectivity',
  'privileges',
  'reboots',
  'maintenance',
  'release',
  ...['plan', 'start', 'status', 'pause', 'resume', 'skip', 'retry', 'abort', 'report'].map(
    (name) => `upgrade ${name}`,
  ),
];

test.each([...OF_HEALS, ...OF_THE_CLUSTER, ...OF_TEMPORAL])(
  '%s has no option that it does not use',
  async (command) => {
    const { out } = await run(...command.split(' '), '--help');
    expect(out.includes('--node-profile')).toBe(OF_HEALS.includes(command));
    expect(out.includes('--kubeconfig')).toBe(!OF_TEMPORAL.includes(command));
    // The file of a run names its clusters.
    expect(out.includes('--cluster ')).toBe(command !== 'upgrade start');
  },
);

test('the help of status names every state of a heal', async () => {
  const { out } = await run('status', '--help');
  const states = out.split('States:')[1]?.split('Examples:')[0] ?? '';
  expect(HEAL_STATES.filter((state) => !states.includes(state))).toEqual([]);
});

test('the version is that of the package', async () => {
  expect(await run('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test.each([
  { args: [], says: 'Usage' },
  { args: ['staus'], says: 'Did you mean status?' },
  { args: ['heal'], says: "missing required argument 'node'" },
  { args: ['heal', 'Not_A_Node'], says: 'Not a node name' },
  { args: ['heal', 'win-1', '--timeout', 'soon'], says: 'Not a duration' },
  { args: ['restart'], says: 'name a node, or give --open-onboarding' },
  { args: ['restart', 'win-1', '--open-onboarding'], says: 'name a node, or give --open-onboarding' },
  { args: ['status', '-o', 'xml'], says: 'Allowed choices are table, wide, json' },
  { args: ['status', '--state', 'bogus'], says: 'Allowed choices are healing, waiting-for-ready, stalled' },
  { args: ['status', '--wat'], says: 'Did you mean --watch?' },
  { args: ['connectivity', 'stop'], says: 'Allowed choices are pause, resume' },
  { args: ['connectivity', '-o', 'wide'], says: 'Allowed choices are table, json' },
  { args: ['connectivity', '--now', '--watch'], says: 'cannot be used with option' },
])('wrong arguments $args end with 2 and say: $says', async ({ args, says }) => {
  const { code, err } = await run(...args);
  expect(code).toBe(2);
  expect(err).toContain(says);
});

test('a Temporal that does not answer: the address, what to check, 69, no stack', async () => {
  const { code, err } = await run('status', '--address', NOWHERE, '--namespace', 'default');
  expect(code).toBe(69);
  expect(err).toContain(`Temporal at ${NOWHERE}`);
  expect(err).toContain('check');
  expect(err).not.toMatch(/^ {4}at /m);
});

test('a kubeconfig that is not there: 78 and its path', async () => {
  const { code, err } = await run('heal', 'win-1', '--kubeconfig', '/nowhere/config', '--address', NOWHERE);
  expect(code).toBe(78);
  expect(err).toContain('/nowhere/config');
});

test('a wrong configuration: 78 and the file', async () => {
  expect(await run('status', '--config', '/nowhere/conf.yaml')).toMatchObject({
    code: 78,
    err: expect.stringContaining('/nowhere/conf.yaml'),
  });
  expect(await run('status', '--cluster', 'Not A Label')).toMatchObject({
    code: 78,
    err: expect.stringContaining('--cluster'),
  });
});

test('a Temporal profile that is not there: 78 and its name', async () => {
  expect(await run('status', '--profile', 'nowhere')).toMatchObject({
    code: 78,
    err: expect.stringContaining('nowhere'),
  });
});
