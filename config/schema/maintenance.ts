/** The part `maintenance` of the configuration: what `vigilante maintainer` does. */

import { z } from 'zod';

import { parseLabelSelector } from '../../domain/label-selector.ts';
import { CONNECTIVITY_DEMANDS, HEALING_DEMANDS } from '../../domain/maintenance/facts.ts';
import { choice, duration, key, text, toggle, wholeNumber } from './keys.ts';
import { ApiEndpointSchema } from './maintenance-api-endpoint.ts';
import { MaintenanceBudgetSchema } from './maintenance-budget.ts';
import { MaintenanceExecutorsSchema } from './maintenance-executors.ts';
import { FreezesSchema, MaintenanceGatesSchema } from './maintenance-gates.ts';
import { MaintenanceNotifySchema } from './maintenance-notify.ts';
import { AcceptSchema } from './maintenance-preflight.ts';
import { MaintenanceRebootsSchema } from './maintenance-reboots.ts';
import { MaintenanceUpgradeSchema } from './maintenance-upgrade.ts';

const DAY_MS = 86_400_000;

const PrivilegesKeys = z.strictObject({
  enabled: toggle({
    about: 'Keep the workflow `watchPrivileges` running for the cluster; needs `maintenance.enabled`',
    fallback: false,
  }),
  interval: duration({
    about: 'From one comparison of what runs with what is declared to the next',
    minMs: 1_000,
    maxMs: DAY_MS,
    fallback: '1h',
  }),
  declared: text({
    about:
      'File of declared privileges, read again for each comparison; without the file all that runs is undeclared, and a wrong one is refused whole',
    allowed: 'the path of a YAML file',
    fallback: '/etc/vigilante/privileges/declared.yaml',
  }),
  gate: toggle({
    about: 'No upgrade begins while a container has more than is declared, is not declared, or is not known',
    fallback: false,
  }),
});

const FORCED_MAX = 50;
const selector = z.string().refine((written) => parseLabelSelector(written) !== null);
const EVICT_OR_KEEP = ['evict', 'keep'] as const;

const DrainKeys = z.strictObject({
  deadline: duration({
    about: 'How long a drain, and the wait for leave to act, may take; then the node is given back as it was',
    minMs: 10_000,
    maxMs: DAY_MS,
    fallback: '30m',
  }),
  orphans: choice({
    about: 'Pods without a controller, which nobody makes again; one that is kept ends the drain',
    of: EVICT_OR_KEEP,
    fallback: 'evict',
  }),
  emptyDir: choice({
    about: 'Pods with an emptyDir, whose data is lost; one that is kept ends the drain',
    of: EVICT_OR_KEEP,
    fallback: 'evict',
  }),
  respectSafeToEvict: toggle({
    about: 'A pod with `cluster-autoscaler.kubernetes.io/safe-to-evict: "false"` ends the drain',
    fallback: true,
  }),
  force: key(
    z
      .array(selector.refine((written) => written.trim() !== ''))
      .max(FORCED_MAX)
      .default([]),
    {
      about:
        'Pods with these labels are deleted, past their PodDisruptionBudget, where their eviction is refused: when a person maintains the node, or for a reboot. Needs the right to delete pods',
      allowed: `a list of at most ${FORCED_MAX} label selectors`,
      fallback: '[]',
    },
  ),
  parallel: wholeNumber({ about: 'Evictions at a time on a node', min: 1, max: 100, fallback: 10 }),
  lastNode: choice({
    about: 'Whether the last node of a group that takes pods may be drained',
    of: ['refuse', 'accept'],
    fallback: 'refuse',
  }),
});

const ProveKeys = z.strictObject({
  returnWithin: duration({
    about:
      'How long after its act a node may take until it is proven; then it is held: cordoned, with its slot. A Windows node that was started again has `healing.window` on top',
    minMs: 10_000,
    maxMs: DAY_MS,
    fallback: '30m',
  }),
  settle: duration({
    about: 'How long all that is expected of a node must hold at once before it is given back',
    minMs: 1_000,
    maxMs: 3_600_000,
    fallback: '1m',
  }),
  connectivity: choice({
    about: "What the node's agents must say; `where-agents` asks nothing of a node without an agent",
    of: CONNECTIVITY_DEMANDS,
    fallback: 'where-agents',
  }),
  windowsHealing: choice({
    about: 'What a Windows node must show of its healing: its mark with a proof for this boot, or any mark',
    of: HEALING_DEMANDS,
    fallback: 'proven',
  }),
});

export const MaintenanceConfigSchema = z.strictObject({
  enabled: toggle({ about: 'Start workflows that `vigilante maintainer` runs', fallback: false }),
  dryRun: toggle({
    about:
      'The maintainer sends no write to the cluster: it shows who needs what and who would get a slot, and each maintenance ends as `skipped` before its node is marked. What an earlier maintainer has begun waits',
    fallback: false,
  }),
  namespace: text({
    about: 'Where the pods that act on nodes are made; nobody else may make pods there',
    allowed: 'the name of a namespace',
    fallback: 'vigilante-maintenance',
  }),
  templates: text({
    about: 'Folder with the templates of executors of kind `pod`, read when the maintainer starts',
    allowed: 'the path of a folder',
    fallback: '/etc/vigilante/templates',
  }),
  apiEndpoint: ApiEndpointSchema.prefault({}),
  budget: MaintenanceBudgetSchema.prefault({}),
  drain: DrainKeys.transform(({ deadline: deadlineMs, ...rest }) => ({ ...rest, deadlineMs })).prefault({}),
  prove: ProveKeys.transform(({ returnWithin: returnWithinMs, settle: settleMs, ...rest }) => ({
    ...rest,
    returnWithinMs,
    settleMs,
  })).prefault({}),
  freezes: FreezesSchema,
  gates: MaintenanceGatesSchema.prefault({}),
  executors: MaintenanceExecutorsSchema,
  upgrade: MaintenanceUpgradeSchema.prefault({}),
  accept: AcceptSchema,
  notify: MaintenanceNotifySchema,
  reboots: MaintenanceRebootsSchema.prefault({}),
  privileges: PrivilegesKeys.transform(({ interval: intervalMs, ...rest }) => ({ ...rest, intervalMs })).prefault({}),
});
