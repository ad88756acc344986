/** The flags of an agent, in all forms in which Go takes them. */

import { expect, test } from '@jest/globals';
import { type AgentOptions, HELP, parseAgentOptions } from './agent-options.ts';

function optionsOf(...args: readonly string[]): AgentOptions {
  const reading = parseAgentOptions(args);
  if (reading.kind !== 'options') throw new Error(JSON.stringify(reading));
  return reading.options;
}

test('without flags: the defaults of the original agent', () => {
  expect(optionsOf()).toEqual({
    endpoint: { origin: 'http://netchecker-service:8081', host: 'netchecker-service' },
    reportIntervalSeconds: 60,
    probeUrls: [],
    tcpTargets: [],
    dnsNames: [],
    zeroExtenderLength: 1_500,
    processes: false,
    reboots: { bootId: false, sentinel: null },
    tokenFile: null,
    caFile: null,
    verbosity: 0,
    logToStderr: false,
  });
});

test.each([
  { args: ['-reportinterval=5'], expected: { reportIntervalSeconds: 5 } },
  { args: ['--reportinterval=5'], expected: { reportIntervalSeconds: 5 } },
  { args: ['-reportinterval', '5'], expected: { reportIntervalSeconds: 5 } },
  { args: ['--reportinterval', '+5'], expected: { reportIntervalSeconds: 5 } },
  { args: ['-reportinterval=1'], expected: { reportIntervalSeconds: 1 } },
  { args: ['-reportinterval=86400'], expected: { reportIntervalSeconds: 86_400 } },
  { args: ['-reportinterval=5', '-reportinterval=7'], expected: { reportIntervalSeconds: 7 } },
  { args: ['-v=5'], expected: { verbosity: 5 } },
  { args: ['-v', '5'], expected: { verbosity: 5 } },
  { args: ['--v=10', '-logtostderr'], expected: { verbosity: 10, logToStderr: true } },
  { args: ['-logtostderr', '-v', '2'], expected: { verbosity: 2, logToStderr: true } },
  { args: ['-alsologtostderr=true'], expected: { logToStderr: true } },
  { args: ['-logtostderr=F', '-alsologtostderr=0'], expected: { logToStderr: false } },
  {
    args: [
      '-stderrthreshold=INFO',
      '-vmodule=',
      '-log_dir',
      '/tmp',
      '-log_backtrace_at=:0',
      '-log_link=/tmp',
      '-logbuflevel=-1',
    ],
    expected: {},
  },
  { args: ['-processes'], expected: { processes: true } },
  { args: ['-processes', '-v=5'], expected: { processes: true, verbosity: 5 } },
  { args: ['-processes=false'], expected: { processes: false } },
  { args: ['-bootid'], expected: { reboots: { bootId: true, sentinel: null } } },
  { args: ['-sentinel=/host/run/x'], expected: { reboots: { bootId: false, sentinel: '/host/run/x' } } },
  { args: ['-zeroextenderlength=0'], expected: { zeroExtenderLength: 0 } },
  { args: ['-tokenfile=/a=b'], expected: { tokenFile: '/a=b' } },
  { args: ['-cafile', 'C:\\ca.crt'], expected: { caFile: 'C:\\ca.crt' } },
  { args: ['-probeurls='], expected: { probeUrls: [] } },
  {
    args: ['-probeurls=http://a/;https://b:8443/x?y=1,, http://[::1]:80 '],
    expected: { probeUrls: ['http://a/', 'https://b:8443/x?y=1', 'http://[::1]:80'] },
  },
  {
    args: ['-tcpprobes=db:5432;[fd00::2]:443'],
    expected: {
      tcpTargets: [
        { target: 'db:5432', host: 'db', port: 5_432 },
        { target: '[fd00::2]:443', host: 'fd00::2', port: 443 },
      ],
    },
  },
  {
    args: ['-dnsprobes=kubernetes.default,example.test.'],
    expected: { dnsNames: ['kubernetes.default', 'example.test.'] },
  },
])('takes $args', ({ args, expected }) => {
  expect(optionsOf(...args)).toEqual({ ...optionsOf(), ...expected });
});

test.each([
  { text: '10.0.0.1:8081', origin: 'http://10.0.0.1:8081', host: '10.0.0.1' },
  { text: 'http://collector:8081/', origin: 'http://collector:8081', host: 'collector' },
  { text: 'https://collector.net:8443', origin: 'https://collector.net:8443', host: 'collector.net' },
  { text: '[fd00::1]:8081', origin: 'http://[fd00::1]:8081', host: 'fd00::1' },
  { text: 'collector', origin: 'http://collector', host: 'collector' },
])('the collector $text is asked at $origin', ({ text, origin, host }) => {
  expect(optionsOf(`-serverendpoint=${text}`).endpoint).toEqual({ origin, host });
});

test.each([
  { args: ['-wat=1'], says: '"-wat=1": there is no flag -wat; allowed: -serverendpoint, ' },
  { args: ['reportinterval=5'], says: '"reportinterval=5" is no flag; allowed: -flag=value, -flag value' },
  { args: ['-logtostderr', 'true'], says: '"true" is no flag' },
  { args: ['---v=5'], says: '"---v=5" is no flag' },
  { args: ['-=5'], says: '"-=5" is no flag' },
  { args: ['--'], says: '"--" is no flag' },
  {
    args: ['-reportinterval'],
    says: '-reportinterval has no value; allowed: -reportinterval=value, -reportinterval value',
  },
  { args: ['-reportinterval=0'], says: '-reportinterval: "0" is not allowed; allowed: a whole number from 1 to 86400' },
  { args: ['-reportinterval=86401'], says: '"86401" is not allowed; allowed: a whole number from 1 to 86400' },
  { args: ['-reportinterval=60s'], says: '"60s" is not allowed; allowed: a whole number' },
  { args: ['-reportinterval=1.5'], says: '"1.5" is not allowed' },
  { args: ['-reportinterval='], says: '"" is not allowed' },
  { args: ['-reportinterval=010'], says: '"010" is not allowed' },
  { args: ['-zeroextenderlength=-1'], says: '"-1" is not allowed; allowed: a whole number from 0 to 1000000' },
  { args: ['-v', '-logtostderr'], says: '-v: "-logtostderr" is not allowed; allowed: a whole number' },
  { args: ['-logtostderr=yes'], says: '-logtostderr: "yes" is not allowed; allowed: true or false' },
  {
    args: ['-serverendpoint='],
    says: '-serverendpoint: "" is not allowed; allowed: host:port, http://host:port or https',
  },
  { args: ['-serverendpoint=host:99999'], says: '"host:99999" is not allowed' },
  { args: ['-serverendpoint=http://host:1/path'], says: '"http://host:1/path" is not allowed' },
  { args: ['-serverendpoint=http://user@host:1'], says: '"http://user@host:1" is not allowed' },
  {
    args: ['-probeurls=http://a/,host:80/x'],
    says: '-probeurls: "host:80/x" is not allowed; allowed: addresses such as',
  },
  { args: ['-tcpprobes=host'], says: '-tcpprobes: "host" is not allowed; allowed: host:port' },
  { args: ['-tcpprobes=host:0'], says: '"host:0" is not allowed' },
  { args: ['-tcpprobes=host:65536'], says: '"host:65536" is not allowed' },
  { args: ['-dnsprobes=a b'], says: '-dnsprobes: "a b" is not allowed; allowed: names of hosts' },
  { args: [`-dnsprobes=${'a,'.repeat(1_001)}`], says: '"1001 probes" is not allowed; allowed: at most 1000' },
  { args: ['-tokenfile='], says: '-tokenfile: "" is not allowed; allowed: the path of a file' },
  { args: ['-probeurls=a\nb'], says: '"a\\nb" is not allowed' },
])('refuses $args in one line: $says', ({ args, says }) => {
  const reading = parseAgentOptions(args);
  expect(reading).toEqual({ kind: 'wrong', message: expect.stringContaining(says) });
  expect(JSON.stringify(reading)).not.toContain('\\n"');
  expect(reading.kind === 'wrong' && reading.message.includes('\n')).toBe(false);
});

test.each(['-help', '--help', '-h'])('%s is answered with the help, whatever follows', (flag) => {
  expect(parseAgentOptions(['-v=5', flag, '-wat'])).toEqual({ kind: 'help', text: HELP });
});

test('the help names every flag', () => {
  const unknown = parseAgentOptions(['-wat']);
  const names = unknown.kind === 'wrong' ? (unknown.message.split('allowed: ')[1] ?? '').split(', ') : [];
  expect(names.length).toBeGreaterThan(15);
  expect(names.filter((name) => !HELP.includes(name))).toEqual([]);
});
