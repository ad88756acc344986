/** Does to nodes what matters only where pods ask the echo: relapses, silence, reboots, a startup taint that comes back. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { MERGE_PATCH } from '../../sandbox/api-client.ts';
import { BEHAVIOUR_LABEL } from '../../sandbox/behaviour.ts';
import type { AddNodeOptions, SandboxNode } from '../../sandbox/nodes.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import type { NodeFault, ProofFault } from './fault.ts';
import { isMarkValid, listNodeStates } from './node-versions.ts';
import { persist } from './persist.ts';
import { listHealingPods } from './pod-witness.ts';
import { type ProofPolicy, STARTUP_TAINT } from './policy.ts';
import type { ChaosWorld } from './world.ts';

const TAINT = { key: STARTUP_TAINT, effect: 'NoSchedule' } as const;
/** On a busy machine the pods of a watch come seldom: a relapse lasts so much longer until it is noticed. */
const NOTICED_MS = 40_000;
const POLL_MS = 500;
const KINDS: readonly string[] = [
  'node-relapses',
  'node-falls-silent',
  'node-reboots',
  'taint-returns',
] satisfies readonly ProofFault['kind'][];

export function isProofFault(fault: NodeFault | ProofFault): fault is ProofFault {
  return KINDS.includes(fault.kind);
}

/** A new node comes with the startup taint, and with a boot of its own. */
export function newNodeOf({ evidence }: Pick<ChaosWorld, 'evidence'>): Pick<AddNodeOptions, 'taints' | 'boot'> {
  return evidence === 'sandbox' ? {} : { taints: [TAINT], boot: randomUUID() };
}

export async function doProofFault(
  world: ChaosWorld,
  fault: ProofFault,
  { name, labels }: Pick<SandboxNode, 'name' | 'labels'>,
): Promise<boolean> {
  switch (fault.kind) {
    case 'node-reboots':
      return reboot(world, name);
    case 'taint-returns':
      return persist(() => addTaint(world, name));
    default: {
      const isRelapse = fault.kind === 'node-relapses';
      if (!(await setBehaviour(world, name, isRelapse ? 'lying' : 'mute'))) return false;
      await sleep(fault.forMs);
      if (isRelapse) await untilUnmarked(world, name, NOTICED_MS);
      world.timeline.note('behaves as before', name);
      return setBehaviour(world, name, labels[BEHAVIOUR_LABEL] ?? 'proving');
    }
  }
}

/** Its name; null where no node is marked by proof. */
export async function rebootMarkedNode(world: ChaosWorld): Promise<string | null> {
  const states = await listNodeStates(world.sandbox.api);
  const marked = states.find((state) => isMarkValid(state) && state.proof !== null && !state.disabled);
  if (marked === undefined) return null;
  world.timeline.note('node-reboots', marked.node);
  return (await reboot(world, marked.node)) ? marked.node : null;
}

/** Until its mark is taken back; false where it was not. */
export async function relapse(
  world: ChaosWorld,
  name: string,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<boolean> {
  world.timeline.note('node-relapses', name);
  await setBehaviour(world, name, 'lying');
  const wasNoticed = await untilUnmarked(world, name, timeoutMs);
  world.timeline.note('behaves as before', name);
  await setBehaviour(world, name, 'proving');
  return wasNoticed;
}

/** Until as many pods that reach no echo were judged as would take the mark back if they were refuted, and one more. */
export async function fallSilent(
  world: ChaosWorld,
  name: string,
  { proof, timeoutMs }: { readonly proof: ProofPolicy; readonly timeoutMs: number },
): Promise<void> {
  const { api } = world.sandbox;
  const earlier = new Set((await listHealingPods(api)).map(({ uid }) => uid));
  world.timeline.note('node-falls-silent', name);
  await setBehaviour(world, name, 'mute');
  const silent = new Set<string>();
  const isEnough = async () => {
    const pods = await listHealingPods(api).catch(() => []);
    for (const { node, uid } of pods) if (node === name && !earlier.has(uid)) silent.add(uid);
    // The last one is under way.
    return silent.size > proof.refutedInARow + 1;
  };
  await waitUntil(isEnough, { what: `silent pods of ${name}`, timeoutMs, pollMs: POLL_MS }).catch(() => {});
  world.timeline.note('behaves as before', name);
  await setBehaviour(world, name, 'proving');
}

async function untilUnmarked({ sandbox }: ChaosWorld, name: string, timeoutMs: number): Promise<boolean> {
  const isUnmarked = async () => {
    const states = await listNodeStates(sandbox.api).catch(() => null);
    return states !== null && !states.some(({ node, marked }) => node === name && marked);
  };
  const waited = waitUntil(isUnmarked, { what: `the mark of ${name} to go`, timeoutMs, pollMs: POLL_MS });
  return waited.then(
    () => true,
    () => false,
  );
}

function reboot(world: ChaosWorld, name: string): Promise<boolean> {
  return patch(world, `${name}/status`, { status: { nodeInfo: { bootID: randomUUID() } } });
}

async function addTaint({ sandbox }: ChaosWorld, name: string): Promise<void> {
  const state = (await listNodeStates(sandbox.api)).find(({ node }) => node === name);
  if (state === undefined || state.taints.some(({ key }) => key === STARTUP_TAINT)) return;
  await sandbox.api.demand('PATCH', `/api/v1/nodes/${name}`, {
    // Others write taints, too: an older version is refused.
    body: { metadata: { resourceVersion: `${state.version}` }, spec: { taints: [...state.taints, TAINT] } },
    contentType: MERGE_PATCH,
    alsoFine: [404],
  });
}

function setBehaviour(world: ChaosWorld, name: string, behaviour: string): Promise<boolean> {
  return patch(world, name, { metadata: { labels: { [BEHAVIOUR_LABEL]: behaviour } } });
}

/** A node that is gone has nothing to change. */
function patch({ sandbox }: ChaosWorld, path: string, body: object): Promise<boolean> {
  return persist(() =>
    sandbox.api.demand('PATCH', `/api/v1/nodes/${path}`, { body, contentType: MERGE_PATCH, alsoFine: [404] }),
  );
}
