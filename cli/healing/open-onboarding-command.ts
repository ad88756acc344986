/** `vigilante restart --open-onboarding`: ends the heals that a release before `onboardNode` cannot go on with (E46). */

import pMap from 'p-map';
import { planOf } from '../../config/policies/healing.ts';
import { HEALING_SWITCH_ANNOTATION, ONBOARD_NODE_WORKFLOW, SNAT_PROFILE } from '../../contracts/healing/names.ts';
import { assertNever } from '../../domain/assert-never.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import { type OnboardingEnd, openOnboardingsOf } from '../../temporal/healing/open-onboardings.ts';
import type { OpenNodes } from '../cluster.ts';
import type { CommandContext } from '../command-context.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

const AT_ONCE_MAX = 10;
/** A heal that is cancelled removes its pod first; the API server may take its time. */
const END_TIMEOUT_MS = 120_000;

type Nodes = OpenNodes['nodes'];

interface Ended {
  readonly node: NodeName;
  readonly isDone: boolean;
  readonly message: string;
}

export async function openOnboardingCommand(context: CommandContext, terminal: Terminal): Promise<ExitCode> {
  refuseWhereBegunAgain(context);
  const { cluster } = context.config;
  const heals = openOnboardingsOf(await context.client(), { cluster, profile: context.profile.name });
  const open = await heals.list();
  if (open.length === 0) {
    terminal.write(`no heal of the type ${ONBOARD_NODE_WORKFLOW} is open in cluster ${cluster}\n`);
    return EXIT.ok;
  }
  const nodes = await context.nodes();
  const ended = await pMap(
    open,
    async (node) => {
      // A node that is begun is finished: otherwise it would stay switched off.
      if (terminal.interrupted()) return { node, isDone: false, message: 'left as it is' };
      const wasDisabled = await isDisabled(nodes, node);
      const result = await afterEnd(nodes, { node, wasDisabled, end: await heals.end(node, END_TIMEOUT_MS) });
      const line = `${node}: ${result.message}\n`;
      if (result.isDone) terminal.write(line);
      else terminal.note(line);
      return result;
    },
    { concurrency: AT_ONCE_MAX },
  );
  const left = ended.filter(({ isDone }) => !isDone).length;
  if (terminal.interrupted()) return EXIT.interrupted;
  terminal.write(`${ended.length - left} of ${ended.length} heals of the type ${ONBOARD_NODE_WORKFLOW} have ended\n`);
  return left === 0 ? EXIT.ok : EXIT.conditionNotMet;
}

/** Whoever runs it where the cluster's own configuration is shall not end what the starter begins again. */
function refuseWhereBegunAgain({ config, profile }: CommandContext): void {
  const { name, configured } = profile;
  if (name !== SNAT_PROFILE || configured === null) return;
  if (planOf(configured, config.temporal).workflow !== ONBOARD_NODE_WORKFLOW) return;
  throw new CommandError(
    EXIT.conditionNotMet,
    `healing.evidence is ${configured.healing.evidence}: the starter would begin such heals again\nset healing.finish: window and healing.evidence: sandbox first, and leave healing.echo.endpoints as they are`,
  );
}

async function isDisabled(nodes: Nodes, name: NodeName): Promise<boolean> {
  const found = await nodes.observe(name);
  return found.kind === 'present' && found.facts.disabled;
}

/** The heal switched its node off: that is taken back, so that the starter begins another one. */
async function afterEnd(
  nodes: Nodes,
  { node, wasDisabled, end }: { readonly node: NodeName; readonly wasDisabled: boolean; readonly end: OnboardingEnd },
): Promise<Ended> {
  switch (end) {
    case 'still-open':
      return {
        node,
        isDone: false,
        message: `its heal is still ending (is a worker of this release running?); afterwards: kubectl annotate node ${node} ${HEALING_SWITCH_ANNOTATION}-`,
      };
    case 'ended':
      return { node, isDone: true, message: 'its heal had ended by itself' };
    case 'cancelled': {
      if (wasDisabled) return { node, isDone: true, message: 'its heal has ended; it was switched off before' };
      const found = await nodes.observe(node);
      if (found.kind === 'gone') return { node, isDone: true, message: 'its heal has ended; the node is gone' };
      await nodes.annotate(found.facts, { [HEALING_SWITCH_ANNOTATION]: null });
      const next = found.facts.healed ? 'the node stays marked' : 'the starter begins another one';
      return { node, isDone: true, message: `its heal has ended; ${next}` };
    }
    default:
      return assertNever(end);
  }
}
