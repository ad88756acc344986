/** The configuration: every key with its unit, range and default. */

import { z } from 'zod';

import { isClusterName } from '../../domain/cluster-name.ts';
import { CollectorConfigSchema } from './collector.ts';
import { ConnectivityConfigSchema } from './connectivity.ts';
import { EchoConfigSchema } from './echo.ts';
import { HealingConfigSchema } from './healing.ts';
import { choice, duration, optionalPort, optionalText, port, text, toggle, wholeNumber } from './keys.ts';
import { MaintenanceConfigSchema } from './maintenance.ts';
import { ProfilesConfigSchema } from './profiles.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const HttpConfigSchema = z.strictObject({
  host: optionalText({
    about:
      'Address that metrics and health are served on, here and on `temporal.metricsPort`; `0.0.0.0` and `::` mean all addresses, of IPv4 and IPv6',
    allowed: 'an IP address',
    fallback: 'all addresses, of IPv4 and IPv6',
    matches: /^[0-9a-fA-F.:]+$/,
  }),
  port: optionalPort({
    about: 'Port of metrics and health',
    fallback: '8443 with `tls`, else 8000',
    zeroMeans: 'any free one',
  }),
  certificateFile: text({
    about: 'Certificate chain for `tls`; read again when it changes',
    allowed: 'the path of a PEM file',
    fallback: '/etc/vigilante/certs/tls.crt',
  }),
  keyFile: text({
    about: 'Private key for `tls`; read again when it changes',
    allowed: 'the path of a PEM file',
    fallback: '/etc/vigilante/certs/tls.key',
  }),
});

const TemporalConfigSchema = z.strictObject({
  searchAttributes: toggle({
    about: 'Register the search attributes when missing, and write them',
    fallback: true,
  }),
  apiKeyFile: optionalText({
    about: 'File with the API key of Temporal, read again when it changes; goes before `TEMPORAL_API_KEY`',
    allowed: 'the path of a file',
    fallback: '`TEMPORAL_API_KEY`, which does not change while a process runs',
  }),
  metricsPort: port({
    about: "Port of the Temporal SDK's own metrics; where it is taken the process goes on without them and warns",
    fallback: 8001,
    zeroMeans: 'not served',
  }),
});

const KubernetesConfigSchema = z.strictObject({
  kubeconfig: optionalText({
    about: 'How the API server is reached',
    allowed: 'the path of a kubeconfig file',
    fallback: 'the service account of the pod, else `~/.kube/config`',
  }),
});

const WorkerKeys = z.strictObject({
  cachedWorkflowsMax: wholeNumber({
    about: 'Workflows kept in memory, up to 1.5 MB each; others are replayed from their history when they go on',
    min: 10,
    max: 100_000,
    fallback: 1_000,
  }),
  workflowTasksMax: wholeNumber({
    about:
      'Workflow tasks at a time. They share one thread: each must come to its end within 10 s, also where it replays a whole history',
    min: 2,
    max: 1_000,
    fallback: 10,
  }),
  activitiesMax: wholeNumber({
    about: 'First attempts, verdicts and Events at a time',
    min: 1,
    max: 1_000,
    fallback: 50,
  }),
  podActivitiesMax: wholeNumber({ about: 'Later attempts at a time', min: 1, max: 1_000, fallback: 50 }),
  probesMax: wholeNumber({
    about: 'Attempts at a time that wait for their pod, with `healing.evidence: source-address`',
    min: 1,
    max: 10_000,
    fallback: 500,
  }),
  shutdownGrace: duration({
    about: 'How long running activities may take to end after SIGTERM',
    minMs: 0,
    maxMs: 600_000,
    fallback: '20s',
  }),
  deploymentName: optionalText({
    about: 'Name of the Temporal worker deployment; with `buildId` it switches on worker versioning',
    allowed: 'a name',
    fallback: 'no versioning',
  }),
  buildId: optionalText({
    about: 'Build id within the worker deployment',
    allowed: 'a build id',
    fallback: 'no versioning',
  }),
});

const WorkerConfigSchema = WorkerKeys.transform(({ shutdownGrace: shutdownGraceMs, ...rest }) => ({
  ...rest,
  shutdownGraceMs,
}));

const StarterKeys = z.strictObject({
  reconcileInterval: duration({
    about: 'From one comparison of all nodes with all heals to the next',
    minMs: 100,
    maxMs: 3_600_000,
    fallback: '30s',
  }),
  startsPerSecond: wholeNumber({
    about: 'Starts and signals of heals per second; up to as many may come at once',
    min: 1,
    max: 10_000,
    fallback: 100,
  }),
  startsAtOnceMax: wholeNumber({
    about: 'Starts and signals of heals under way at a time',
    min: 1,
    max: 1_000,
    fallback: 20,
  }),
});

const StarterConfigSchema = StarterKeys.transform(({ reconcileInterval: reconcileIntervalMs, ...rest }) => ({
  ...rest,
  reconcileIntervalMs,
}));

export const ConfigSchema = z.strictObject({
  cluster: text({
    about: 'Name of the cluster: part of every workflow id and task queue',
    allowed: 'a DNS label: lower case letters, digits and dashes, at most 63',
    fallback: 'default',
    matches: isClusterName,
  }),
  tls: toggle({
    about: 'Serve metrics and health over HTTPS (port 8443) instead of HTTP (port 8000)',
    fallback: false,
  }),
  healing: HealingConfigSchema.prefault({}),
  profiles: ProfilesConfigSchema,
  connectivity: ConnectivityConfigSchema.prefault({}),
  maintenance: MaintenanceConfigSchema.prefault({}),
  collector: CollectorConfigSchema.prefault({}),
  echo: EchoConfigSchema.prefault({}),
  starter: StarterConfigSchema.prefault({}),
  worker: WorkerConfigSchema.prefault({}),
  temporal: TemporalConfigSchema.prefault({}),
  kubernetes: KubernetesConfigSchema.prefault({}),
  http: HttpConfigSchema.prefault({}),
  log: z
    .strictObject({
      level: choice({ about: 'What is logged: this level and those after it', of: LOG_LEVELS, fallback: 'info' }),
    })
    .prefault({}),
});

export type Config = Readonly<z.output<typeof ConfigSchema>>;
