/** The process: environment, flags, log, signals, and unexpected faults. */

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { AGENT_ENVIRONMENT, type AgentProcess, startAgent } from './agent-process.ts';
import { startCollector, type TestCollector } from './test-collector.ts';

const MAIN = new URL('../../../bin/main.ts', import.meta.url).pathname;

let collector: TestCollector;
let agent: AgentProcess | null = null;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(async () => {
  await agent?.stop('SIGKILL');
  agent = null;
  await collector.stop();
});

/** Node with a module that is run before the agent. */
function withPreload(code: string): readonly string[] {
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`, MAIN, 'agent'];
}

test.each([{}, { MY_POD_NAME: '', MY_NODE_NAME: 'node-1' }])(
  'without MY_POD_NAME it ends with 1 and says so: %j',
  async (env) => {
    agent = startAgent({ args: [`-serverendpoint=${collector.address}`], env });
    expect(await agent.ended()).toBe(1);
    expect(agent.log().at(-1)).toMatchObject({
      level: 'error',
      msg: 'environment variable MY_POD_NAME is not set: without a name there is nothing to report',
    });
    expect(collector.requests).toEqual([]);
  },
);

test('without MY_NODE_NAME it says so and reports an empty name', async () => {
  agent = startAgent({ args: [`-serverendpoint=${collector.address}`], env: { MY_POD_NAME: 'agent-1' } });
  expect((await collector.reported(1)).report.nodename).toBe('');
  expect((await agent.logged(/^environment variable MY_NODE_NAME is not set/)).level).toBe('error');
});

test('a wrong flag is one line on standard error and 2', async () => {
  agent = startAgent({ args: ['-reportinterval=soon'] });
  expect(await agent.ended()).toBe(2);
  expect(agent.output()).toEqual({
    stdout: '',
    stderr: 'vigilante agent: -reportinterval: "soon" is not allowed; allowed: a whole number from 1 to 86400\n',
  });
});

test('the help is on standard output and ends with 0, without any environment', async () => {
  agent = startAgent({ args: ['--help'], env: {} });
  expect(await agent.ended()).toBe(0);
  expect(agent.output()).toEqual({ stdout: expect.stringMatching(/^Usage: vigilante agent /), stderr: '' });
});

test('the log is one JSON object per line, with the memory at the start and with the first report', async () => {
  agent = startAgent({ args: [`-serverendpoint=${collector.address}`] });
  const taken = await agent.logged(/^the collector takes the reports$/);
  const [started] = agent.log();
  expect(started).toMatchObject({
    level: 'info',
    process: 'agent',
    pod: 'agent-1',
    node: 'node-1',
    msg: 'starting agent',
  });
  for (const line of [started, taken]) {
    expect(Object.keys(line ?? {}).slice(0, 3)).toEqual(['level', 'time', 'process']);
    expect(line?.['memoryMB']).toBeGreaterThan(10);
    expect(line?.['memoryMB']).toBeLessThan(1_000);
  }
  expect(agent.log().filter(({ level }) => level === 'debug')).toEqual([]);
});

test('at -v=5 it logs the endpoint, every probe and every report, to standard error where that is wanted', async () => {
  agent = startAgent({
    args: ['-v', '5', '-logtostderr', `-serverendpoint=${collector.address}`, '-reportinterval=1'],
  });
  await collector.reported(2);
  await agent.stop();
  const { stdout, stderr } = agent.output();
  expect(stdout).toBe('');
  const origin = `http://${collector.address}`;
  expect(stderr).toContain(`"msg":"collector ${origin}, a report every 1 s"`);
  expect(stderr.split(`"msg":"HTTP probe of ${origin}/api/v1/ping"`).length).toBeGreaterThan(2);
  expect(stderr).toContain(`"msg":"sending a report to ${origin}/api/v1/agents/agent-1"`);
  expect(stderr).toContain('"msg":"the collector answered 200"');
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it with 0, whatever is under way', async (signal) => {
  await collector.stop();
  collector = await startCollector({ onReport: () => {}, onRequest: () => {} });
  agent = startAgent({ args: [`-serverendpoint=${collector.address}`] });
  await collector.reported(1);
  const askedMs = Date.now();
  expect(await agent.stop(signal)).toBe(0);
  // The report under way has fifteen seconds, the probe under way has fifty-nine.
  expect(Date.now() - askedMs).toBeLessThan(10_000);
  expect(
    agent
      .log()
      .slice(-2)
      .map(({ msg }) => msg),
  ).toEqual([`${signal}: stopping`, 'agent has stopped']);
});

test('interfaces that cannot be listed are null, and logged once', async () => {
  const program = withPreload(`
    import os from 'node:os';
    import { syncBuiltinESMExports } from 'node:module';
    os.networkInterfaces = () => { throw new Error('uv_interface_addresses returned EACCES'); };
    syncBuiltinESMExports();`);
  agent = startAgent({ args: [`-serverendpoint=${collector.address}`, '-reportinterval=1'], program });
  expect((await collector.reported(3)).report.ips).toBeNull();
  const told = agent.log().filter(({ msg }) => msg.startsWith('the interfaces cannot be listed'));
  expect(told.map(({ msg }) => msg)).toEqual([
    'the interfaces cannot be listed: uv_interface_addresses returned EACCES',
  ]);
});

test('a resolver that hangs keeps neither the report nor the other probes', async () => {
  const program = withPreload(`
    import dns from 'node:dns/promises';
    import { syncBuiltinESMExports } from 'node:module';
    dns.lookup = () => new Promise(() => {});
    syncBuiltinESMExports();`);
  const names = ['a.test', 'b.test', 'c.test', 'd.test', 'e.test'];
  const args = [`-serverendpoint=${collector.address}`, '-reportinterval=2', `-dnsprobes=${names.join(',')}`];
  agent = startAgent({ args: [...args, '-probeurls=http://f.test/'], program });
  const { report } = await collector.reported(3);
  expect(report.network_probes).toMatchObject([{ ConnectionResult: 0 }, { ConnectionResult: 1, HTTPCode: 200 }]);
  expect(report.dns_probes?.map(({ name, ok, error }) => ({ name, ok, error }))).toEqual(
    names.map((name) => ({ name, ok: false, error: 'no answer within 1 s' })),
  );
});

test('a collector whose name cannot be resolved: its lookup is null, and a report says so when it can be sent', async () => {
  const program = withPreload(`
    import dns from 'node:dns/promises';
    import { syncBuiltinESMExports } from 'node:module';
    let calls = 0;
    dns.lookup = async () => {
      calls += 1;
      if (calls === 1) throw new Error('getaddrinfo EAI_AGAIN collector.test');
      return [{ address: '127.0.0.1', family: 4 }];
    };
    syncBuiltinESMExports();`);
  const args = [`-serverendpoint=collector.test:${collector.port}`, '-reportinterval=60'];
  agent = startAgent({ args, program });
  expect((await collector.reported(1)).report.nslookup).toEqual({ 'collector.test': null });
  expect((await agent.logged(/^lookup of the collector/)).msg).toBe(
    'lookup of the collector collector.test fails: getaddrinfo EAI_AGAIN collector.test',
  );
});

test('an unexpected error is logged, and the agent goes on', async () => {
  const program = withPreload(`
    setTimeout(() => { throw new Error('out of the blue'); }, 1_500);
    setTimeout(() => { void Promise.reject(new Error('out of the deep')); }, 1_600);`);
  agent = startAgent({ args: [`-serverendpoint=${collector.address}`, '-reportinterval=1'], program });
  await agent.logged(/^a fault that was not expected: out of the blue$/);
  await agent.logged(/^a fault that was not expected: out of the deep$/);
  await collector.reported(collector.reports.length + 2);
  expect(await agent.stop()).toBe(0);
});

test('the agent goes on to report when the reader of its log goes away', async () => {
  agent = startAgent({
    args: [`-serverendpoint=${collector.address}`, '-reportinterval=1', '-v=5'],
    env: AGENT_ENVIRONMENT,
  });
  await collector.reported(1);
  agent.child.stdout?.destroy();
  await collector.reported(collector.reports.length + 3);
  expect(await agent.stop()).toBe(0);
});
