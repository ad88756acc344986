/** Where the parts of one control plane, or of one of its nodes, listen and keep their files. */

import { fileOf, type SandboxFile, type SandboxLayout } from '../layout.ts';
import { LOOPBACK } from '../ports.ts';

export interface Place {
  /** Of the node, and of the member of etcd. */
  readonly name: string;
  /** The ports are the same at every place of a sandbox. */
  readonly address: string;
  /** What the places do not share is in there; empty: in the folder of the sandbox. */
  readonly folder: '' | `control-plane/${string}/`;
}

/** All of a control plane that has no nodes. */
export const WHOLE_CONTROL_PLANE: Place = { name: 'sandbox', address: LOOPBACK, folder: '' };

const CONTROL_PLANE_NODES_MAX = 3;
export const CONTROL_PLANE_COUNTS = [1, CONTROL_PLANE_NODES_MAX] as const;

/** `cp-1` at 127.0.1.1, and so on; none in a sandbox whose control plane has no nodes. */
export function controlPlaneNodes({ controlPlane }: Pick<SandboxLayout, 'controlPlane'>): readonly Place[] {
  return Array.from({ length: controlPlane }, (_, index) => {
    const name = `cp-${index + 1}`;
    return { name, address: `127.0.1.${index + 1}`, folder: `control-plane/${name}/` };
  });
}

export function placesOf(layout: SandboxLayout): readonly Place[] {
  const nodes = controlPlaneNodes(layout);
  return nodes.length === 0 ? [WHOLE_CONTROL_PLANE] : nodes;
}

export function fileAt(layout: SandboxLayout, { folder }: Place, file: PlacedFile): string {
  return fileOf(layout, folder === '' ? file : `${folder}${file}`);
}

type PlacedFile = Extract<
  SandboxFile,
  'audit.log' | 'scheduler.yaml' | 'etcd' | `kubeconfig-${string}` | `certificates/${string}`
>;
