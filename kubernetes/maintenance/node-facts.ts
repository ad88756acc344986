/** Reads from a node what its maintenance needs; whatever is missing or rubbish gives a defined state. */

import { parseMark } from '../../contracts/maintenance/mark.ts';
import {
  CONTROL_PLANE_LABEL,
  MAINTENANCE_ANNOTATION,
  MAINTENANCE_FIELD_MANAGER,
  ZONE_LABEL,
} from '../../contracts/maintenance/names.ts';
import { OS_LABEL } from '../../contracts/names.ts';
import type { Labels } from '../../domain/label-selector.ts';
import type { NodeFactsForMaintenance } from '../../domain/maintenance/facts.ts';
import { parseVersion } from '../../domain/maintenance/version.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import type { NodeObject } from '../client/objects.ts';
import { type NodeReading, nodeFacts } from '../nodes/facts.ts';

/** What of it other sources know: the agents' reports. */
export type NodeFactsOfCluster = Omit<NodeFactsForMaintenance, 'agents' | 'sentinel'>;

export interface MaintenanceNode {
  readonly name: NodeName;
  readonly facts: NodeFactsOfCluster;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly controlPlane: boolean;
  /** With the time of their last transition, where it is known. */
  readonly trueConditions: readonly { readonly type: string; readonly changedMs: number | null }[];
  readonly version: string | null;
}

interface ManagedFields {
  readonly manager?: string;
  readonly fieldsV1?: { readonly 'f:spec'?: Readonly<Record<string, unknown>> };
}

/** As the API server sends it, with what only a maintenance reads. */
interface MaintenanceNodeObject extends NodeObject {
  readonly metadata?: NonNullable<NodeObject['metadata']> & {
    readonly managedFields?: readonly ManagedFields[] | null;
  };
  readonly status?: NonNullable<NodeObject['status']> & {
    readonly nodeInfo?: { readonly bootID?: string; readonly kubeletVersion?: string };
  };
}

const BOOT_ID_LENGTH_MAX = 128;
const ZONE_LENGTH_MAX = 63;

/** Throws where name or uid are missing, which no API server sends. */
export function maintenanceNode(node: MaintenanceNodeObject, reading: NodeReading): MaintenanceNode {
  const seen = nodeFacts(node, reading);
  const { labels, annotations, resourceVersion } = node.metadata ?? {};
  const { bootID = '', kubeletVersion = '' } = node.status?.nodeInfo ?? {};
  const os = labels?.[OS_LABEL] ?? null;
  return {
    name: seen.name,
    labels: labels ?? {},
    annotations: annotations ?? {},
    controlPlane: labels?.[CONTROL_PLANE_LABEL] !== undefined,
    trueConditions: trueConditions(node),
    version: resourceVersion ?? null,
    facts: {
      uid: seen.uid,
      kubelet: parseVersion(kubeletVersion),
      bootId: bootID.slice(0, BOOT_ID_LENGTH_MAX),
      ready: seen.ready,
      readyChangedMs: seen.readyChangedMs,
      unschedulable: node.spec?.unschedulable === true,
      cordonIsOurs: isCordonOurs(node),
      mark: parseMark(annotations?.[MAINTENANCE_ANNOTATION]),
      zone: labels?.[ZONE_LABEL]?.slice(0, ZONE_LENGTH_MAX) ?? null,
      os,
      healing: seen.windows ? healingOf(seen) : 'not-windows',
    },
  };
}

function trueConditions({ status }: MaintenanceNodeObject): MaintenanceNode['trueConditions'] {
  return (status?.conditions ?? [])
    .filter((condition) => condition.status === 'True')
    .map(({ type = '', lastTransitionTime }) => {
      const changedMs = Date.parse(lastTransitionTime ?? '');
      return { type, changedMs: Number.isNaN(changedMs) ? null : changedMs };
    });
}

function healingOf({ healed, mark }: ReturnType<typeof nodeFacts>): NodeFactsForMaintenance['healing'] {
  if (!healed) return 'not-healed';
  return mark === 'proven' ? 'proven' : 'healed';
}

/** The API server notes who wrote a field last; one that several want is not ours alone. */
function isCordonOurs({ metadata }: MaintenanceNodeObject): boolean {
  const owners = (metadata?.managedFields ?? []).filter(
    ({ fieldsV1 }) => fieldsV1?.['f:spec']?.['f:unschedulable'] !== undefined,
  );
  return owners.length > 0 && owners.every(({ manager }) => manager === MAINTENANCE_FIELD_MANAGER);
}
