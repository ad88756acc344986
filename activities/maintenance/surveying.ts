/** One look at all nodes of the cluster: what the guard decides by. */

import pMap from 'p-map';

import type { SurveyClusterInput } from '../../contracts/maintenance/activities.ts';
import { matchesLabels } from '../../domain/label-selector.ts';
import { type CountedNode, isDownOtherwise, tally } from '../../domain/maintenance/budget.ts';
import type { Purpose } from '../../domain/maintenance/facts.ts';
import type { Gate, Survey, SurveyedNode } from '../../domain/maintenance/survey.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import type { MaintenanceNode } from '../../kubernetes/maintenance/node-facts.ts';
import type { MaintenanceActivityDeps, SurveySample } from './deps.ts';
import { groupOf } from './groups.ts';

const WORKFLOWS_AT_ONCE = 10;
/** Of a node in no group. */
const NO_GROUP = '';

interface Seen extends MaintenanceNode {
  readonly counted: CountedNode;
  readonly ignoredBy: string | null;
}

export async function surveyCluster(deps: MaintenanceActivityDeps, input: SurveyClusterInput): Promise<Survey> {
  const { settings } = deps;
  const nowMs = deps.serverNowMs();
  const nodes = (await deps.nodes.list()).map((node) => seenNode(node, deps, { slots: input.slots, nowMs }));
  const counted = nodes.map((node) => node.counted);
  const tallies = tally(counted, settings.budget, nowMs);
  deps.onKubelets?.(nodes.map(({ facts }) => facts.kubelet).filter((version) => version !== null));
  deps.onSurvey?.({ tallies, groups: groupsByState(counted, input), shown: input.shown, nowMs });
  const asked = new Map(input.requests.map(({ node, purpose }) => [node, purpose]));
  const named = new Set<NodeName>([...input.slots, ...asked.keys(), ...marked(nodes)]);
  const gates = new Map<string, Promise<Gate>>();
  const gateOf = (purpose: Purpose, group: string) => {
    const key = `${purpose}/${group}`;
    const gate = gates.get(key) ?? deps.gatesFor({ purpose, group });
    gates.set(key, gate);
    return gate;
  };
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const surveyed = await pMap(
    [...named],
    async (name): Promise<SurveyedNode> => {
      const node = byName.get(name);
      const purpose = asked.get(name);
      const group = node?.counted.group ?? NO_GROUP;
      const isOurs = input.slots.includes(name) || (node?.facts.mark ?? null) !== null;
      const workflow = isOurs ? await deps.maintenances.state(name) : 'unknown';
      const gate = purpose === undefined ? null : await gateOf(purpose, group);
      return node === undefined ? missingNode(name, workflow) : { ...presentNode(node, nowMs), workflow, gate };
    },
    { concurrency: WORKFLOWS_AT_ONCE },
  );
  return { ...tallies, nodes: surveyed, rules: settings.budget.rules };
}

/** For the metrics. */
function groupsByState(counted: readonly CountedNode[], input: SurveyClusterInput): SurveySample['groups'] {
  const waiting = new Set(input.requests.map(({ node }) => node).filter((name) => !input.slots.includes(name)));
  const groupsOf = (isSo: (node: CountedNode) => boolean) => counted.filter(isSo).map(({ group }) => group);
  return {
    'in-work': groupsOf(({ inWork }) => inWork),
    waiting: groupsOf(({ name }) => waiting.has(name)),
    held: groupsOf(({ name }) => input.shown.held.includes(name)),
    'cordoned-otherwise': groupsOf(({ inWork, unschedulable, ignored }) => unschedulable && !inWork && !ignored),
  };
}

function seenNode(
  node: MaintenanceNode,
  { settings }: MaintenanceActivityDeps,
  { slots, nowMs }: { readonly slots: readonly NodeName[]; readonly nowMs: number },
): Seen {
  const { name, labels, facts, controlPlane } = node;
  const { zone, ready, readyChangedMs, unschedulable, mark } = facts;
  const group = groupOf(settings, labels) ?? NO_GROUP;
  const ignoredBy =
    settings.ignore.find(({ requirements, untilMs }) => nowMs < untilMs && matchesLabels(requirements, labels))
      ?.reason ?? null;
  const inWork = mark !== null || slots.includes(name);
  const ignored = ignoredBy !== null;
  const counted = { name, group, zone, ready, readyChangedMs, unschedulable, controlPlane, inWork, ignored };
  return { ...node, counted, ignoredBy };
}

function marked(nodes: readonly Seen[]): readonly NodeName[] {
  return nodes.filter(({ facts }) => facts.mark !== null).map(({ name }) => name);
}

function presentNode(
  { name, facts, counted, ignoredBy }: Seen,
  nowMs: number,
): Omit<SurveyedNode, 'workflow' | 'gate'> {
  const { group, zone, ready, unschedulable, inWork, controlPlane } = counted;
  return {
    name,
    uid: facts.uid,
    group: group === NO_GROUP ? null : group,
    zone,
    ready,
    down: isDownOtherwise(counted, nowMs),
    schedulable: ready && !unschedulable && !inWork,
    controlPlane,
    ignored: ignoredBy,
    mark: facts.mark,
  };
}

function missingNode(name: NodeName, workflow: SurveyedNode['workflow']): SurveyedNode {
  const facts = { group: null, zone: null, ready: false, down: false, schedulable: false, controlPlane: false };
  return { name, uid: null, ...facts, ignored: null, mark: null, workflow, gate: null };
}
