/** Faults in what the starter does about nodes, heals and pods (H2, H9, H10, H15, H16). */

import { faultsOf } from '../faults-of.ts';
import type { MutationList } from '../mutation.ts';

const unit = (subject: string) =>
  ({ file: `starter/${subject}.ts`, test: { project: 'unit', path: `starter/${subject}.test.ts` } }) as const;

export const mutations: MutationList = [
  ...faultsOf(unit('node-decision'), [
    ['H2', '!isNews || knowsByItself', 'knowsByItself'],
    ['H2', " && openHeal.state === 'healing'", ''],
    ['H2', ' && observation.facts.ready', ''],
    ['H10', 'start: startable && lastTold !== null', 'start: false'],
  ]),
  ...faultsOf(unit('node-keeper'), [
    ['H2', 'if (this.#openHeals !== null) this.#queue.add(node)', 'this.#queue.add(node)'],
    ['H2', 'for (const node of nodes) if (this.#isDue(node)) this.#queue.add(node);', ''],
    ['H9', 'return this.#told.get(node) !== GONE', 'return false'],
    ['H15', 'this.#failures += 1;\n', 'this.#told.set(node, GONE);\n'],
  ]),
  ...faultsOf(unit('pod-decision'), [
    ['H15', 'ageMs <= intervalMs', 'ageMs < intervalMs'],
    ['H15', 'ageMs > AGE_INTERVALS_MAX * intervalMs', 'ageMs > intervalMs'],
    ['H15', 'pod.attempt === status.attempts + 1', 'pod.attempt > status.attempts'],
    ['H15', 'if (status.pod?.uid === pod.uid) return false;', ''],
  ]),
  ...faultsOf(unit('pod-sweep'), [
    ['H15', 'if (await hasNoOwner(deps.heals, pod)) await remove', 'await remove'],
    ['H15', 'silences >= SILENCES_MAX', 'false'],
    ['H15', 'signal.aborted || ', ''],
  ]),
  ...faultsOf(unit('work-queue'), [
    ['H16', 'if (tokens < 1) return wakeLater();', ''],
    ['H16', 'while (underWay.size < atOnceMax) {', 'for (;;) {'],
  ]),
];
