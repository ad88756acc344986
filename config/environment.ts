/** Environment variables that override keys of the file: what differs per deployment. */

import { type Mapping, placeAt, valueAt } from './mapping.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Override {
  readonly variable: string;
  readonly path: readonly string[];
  readonly as: 'text' | 'number' | 'boolean';
  /** The variable says where the process runs; a key in the file says what is wanted, and wins. */
  readonly fileWins?: true;
}

export const CONFIG_PATH_VARIABLE = 'VIGILANTE_CONFIG';

export const OVERRIDES: readonly Override[] = [
  { variable: 'VIGILANTE_CLUSTER', path: ['cluster'], as: 'text' },
  { variable: 'VIGILANTE_TLS', path: ['tls'], as: 'boolean' },
  { variable: 'VIGILANTE_HTTP_HOST', path: ['http', 'host'], as: 'text' },
  { variable: 'VIGILANTE_HTTP_PORT', path: ['http', 'port'], as: 'number' },
  { variable: 'VIGILANTE_TEMPORAL_METRICS_PORT', path: ['temporal', 'metricsPort'], as: 'number' },
  { variable: 'VIGILANTE_TEMPORAL_API_KEY_FILE', path: ['temporal', 'apiKeyFile'], as: 'text' },
  { variable: 'VIGILANTE_LOG_LEVEL', path: ['log', 'level'], as: 'text' },
  { variable: 'VIGILANTE_COLLECTOR_ENDPOINT', path: ['collector', 'endpoint'], as: 'text' },
  { variable: 'VIGILANTE_COLLECTOR_STORE_PATH', path: ['collector', 'store', 'path'], as: 'text' },
  { variable: 'VIGILANTE_COLLECTOR_URL', path: ['connectivity', 'collectorUrl'], as: 'text', fileWins: true },
  { variable: 'KUBECONFIG', path: ['kubernetes', 'kubeconfig'], as: 'text' },
  { variable: 'POD_NAMESPACE', path: ['healing', 'pod', 'namespace'], as: 'text', fileWins: true },
  { variable: 'TEMPORAL_DEPLOYMENT_NAME', path: ['worker', 'deploymentName'], as: 'text' },
  { variable: 'TEMPORAL_WORKER_BUILD_ID', path: ['worker', 'buildId'], as: 'text' },
];

/** Writes the overrides into the raw configuration; returns which path came from which variable. */
export function applyOverrides(raw: Mapping, env: Environment): Map<string, string> {
  const origins = new Map<string, string>();
  for (const { variable, path, as, fileWins } of OVERRIDES) {
    const value = env[variable];
    if (value === undefined || value === '') continue;
    if (fileWins === true && valueAt(raw, path) !== undefined) continue;
    if (placeAt(raw, path, parsed(value, as))) origins.set(path.join('.'), variable);
  }
  return origins;
}

/** A text that is no number or boolean is kept: the schema refuses it and shows it. */
function parsed(value: string, as: Override['as']): unknown {
  if (as === 'number' && /^-?\d+$/.test(value)) return Number(value);
  if (as === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}
