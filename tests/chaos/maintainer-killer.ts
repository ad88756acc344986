/** Kills the maintainer at steps of what it does, and starts another one each time. */

import type { BudgetStatus } from '../../contracts/maintenance/guard-maintenance.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { isTemporalAway } from '../../temporal/errors.ts';
import type { MaintenanceGuard } from '../../temporal/maintenance/guard.ts';
import type { MaintainerWorld } from '../integration/maintenance/maintainer-process.ts';
import { isCall, isPoll, type Step } from './step.ts';
import { openTemporalProxy } from './temporal-proxy.ts';

interface Watched {
  /** How often each thing was done since. */
  readonly counts: ReadonlyMap<string, number>;
  /** Where it was killed so far. */
  readonly hit: ReadonlySet<Step>;
}

interface Killer {
  /** From now on, until the next call. */
  watch(steps: readonly Step[]): Watched;
  close(): Promise<void>;
}

/** Starts the maintainer, and kills it at each step that is watched for; each time another one begins. */
export async function openKiller(world: MaintainerWorld, address: string): Promise<Killer> {
  let counts = new Map<string, number>();
  let answered = new Map<string, number>();
  let steps: readonly Step[] = [];
  let hit = new Set<Step>();
  let isDead = false;

  async function reach(what: string, when: Step['when']): Promise<boolean> {
    // Two may be under way at a time: the answers are counted by themselves.
    const counted = when === 'before' || isPoll(what) ? counts : answered;
    const nth = (counted.get(what) ?? 0) + 1;
    counted.set(what, nth);
    const step = steps.find((one) => one.what === what && one.when === when && one.nth === nth);
    // What one that dies has under way is no step of the next one.
    if (step === undefined || isDead) return false;
    hit.add(step);
    isDead = true;
    await world.kill();
    await world.start(proxy.address);
    isDead = false;
    return true;
  }

  const proxy = await openTemporalProxy(Number(address.split(':').at(-1)), {
    async before(method) {
      // What a dead maintainer has sent on its way does not arrive.
      if (isCall(method) && (await reach(method, 'before'))) throw new Error('the maintainer is dead');
    },
    async after(method, isEmpty) {
      if (isCall(method) || (isPoll(method) && !isEmpty)) await reach(method, 'after');
    },
  });
  await world.start(proxy.address);
  return {
    watch(at) {
      counts = new Map();
      answered = new Map();
      steps = at;
      hit = new Set();
      return { counts, hit };
    },
    close: () => proxy.close(),
  };
}

/** A maintainer that has just begun replays first, and answers then. */
export function guardStatus(guard: Pick<MaintenanceGuard, 'status'>): Promise<BudgetStatus> {
  const answered = async () => {
    const answer = await guard.status();
    return answer.kind === 'status' ? answer.status : null;
  };
  return waitUntil(answered, { what: 'an answer of the guard', timeoutMs: 120_000 });
}

/** The end of a workflow, asked again where a busy machine lets an answer come too late. */
export async function answered<T>(result: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await result();
    } catch (error) {
      if (!isTemporalAway(error)) throw error;
    }
  }
}
