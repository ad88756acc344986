/** What the activities of upgrades need, handed in by the maintainer. */

import type { BudgetStatus } from '../../contracts/maintenance/guard-maintenance.ts';
import type { MaintenanceStatus, ResolveNodePayload } from '../../contracts/maintenance/maintain-node.ts';
import type { DecisionPayload } from '../../contracts/upgrade/cluster-status.ts';
import type { TellUpgradeInput } from '../../contracts/upgrade/upgrade-events.ts';
import type { LabelRequirement } from '../../domain/label-selector.ts';
import type { ActPhase } from '../../domain/maintenance/facts.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import type { AllowedBroken, SeenPod } from '../../domain/upgrade/after-checks.ts';
import type { ObservedVersions } from '../../domain/upgrade/observed.ts';
import type { UpgradeRules } from '../../domain/upgrade/rules.ts';
import type { ApiEndpoint, Running } from '../../domain/upgrade/version-skew.ts';
import type { MaintenanceNodes } from '../../kubernetes/maintenance/nodes.ts';
import type { AlertSource } from '../maintenance/alert-source.ts';

export interface UpgradeSettings {
  readonly endpoint: ApiEndpoint;
  readonly rules: UpgradeRules;
  /** In the order of the configuration: a node belongs to the first that it matches. */
  readonly groups: readonly { readonly name: string; readonly requirements: readonly LabelRequirement[] }[];
  /** All that an approval is about but the versions and the order; as it is written in the configuration. */
  readonly policies: unknown;
  readonly allowedBroken: readonly AllowedBroken[];
  /** Null: reports are written nowhere. */
  readonly reportFolder: string | null;
}

export interface UpgradeActivityDeps {
  readonly settings: UpgradeSettings;
  readonly observe: () => Promise<ObservedVersions>;
  readonly nodes: Pick<MaintenanceNodes, 'list'>;
  readonly pods: () => Promise<readonly SeenPod[]>;
  /** What the executor of that name can exchange; null where there is none of that name. */
  readonly phasesOf: (executor: string) => readonly ActPhase[] | null;
  /** Null where alerts are not looked at. */
  readonly alerts: AlertSource | null;
  readonly guard: {
    /** Null where no guard answers. */
    status(): Promise<Pick<BudgetStatus, 'slots' | 'waiting' | 'breaker' | 'pause'> | null>;
    resume(payload: DecisionPayload): Promise<void>;
  };
  readonly maintenances: {
    state(node: NodeName): Promise<'running' | 'closed'>;
    /** Null where none runs, or nobody answers for it. */
    status(node: NodeName): Promise<MaintenanceStatus | null>;
    /** Whether it was taken. */
    resolve(node: NodeName, payload: ResolveNodePayload): Promise<boolean>;
  };
  /** Tells others, and is not waited for. */
  readonly tell: (told: TellUpgradeInput) => void;
  /** For the metrics: what runs, as it was observed. */
  readonly onVersions?: (running: readonly Pick<Running, 'component' | 'version'>[]) => void;
  readonly now: () => number;
  /** From one look to the next at nodes in work. */
  readonly watchEveryMs: number;
}
