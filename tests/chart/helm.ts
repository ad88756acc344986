/** Runs helm on a chart and reads what comes out. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { resolveTool } from '../../sandbox/tools/resolve-tool.ts';

export const CHART = fileURLToPath(new URL('../../charts/vigilante/', import.meta.url));
export const VALUE_SETS = [
  'minimal',
  'temporal-cloud',
  'everything',
  'connectivity',
  'custom-resources',
  'foreign-collector',
  'source-address',
  'maintainer',
  'maintenance',
  'fleet',
] as const;
export type ValueSet = (typeof VALUE_SETS)[number];

export const ECHO_CHART = fileURLToPath(new URL('../../charts/vigilante-echo/', import.meta.url));
export const ECHO_VALUE_SETS = ['minimal', 'private-link', 'node-port'] as const;
type AnyValueSet = ValueSet | (typeof ECHO_VALUE_SETS)[number];

export const CHARTS: readonly { readonly chart: string; readonly sets: readonly AnyValueSet[] }[] = [
  { chart: CHART, sets: VALUE_SETS },
  { chart: ECHO_CHART, sets: ECHO_VALUE_SETS },
];

export const RELEASE = 'care';
export const NAMESPACE = 'nodes';

export interface HelmResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const ManifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
export type Manifest = z.infer<typeof ManifestSchema>;

const HELM_TIMEOUT_MS = 120_000;

const helm = await resolveTool('helm');

export function runHelm(args: readonly string[], env: Readonly<Record<string, string>> = {}): HelmResult {
  const ended = spawnSync(helm, args, { encoding: 'utf8', env: { ...process.env, ...env }, timeout: HELM_TIMEOUT_MS });
  return { status: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}

export function valuesOf(set: AnyValueSet, chart = CHART): string {
  return `${chart}ci/${set}.yaml`;
}

/** Each takes a third of a second, and many tests ask for the same. */
const rendered = new Map<string, HelmResult>();

/** `values` are paths with JSON: `{'worker.replicas': 3}`. */
export function templateChart(
  set: AnyValueSet | null,
  values: Readonly<Record<string, unknown>> = {},
  chart = CHART,
): HelmResult {
  const files = set === null ? [] : ['--values', valuesOf(set, chart)];
  const assignments = Object.entries(values).flatMap(([path, value]) => [
    '--set-json',
    `${path}=${JSON.stringify(value)}`,
  ]);
  const args = ['template', RELEASE, chart, '--namespace', NAMESPACE, ...files, ...assignments];
  const key = JSON.stringify(args);
  const result = rendered.get(key) ?? runHelm(args);
  rendered.set(key, result);
  return result;
}

/** Throws with helm's words where the chart does not render. */
export function renderChart(
  set: AnyValueSet,
  values: Readonly<Record<string, unknown>> = {},
  chart = CHART,
): Manifest[] {
  const { status, stdout, stderr } = templateChart(set, values, chart);
  if (status !== 0) throw new Error(`helm template ended with ${status}: ${stderr}`);
  return parseManifests(stdout);
}

function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document): unknown => document.toJS())
    .filter((content) => content !== null)
    .map((content) => ManifestSchema.parse(content));
}
