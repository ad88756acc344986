/** Looks at all nodes for `watchReboots`: who needs a reboot, what keeps it from it, and what has ended. */

import pMap from 'p-map';
import {
  CANDIDATES_MAX,
  type ClearRebootRequestResult,
  REBOOT_ANNOTATION,
  REBOOT_REQUIRED,
  type RebootActivities,
  type RebootSurvey,
  type SurveyRebootsInput,
} from '../../contracts/maintenance/watch-reboots.ts';
import { TOOL_PODS, toolsOnNode } from '../../domain/maintenance/other-tools.ts';
import type { NodeOutcomeKind } from '../../domain/maintenance/outcome.ts';
import { needsOf, type RebootFacts, type ReportedHost } from '../../domain/maintenance/reboot-need.ts';
import { inRebootOrder, type RebootCandidate } from '../../domain/maintenance/reboots.ts';
import type { Gate } from '../../domain/maintenance/survey.ts';
import type { NodeName, NodeRef, NodeUid } from '../../domain/node/identity.ts';
import type { LabelledPods } from '../../kubernetes/maintenance/labelled-pods.ts';
import type { MaintenanceNode } from '../../kubernetes/maintenance/node-facts.ts';
import type { MaintenanceNodes } from '../../kubernetes/maintenance/nodes.ts';
import { askingCluster } from '../failures.ts';
import type { MaintenanceActivityDeps, MaintenanceSettings } from './deps.ts';
import { groupOf } from './groups.ts';

export interface RebootSettings
  extends Pick<RebootSurvey, 'rules' | 'executor' | 'expect' | 'intervalMs'>,
    Pick<MaintenanceSettings, 'groups'> {
  /** Types of conditions that ask for a reboot while they are True. */
  readonly conditions: readonly string[];
  /** Label selectors of pods that keep their node from being rebooted. */
  readonly blockingPods: readonly string[];
}

export interface RebootDeps extends Pick<MaintenanceActivityDeps, 'gatesFor' | 'serverNowMs'> {
  readonly settings: RebootSettings;
  readonly nodes: Pick<MaintenanceNodes, 'list' | 'change'>;
  /** What agents report of their nodes, where the report is young enough. Throws where nobody can be asked. */
  readonly hosts: () => Promise<ReadonlyMap<NodeUid, ReportedHost>>;
  readonly podsWith: LabelledPods;
  readonly maintenances: {
    state(node: NodeName): Promise<'running' | 'closed'>;
    /** How the last one ended; null while it runs. */
    outcome(node: NodeName): Promise<NodeOutcomeKind | null>;
  };
  /** Hook for metrics. */
  readonly onReboots?: (sample: RebootSample) => void;
}

export interface RebootSample {
  readonly ineffective: number;
  /** Nodes that are up for longer than `maxUptime`. */
  readonly upTooLong: number;
  /** All nodes that are looked after. */
  readonly nodes: readonly { readonly name: NodeName; readonly isRequired: boolean }[];
}

interface Seen extends RebootFacts {
  readonly annotations: MaintenanceNode['annotations'];
  readonly isMarked: boolean;
}

const WORKFLOWS_AT_ONCE = 10;

export function createRebootActivities(deps: RebootDeps): RebootActivities {
  return {
    surveyReboots: (input) => askingCluster(() => surveyReboots(deps, input)),
    clearRebootRequest: (node) => askingCluster(() => clearRequest(deps, node)),
  };
}

async function surveyReboots(deps: RebootDeps, input: SurveyRebootsInput): Promise<RebootSurvey> {
  const { groups: _groups, conditions: _conditions, blockingPods: _pods, ...told } = deps.settings;
  const moment = { rules: told.rules, nowMs: deps.serverNowMs() };
  const [nodes, hosts] = await Promise.all([deps.nodes.list(), deps.hosts()]);
  const seen = nodes.flatMap((node) => seenNode(node, hosts, deps.settings));
  const needs = (one: RebootFacts) => needsOf(one, moment.rules, moment.nowMs);
  const isNeedy = (one: RebootFacts) => needs(one).length > 0;
  const needy = inRebootOrder(seen.filter(isNeedy), moment);
  const remembered = new Set([...input.remembered, ...input.asked].map(({ uid }) => uid));
  const others = seen.filter((one) => !isNeedy(one) && remembered.has(one.node.uid));
  const wanted = [...needy.filter((one, index) => index < CANDIDATES_MAX || remembered.has(one.node.uid)), ...others];
  const endings = await pMap(
    input.asked,
    async (node) => ({ node, outcome: await deps.maintenances.outcome(node.name) }),
    { concurrency: WORKFLOWS_AT_ONCE },
  );
  deps.onReboots?.({
    ineffective: input.ineffective,
    upTooLong: needy.filter((one) => needs(one).some(({ kind }) => kind === 'uptime')).length,
    nodes: seen.map((one) => ({ name: one.node.name, isRequired: isNeedy(one) })),
  });
  return {
    ...told,
    candidates: await candidatesOf(deps, wanted),
    requiredCount: needy.length,
    unknownCount: seen.filter(({ host }) => (host?.sentinel.state ?? 'unknown') === 'unknown').length,
    endings: endings.flatMap(({ node, outcome }) => (outcome === null ? [] : [{ node, outcome }])),
  };
}

/** A node in no group is left alone. */
function seenNode(
  { name, facts, labels, annotations, trueConditions }: MaintenanceNode,
  hosts: ReadonlyMap<NodeUid, ReportedHost>,
  settings: RebootSettings,
): readonly Seen[] {
  const group = groupOf(settings, labels);
  if (group === null) return [];
  return [
    {
      node: { name, uid: facts.uid },
      group,
      groupIndex: settings.groups.findIndex((one) => one.name === group),
      bootId: facts.bootId,
      host: hosts.get(facts.uid) ?? null,
      isAskedFor: annotations[REBOOT_ANNOTATION] === REBOOT_REQUIRED,
      conditions: trueConditions.filter(({ type }) => settings.conditions.includes(type)),
      annotations,
      isMarked: facts.mark !== null,
    },
  ];
}

async function candidatesOf(deps: RebootDeps, wanted: readonly Seen[]): Promise<readonly RebootCandidate[]> {
  if (wanted.length === 0) return [];
  const blocking = await podsByNode(
    deps,
    deps.settings.blockingPods.map((selector) => ({ selector, name: null })),
  );
  const tools = await podsByNode(
    deps,
    TOOL_PODS.map(({ tool, selector }) => ({ selector, name: tool })),
  );
  const gates = new Map<string, Gate>();
  for (const group of new Set(wanted.map((one) => one.group))) {
    gates.set(group, await deps.gatesFor({ purpose: 'reboot', group }));
  }
  return pMap(
    wanted,
    async ({ annotations, isMarked, ...facts }): Promise<RebootCandidate> => ({
      ...facts,
      blockingPods: blocking.get(facts.node.name) ?? [],
      otherTools: [...(tools.get(facts.node.name) ?? []), ...toolsOnNode(annotations)],
      isInWork: isMarked || (await deps.maintenances.state(facts.node.name)) === 'running',
      gate: gates.get(facts.group) ?? { isOpen: false, reasons: ['the group is not known'] },
    }),
    { concurrency: WORKFLOWS_AT_ONCE },
  );
}

const PODS_NAMED_MAX = 20;

/** The names of pods, or the given name, each once. */
async function podsByNode(
  { podsWith }: RebootDeps,
  selections: readonly { readonly selector: string; readonly name: string | null }[],
): Promise<ReadonlyMap<NodeName, readonly string[]>> {
  const found = new Map<NodeName, readonly string[]>();
  for (const { selector, name } of selections) {
    for (const { node, pod } of await podsWith(selector)) {
      const named = [...new Set([...(found.get(node) ?? []), name ?? pod])];
      found.set(node, named.slice(0, PODS_NAMED_MAX));
    }
  }
  return found;
}

async function clearRequest({ nodes }: RebootDeps, node: NodeRef): Promise<ClearRebootRequestResult> {
  const found = await nodes.change(node, async ({ annotations }) =>
    annotations[REBOOT_ANNOTATION] === undefined ? null : { annotations: { [REBOOT_ANNOTATION]: null } },
  );
  return found.kind === 'present' ? 'cleared' : 'node-gone';
}
