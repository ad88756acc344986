/** What is known of each node's reboot: from the cluster what it is, from Temporal how far its maintenance is. */

import { z } from 'zod';
import { loadTemporalProfile } from '../../../config/temporal-profile.ts';
import { MAINTENANCE_ANNOTATION, ZONE_LABEL } from '../../../contracts/maintenance/names.ts';
import { parseNodeName } from '../../../domain/node/identity.ts';
import { pause } from '../../../runtime/pause.ts';
import { maintenanceGuardOf } from '../../../temporal/maintenance/guard.ts';
import { type Maintenances, maintenancesOf } from '../../../temporal/maintenance/maintenances.ts';
import { openClient } from '../../../temporal/open-client.ts';
import type { ApiClient } from '../../api-client.ts';
import { SANDBOX_CLUSTER } from '../../layout.ts';
import type { Sandbox } from '../../start-sandbox.ts';

export interface RebootView {
  readonly node: string;
  readonly zone: string;
  readonly bootId: string;
  readonly isReady: boolean;
  readonly isCordoned: boolean;
  readonly isMarked: boolean;
  /** Of its maintenance; empty where none is at work on it. */
  readonly step: string;
  readonly waitsFor: readonly string[];
}

const POLL_MS = 1_000;

const NodesSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        labels: z.record(z.string(), z.string()).default({}),
        annotations: z.record(z.string(), z.string()).default({}),
      }),
      spec: z.object({ unschedulable: z.boolean().default(false) }),
      status: z.object({
        nodeInfo: z.object({ bootID: z.string() }),
        conditions: z.array(z.object({ type: z.string(), status: z.string() })),
      }),
    }),
  ),
});

const byName = new Intl.Collator('en', { numeric: true });

/** The cluster alone. */
export async function readNodes(api: ApiClient): Promise<readonly RebootView[]> {
  const { items } = NodesSchema.parse((await api.demand('GET', '/api/v1/nodes')).body);
  return items
    .map(({ metadata, spec, status }) => ({
      node: metadata.name,
      zone: metadata.labels[ZONE_LABEL] ?? '',
      bootId: status.nodeInfo.bootID,
      isReady: status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
      isCordoned: spec.unschedulable,
      isMarked: metadata.annotations[MAINTENANCE_ANNOTATION] !== undefined,
      step: '',
      waitsFor: [],
    }))
    .toSorted((one, other) => byName.compare(one.node, other.node));
}

/** Once a second, until the signal. */
export async function* watchReboots(sandbox: Sandbox, signal: AbortSignal): AsyncGenerator<readonly RebootView[]> {
  const { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } = sandbox.env;
  const client = await openClient(loadTemporalProfile({ TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE }));
  const maintenances = maintenancesOf(client, { cluster: SANDBOX_CLUSTER, searchAttributes: false });
  const guard = maintenanceGuardOf(client, SANDBOX_CLUSTER);
  try {
    while (!signal.aborted) {
      const nodes = await readNodes(sandbox.api);
      const answer = await guard.status();
      const waiting = new Map(
        answer.kind === 'status' ? answer.status.waiting.map(({ node, reasons }) => [node as string, reasons]) : [],
      );
      yield await Promise.all(
        nodes.map(async (view) => {
          const reasons = waiting.get(view.node);
          if (view.isMarked) return withStep(maintenances, view);
          return reasons === undefined ? view : { ...view, waitsFor: reasons.map(({ detail }) => detail) };
        }),
      );
      await pause(POLL_MS, signal);
    }
  } finally {
    await client.connection.close();
  }
}

async function withStep(maintenances: Maintenances, view: RebootView): Promise<RebootView> {
  const name = parseNodeName(view.node);
  const status = name === null ? null : await maintenances.status(name);
  return status === null ? view : { ...view, step: status.step, waitsFor: status.waitsFor };
}
