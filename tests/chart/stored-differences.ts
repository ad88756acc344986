/** What the API server adds to objects: tools that compare both would show a difference for ever. */

import { z } from 'zod';
import type { ChartWorld } from './chart-world.ts';
import type { Manifest } from './helm.ts';

const AnySchema = z.looseObject({});

/** Such as `Role nodes-care-vigilante-worker.rules[0]`. Throws for an object that the API server does not take. */
export function storedDifferences(world: ChartWorld, manifests: readonly Manifest[]): string[] {
  return manifests.flatMap((manifest) =>
    added(content(manifest), content(stored(world, manifest))).map(
      (path) => `${manifest.kind} ${manifest.metadata.name}${path}`,
    ),
  );
}

/** As the API server stores it. */
function stored(world: ChartWorld, manifest: Manifest): unknown {
  const { status, stdout, stderr } = world.shell('kubectl create --dry-run=server --output json --filename -', {
    input: JSON.stringify(manifest),
  });
  if (status !== 0) throw new Error(`${manifest.kind} ${manifest.metadata.name}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Paths that the stored object has and the rendered one does not, or with another value. */
export function added(rendered: unknown, live: unknown, path = ''): string[] {
  if (Array.isArray(live) && Array.isArray(rendered)) {
    if (live.length !== rendered.length) return [path];
    return live.flatMap((item: unknown, index) => added(rendered[index], item, `${path}[${index}]`));
  }
  if (isObject(live) && isObject(rendered)) {
    return [...new Set([...Object.keys(live), ...Object.keys(rendered)])].flatMap((key) =>
      added(rendered[key], live[key], `${path}.${key}`),
    );
  }
  return JSON.stringify(rendered) === JSON.stringify(live) ? [] : [path];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Everything but what the API server keeps of each object. */
export function content(object: unknown): Record<string, unknown> {
  const { metadata: _, status: __, ...rest } = AnySchema.parse(object);
  return rest;
}

/**
 * Kinds whose defaults every tool knows, as they are as old as Kubernetes, with what would have to be written out: each
 * field of each container, volume and port, the finalizer of a namespace.
 */
export const KNOWN_DEFAULTS = ['Deployment', 'DaemonSet', 'Pod', 'Service', 'PersistentVolumeClaim', 'Namespace'];
