/** Keeps one heal per node that needs it, and signals to running heals what became of their nodes (H2). */

import { messageOf } from '../../domain/error-message.ts';
import { decideNode, type NodeDecision, newsKey, type OpenHeal } from '../../domain/healing/node-decision.ts';
import { type NodeFacts, type NodeObservation, nodeFingerprint } from '../../domain/node/facts.ts';
import type { NodeName } from '../../domain/node/identity.ts';
import type { NodeChange } from '../../kubernetes/nodes/known-nodes.ts';
import type { Log } from '../../runtime/log.ts';
import type { Heals } from '../../temporal/healing/heals.ts';
import type { StarterMetrics } from '../starter-metrics.ts';
import { createWorkQueue, type WorkQueue } from '../work-queue.ts';
import type { ForeignMarkStarts } from './foreign-mark-starts.ts';
import { type HealCare, isCaredFor, NO_CARE } from './heal-care.ts';

const GONE = nodeFingerprint({ kind: 'gone' });

export interface NodeKeeperDeps {
  readonly heals: Pick<Heals, 'signalNodeChanged' | 'listOpen'>;
  /** Adds no event where a heal runs. */
  readonly startHeal: (node: NodeName) => Promise<void>;
  /** The informer's cache of Windows nodes. */
  readonly informer: {
    get(name: NodeName): NodeFacts | undefined;
    list(): NodeFacts[];
    health(): { readonly failuresInARow: number };
  };
  /** Asks the API server about a node that is not in the cache, where the informer did not report why it left. */
  readonly observe: (name: NodeName) => Promise<NodeObservation>;
  readonly metrics: Pick<StarterMetrics, 'countRequest'>;
  readonly foreignMarkStarts: ForeignMarkStarts;
  /** What the plan of the heals asks for beside their start; default: nothing. */
  readonly care?: HealCare;
  readonly log: Log;
  readonly startsPerSecond: number;
  readonly startsAtOnceMax: number;
}

export class NodeKeeper {
  readonly #deps: NodeKeeperDeps;
  readonly #queue: WorkQueue<NodeName>;
  readonly #care: HealCare;
  /** The `newsKey` that was last signalled to each node's heal, or that it was started with. */
  readonly #signalled = new Map<NodeName, string>();
  /** Null until the first reconcile knows which heals run. */
  #openHeals: Map<NodeName, OpenHeal> | null = null;
  /** Answers of the API server about nodes that left the cache, so that it is not asked again. */
  readonly #departed = new Map<NodeName, NodeObservation>();
  #failures = 0;

  constructor(deps: NodeKeeperDeps) {
    this.#deps = deps;
    this.#care = deps.care ?? NO_CARE;
    this.#queue = createWorkQueue({
      work: (node) => this.#keep(node),
      atOnceMax: deps.startsAtOnceMax,
      perSecond: deps.startsPerSecond,
    });
  }

  /** Queues what is due for one node. Ignored until the first reconcile, which finds the node by itself. */
  nodeChanged({ name, observation }: NodeChange): void {
    if (this.#openHeals === null) return;
    if (this.#deps.informer.get(name) === undefined) this.#departed.set(name, observation);
    this.#queue.add(name);
  }

  /** Compares all nodes with all heals. Throws where Temporal does not list them; what was due is then forgotten. */
  async reconcile(): Promise<ReadonlyMap<NodeName, OpenHeal>> {
    this.#deps.foreignMarkStarts.forget();
    const openHeals = await this.#listOpen();
    this.#openHeals = openHeals;
    const needy = this.#deps.informer.list().filter((facts) => isCaredFor(facts, this.#care));
    const nodes = new Set([...openHeals.keys(), ...needy.map((facts) => facts.name)]);
    for (const node of this.#signalled.keys()) if (!nodes.has(node)) this.#signalled.delete(node);
    for (const node of nodes) if (this.#isDue(node)) this.#queue.add(node);
    return openHeals;
  }

  /** How many nodes failed since the last call. */
  takeFailures(): number {
    const count = this.#failures;
    this.#failures = 0;
    return count;
  }

  /** Resolves when nothing is due any more. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  async #listOpen(): Promise<Map<NodeName, OpenHeal>> {
    try {
      return await this.#deps.heals.listOpen();
    } catch (error) {
      this.#queue.clear();
      this.#departed.clear();
      throw error;
    }
  }

  /** Whether a start or a signal is due, or a node that left the cache has to be asked for. */
  #isDue(node: NodeName): boolean {
    const facts = this.#deps.informer.get(node);
    if (facts === undefined) return this.#signalled.get(node) !== GONE;
    const { start, signal } = this.#decide(node, { kind: 'present', facts });
    return start || signal;
  }

  #decide(node: NodeName, observation: NodeObservation): NodeDecision {
    const openHeal = this.#openHealOf(node);
    const lastSignalled = this.#signalled.get(node) ?? null;
    const { watchesAlways } = this.#care;
    const decision = decideNode({ observation, openHeal, lastSignalled, watchesAlways });
    // Otherwise the first hint that changes would be taken for what the heal knows by itself.
    const isKnown = lastSignalled === null && openHeal?.takesHints === true && !decision.signal;
    if (isKnown) this.#signalled.set(node, newsKey(observation, true));
    const isAllowed = observation.kind === 'gone' || this.#deps.foreignMarkStarts.allows(observation.facts);
    return isAllowed ? decision : { ...decision, start: false };
  }

  #openHealOf(node: NodeName): OpenHeal | null {
    const heal = this.#openHeals?.get(node) ?? null;
    return heal === null ? null : { ...heal, takesHints: this.#care.sendsHints && heal.takesHints === true };
  }

  #wasSignalled(node: NodeName, observation: NodeObservation): void {
    this.#signalled.set(node, newsKey(observation, this.#openHealOf(node)?.takesHints === true));
  }

  async #keep(node: NodeName): Promise<void> {
    try {
      const facts = this.#deps.informer.get(node);
      const departed = this.#departed.get(node);
      this.#departed.delete(node);
      if (facts === undefined && this.#openHeals?.has(node) !== true) return;
      const observation: NodeObservation =
        facts === undefined ? (departed ?? (await this.#deps.observe(node))) : { kind: 'present', facts };
      const { signal, start } = this.#decide(node, observation);
      if (signal) await this.#signal(node, observation);
      if (start) await this.#start(node, observation);
    } catch (error) {
      this.#failures += 1;
      // One line for a thousand nodes that fail alike; the others are in the debug log.
      const level = this.#failures === 1 ? 'warn' : 'debug';
      this.#deps.log[level]({ node }, `node ${node} is tried again at the next reconcile: ${messageOf(error)}`);
    }
  }

  async #start(node: NodeName, observation: NodeObservation): Promise<void> {
    // A heal that ended in an outage has left its mark on the node, which a cache from before does not show.
    if (this.#deps.informer.health().failuresInARow > 0) {
      throw new Error('its heal is not started while the nodes are not watched');
    }
    await this.#count('start', async () => {
      await this.#deps.startHeal(node);
      return 'done';
    });
    if (observation.kind === 'present') this.#deps.foreignMarkStarts.started(observation.facts);
    const isNew = this.#openHeals?.has(node) === false;
    // Its type is known at the next reconcile: until then it is taken for one of the present plan.
    if (isNew) this.#openHeals?.set(node, { state: 'healing', takesHints: this.#care.sendsHints });
    this.#wasSignalled(node, observation);
    const isMarked = observation.kind === 'present' && observation.facts.healed;
    const why = isMarked ? 'is marked and was not watched' : 'needs healing';
    if (isNew) this.#deps.log.info({ node }, `node ${node} ${why}: its heal runs`);
  }

  async #signal(node: NodeName, observation: NodeObservation): Promise<void> {
    const { heals, log } = this.#deps;
    const result = await this.#count('tell', async () =>
      (await heals.signalNodeChanged(node, observation)) ? 'done' : 'closed',
    );
    if (result === 'closed') {
      this.#openHeals?.delete(node);
      this.#signalled.delete(node);
      return;
    }
    this.#wasSignalled(node, observation);
    log.info({ node }, `signalled the heal of node ${node}: ${describeObservation(observation)}`);
  }

  async #count<T extends 'done' | 'closed'>(kind: 'start' | 'tell', request: () => Promise<T>): Promise<T> {
    try {
      const result = await request();
      this.#deps.metrics.countRequest({ kind, result });
      return result;
    } catch (error) {
      this.#deps.metrics.countRequest({ kind, result: 'failed' });
      throw error;
    }
  }
}

function describeObservation(observation: NodeObservation): string {
  return observation.kind === 'gone' ? 'it is gone' : nodeFingerprint(observation);
}
