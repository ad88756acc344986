/** The flags of k8s-netchecker-server as keys of the configuration, so that its Deployment can run this collector. */

import { ConfigError } from '../../config/config-error.ts';
import { quoted, readFlags } from '../../config/go-flags.ts';
import type { ConfigOverride } from '../../config/load.ts';
import type { ProcessArguments } from '../../runtime/process.ts';

/** From this level on glog logs each request. */
const DEBUG_LEVEL_MIN = 5;
const TRACE_LEVEL_MIN = 10;

type FlagKind = 'text' | 'seconds' | 'level' | 'switch';

const FLAGS: Readonly<Record<string, FlagKind>> = {
  config: 'text',
  endpoint: 'text',
  kubeproxyinit: 'switch',
  'etcd-endpoints': 'text',
  'etcd-tree': 'text',
  'etcd-key': 'text',
  'etcd-cert': 'text',
  'etcd-ca': 'text',
  'report-ttl': 'seconds',
  'ping-timeout': 'seconds',
  'check-interval': 'seconds',
  v: 'level',
  logtostderr: 'switch',
  alsologtostderr: 'switch',
};

/** As Go's strconv.ParseBool. */
const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/** What a text must be, completing the sentence "allowed: …"; of the others the configuration itself is the judge. */
const KINDS: Readonly<Record<Exclude<FlagKind, 'text'>, { allowed: string; isAllowed: (value: string) => boolean }>> = {
  seconds: {
    allowed: 'a whole number of seconds above 0',
    isAllowed: (value) => /^\+?\d{1,9}$/.test(value) && Number(value) > 0,
  },
  level: { allowed: 'a whole number', isAllowed: (value) => /^[+-]?\d{1,9}$/.test(value) },
  switch: { allowed: 'true or false', isAllowed: (value) => [...TRUE, ...FALSE].includes(value) },
};

export const ORIGINAL_FLAGS_HELP = `
The flags of k8s-netchecker-server are understood, and go before the configuration:

  -endpoint host:port      collector.endpoint
  -kubeproxyinit           collector.store.kind custom-resources
  -etcd-endpoints list     collector.store.kind etcd (unless -kubeproxyinit), collector.store.etcd.endpoints
  -etcd-tree path          collector.store.etcd.tree
  -etcd-key, -etcd-cert, -etcd-ca file
                           collector.store.etcd.keyFile, certificateFile, caFile
  -report-ttl seconds      collector.reportTtl
  -ping-timeout seconds    collector.store.etcd.timeout
  -check-interval seconds  collector.checkInterval
  -v level                 log.level: debug from 5 on, trace from 10 on
  -logtostderr, -alsologtostderr
                           the log goes to standard output in any case
`;

/** Throws for flags that are wrong. */
export function readOriginalFlags(args: readonly string[]): ProcessArguments {
  const booleans = new Map(Object.entries(FLAGS).map(([name, kind]) => [name, kind === 'switch']));
  const reading = readFlags(args, booleans);
  if (reading.kind === 'help') return { config: undefined, overrides: [], help: true };
  if (reading.kind === 'wrong') throw new ConfigError('the arguments', [reading.message]);
  const { values } = reading;
  const problems = [...values].flatMap(([name, value]) => problemOf(name, value) ?? []);
  if (problems.length > 0) throw new ConfigError('the arguments', problems);
  return { config: values.get('config'), overrides: overridesOf(values), help: false };
}

function problemOf(name: string, value: string): string | null {
  const kind = FLAGS[name] ?? 'text';
  if (kind === 'text' || KINDS[kind].isAllowed(value)) return null;
  return `-${name}: ${quoted(value)} is not allowed: expected ${KINDS[kind].allowed}`;
}

function overridesOf(values: ReadonlyMap<string, string>): readonly ConfigOverride[] {
  const overrides: ConfigOverride[] = [];
  const set = (flag: string, path: readonly string[], convert: (value: string) => unknown = (value) => value) => {
    const value = values.get(flag);
    if (value !== undefined && value !== '') overrides.push({ path, value: convert(value), origin: `-${flag}` });
  };
  const etcd = ['collector', 'store', 'etcd'];
  const seconds = (value: string) => `${Number(value)}s`;
  set('endpoint', ['collector', 'endpoint']);
  set('etcd-endpoints', ['collector', 'store', 'kind'], () => 'etcd');
  set('etcd-endpoints', [...etcd, 'endpoints'], (value) => endpointList(value, values.has('etcd-cert')));
  set('etcd-tree', [...etcd, 'tree'], (value) => `/${value.replace(/^\/+|\/+$/g, '')}`);
  set('etcd-key', [...etcd, 'keyFile']);
  set('etcd-cert', [...etcd, 'certificateFile']);
  set('etcd-ca', [...etcd, 'caFile']);
  set('report-ttl', ['collector', 'reportTtl'], seconds);
  set('ping-timeout', [...etcd, 'timeout'], seconds);
  set('check-interval', ['collector', 'checkInterval'], seconds);
  if (values.get('kubeproxyinit') === 'true')
    set('kubeproxyinit', ['collector', 'store', 'kind'], () => 'custom-resources');
  if (Number(values.get('v') ?? 0) >= DEBUG_LEVEL_MIN) {
    set('v', ['log', 'level'], (level) => (Number(level) >= TRACE_LEVEL_MIN ? 'trace' : 'debug'));
  }
  return overrides;
}

function endpointList(value: string, hasCertificate: boolean): readonly string[] {
  return value
    .split(',')
    .map((endpoint) => endpoint.trim())
    .filter((endpoint) => endpoint !== '')
    .map((endpoint) => (endpoint.includes('://') ? endpoint : `${hasCertificate ? 'https' : 'http'}://${endpoint}`));
}
