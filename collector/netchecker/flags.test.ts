/** The flags of k8s-netchecker-server, read as keys of the configuration. */

import { expect, test } from '@jest/globals';
import { loadConfig } from '../../config/load.ts';
import { readOriginalFlags } from './flags.ts';

const keysOf = (...args: string[]) =>
  Object.fromEntries(readOriginalFlags(args).overrides.map(({ path, value }) => [path.join('.'), value]));
const configOf = (...args: string[]) => loadConfig({ env: {}, overrides: readOriginalFlags(args).overrides });

test('the command of the original image is understood', () => {
  expect(keysOf('-v=5', '-logtostderr', '-kubeproxyinit', '-endpoint=0.0.0.0:8081')).toEqual({
    'log.level': 'debug',
    'collector.store.kind': 'custom-resources',
    'collector.endpoint': '0.0.0.0:8081',
  });
});

test('the command that Kubespray gives with etcd is understood', () => {
  const { collector } = configOf(
    '--v',
    '5',
    '--logtostderr',
    '--kubeproxyinit=false',
    '--endpoint',
    ':8081',
    '-report-ttl=120',
    '-check-interval',
    '15',
    '-ping-timeout=3',
    '-etcd-tree=netchecker/',
    '-etcd-endpoints=etcd-0:2379,https://etcd-1:2379',
    '-etcd-cert=c',
    '-etcd-key=k',
    '-etcd-ca=a',
  );
  expect(collector).toMatchObject({
    endpoint: ':8081',
    reportTtlMs: 120_000,
    checkIntervalMs: 15_000,
    store: {
      kind: 'etcd',
      etcd: {
        endpoints: ['https://etcd-0:2379', 'https://etcd-1:2379'],
        tree: '/netchecker',
        timeoutMs: 3e3,
        certificateFile: 'c',
        keyFile: 'k',
        caFile: 'a',
      },
    },
  });
});

test('-kubeproxyinit overrides -etcd-endpoints, as in the original', () => {
  expect(keysOf('-etcd-endpoints=e:1', '-kubeproxyinit')['collector.store.kind']).toBe('custom-resources');
});

test.each([
  ['4', undefined],
  ['5', 'debug'],
  ['9', 'debug'],
  ['10', 'trace'],
])('-v=%s logs at the level %s', (value, level) => {
  expect(keysOf(`-v=${value}`)['log.level']).toBe(level);
});

test('--config and -help are read apart from the flags that override the configuration', () => {
  expect(readOriginalFlags(['--config', 'x.yaml'])).toEqual({ config: 'x.yaml', overrides: [], help: false });
  expect(readOriginalFlags(['-help']).help).toBe(true);
});

test.each([
  [['-nosuch=1'], 'there is no flag -nosuch'],
  [['word'], '"word" is no flag'],
  [['-report-ttl=0'], '-report-ttl: "0" is not allowed: expected a whole number of seconds above 0'],
  [['-report-ttl=5m'], '-report-ttl: "5m" is not allowed'],
  [['-kubeproxyinit=maybe'], '-kubeproxyinit: "maybe" is not allowed: expected true or false'],
  [['-v'], '-v has no value'],
])('%j is refused: %s', (args, message) => {
  expect(() => readOriginalFlags(args)).toThrow(message);
});

test('a value that the configuration refuses is named with its flag', () => {
  expect(() => configOf('-endpoint=nonsense')).toThrow('-endpoint="nonsense": expected host:port');
});
