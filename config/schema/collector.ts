/** The part `collector` of the configuration. */

import { z } from 'zod';

import { choice, duration, ENDPOINT, HTTP_URL, key, optionalText, text, toggle, wholeNumber } from './keys.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const MEBIBYTE = 1_048_576;

const EtcdStoreKeys = z.strictObject({
  endpoints: key(z.array(z.string().regex(HTTP_URL)).default([]), {
    about: 'Addresses of etcd, for `collector.store.kind: etcd`; each request goes to one that answers',
    allowed: 'a list of addresses such as https://etcd-0:2379',
    fallback: '[]',
  }),
  tree: text({
    about: 'Where the keys in etcd begin',
    allowed: 'a path such as /netchecker',
    fallback: '/netchecker',
    matches: (value) => /^\/[^\s]*[^\s/]$/.test(value),
  }),
  certificateFile: optionalText({
    about: 'Client certificate for etcd',
    allowed: 'the path of a PEM file',
    fallback: 'none',
  }),
  keyFile: optionalText({
    about: 'Private key of that certificate',
    allowed: 'the path of a PEM file',
    fallback: 'none',
  }),
  caFile: optionalText({
    about: "Certificate authority of etcd's certificate",
    allowed: 'the path of a PEM file',
    fallback: 'the public ones',
  }),
  timeout: duration({
    about: 'How long etcd may take to answer',
    minMs: 100,
    maxMs: 60_000,
    fallback: '5s',
  }),
});

const EtcdStoreSchema = EtcdStoreKeys.transform(({ timeout: timeoutMs, ...rest }) => ({ ...rest, timeoutMs }));

const ReportStoreSchema = z.strictObject({
  kind: choice({
    about:
      'Where reports are kept: in a file of this process, in etcd, or as custom resources `agents.network-checker.ext`',
    of: ['embedded', 'etcd', 'custom-resources'],
    fallback: 'embedded',
  }),
  path: text({
    about: 'File of the embedded store; only one collector at a time may have it',
    allowed: 'the path of a file in a folder that is there',
    fallback: '/var/lib/vigilante/reports.db',
  }),
  namespace: optionalText({
    about: 'Namespace of the custom resources',
    allowed: 'the name of a namespace',
    fallback: 'the namespace of this process (`POD_NAMESPACE`, the service account), else `default`',
  }),
  etcd: EtcdStoreSchema.prefault({}),
});

const AuthenticationKeys = z.strictObject({
  kind: choice({
    about:
      "Whether a report must carry its agent's service account token: it is checked by TokenReview, and its pod and node must be those of the report",
    of: ['off', 'token-review'],
    fallback: 'off',
  }),
  audience: text({
    about: 'Audience that the tokens must be made for',
    allowed: 'a text that is not empty',
    fallback: 'vigilante-collector',
  }),
  cacheFor: duration({
    about: 'How long the answer for a token is remembered',
    minMs: 0,
    maxMs: 3_600_000,
    fallback: '1m',
  }),
});

const AuthenticationSchema = AuthenticationKeys.transform(({ cacheFor: cacheForMs, ...rest }) => ({
  ...rest,
  cacheForMs,
}));

const AgentSelectionSchema = z.strictObject({
  selector: text({
    about: 'Which pods are expected to report',
    allowed: 'a label selector',
    fallback: 'app in (netchecker-agent, netchecker-agent-hostnet)',
  }),
  namespaces: key(z.array(z.string().min(1)).default([]), {
    about:
      'Namespaces of those pods; the chart names its own. In all of them, whoever may label a pod can make its node fail',
    allowed: 'a list of namespaces',
    fallback: '[] (all)',
  }),
  max: wholeNumber({
    about: 'Agents of expected pods whose reports are kept; those of more are answered 429',
    min: 1,
    max: 200_000,
    fallback: 20_000,
  }),
  reportsPerSecond: key(z.number().positive().max(10_000).default(10), {
    about: 'Reports taken of one agent per second; more are answered 429',
    allowed: 'a number above 0, at most 10000',
    fallback: '10',
  }),
});

const CollectorKeys = z.strictObject({
  endpoint: text({
    about:
      'Address and port of the API, the metrics and the health of the collector; HTTPS with `tls`. No address, `0.0.0.0` and `[::]` mean all addresses, of IPv4 and IPv6',
    allowed: 'host:port or :port',
    fallback: ':8081',
    matches: (value) => ENDPOINT.test(value),
  }),
  store: ReportStoreSchema.prefault({}),
  reportTtl: duration({
    about:
      'How long a report is kept when its pod has gone, and at least two intervals of its agent; a report is outdated after two intervals',
    minMs: SECOND_MS,
    maxMs: 7 * DAY_MS,
    fallback: '5m',
  }),
  checkInterval: duration({
    about: 'From one look for changed verdicts and for what can be removed to the next',
    minMs: 100,
    maxMs: 3_600_000,
    fallback: '10s',
  }),
  nodeGrace: duration({
    about: 'Agents on a node younger than this are not held against it',
    minMs: 0,
    maxMs: DAY_MS,
    fallback: '5m',
  }),
  strictCheck: toggle({
    about:
      'Let `/api/v1/connectivity_check` fail also for agents on cordoned, NotReady, young or leaving nodes, as the original does',
    fallback: false,
  }),
  agentMetrics: toggle({
    about: 'Serve the metrics `ncagent_*` of each agent, as the original does; without them only totals',
    fallback: true,
  }),
  agents: AgentSelectionSchema.prefault({}),
  bodyBytesMax: wholeNumber({
    about: 'Size of a report in bytes; larger ones are refused',
    min: 1_024,
    max: 64 * MEBIBYTE,
    fallback: MEBIBYTE,
  }),
  probesMax: wholeNumber({
    about: 'Probes of each kind in a report; a report with more is refused',
    min: 1,
    max: 10_000,
    fallback: 100,
  }),
  authentication: AuthenticationSchema.prefault({}),
});

export const CollectorConfigSchema = CollectorKeys.transform(
  ({ reportTtl: reportTtlMs, checkInterval: checkIntervalMs, nodeGrace: nodeGraceMs, ...rest }) => ({
    ...rest,
    reportTtlMs,
    checkIntervalMs,
    nodeGraceMs,
  }),
);
