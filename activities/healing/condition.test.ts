/** When the condition of a node is written (E32). */

import { expect, test } from '@jest/globals';
import type { ConditionNews } from '../../domain/healing/condition.ts';
import { ClusterError, type ClusterFailure } from '../../kubernetes/client/cluster-error.ts';
import type { NodeCondition } from '../../kubernetes/nodes/conditions.ts';
import { NODE_IP, POD_IP } from '../../tests/fixtures/echo.ts';
import { nodeRef } from '../../tests/fixtures/nodes.ts';
import { NODE, podThatShowed, probingWorld, quietEnvironment } from '../../tests/fixtures/probing.ts';
import { type HealCondition, showCondition } from './condition.ts';
import { withoutForeignMark } from './foreign-mark.ts';

const TYPE = 'SnatHealed';
const REFUSED = { kind: 'refused', status: 403, reason: 'Forbidden', message: 'no' } as const;
const AWAY = { kind: 'unreachable', message: 'connect ECONNREFUSED' } as const;

/** A node with that reason, of which the cache knows another one. */
function scene({
  live = null as string | null,
  known = undefined as string | null | undefined,
  failure = null as ClusterFailure | null,
} = {}) {
  const asked: string[] = [];
  const written: Omit<NodeCondition, 'type' | 'changedMs'>[] = [];
  const refused: string[] = [];
  const condition: HealCondition = {
    type: TYPE,
    knownReason: () => known,
    conditions: {
      async update(node, type, next) {
        asked.push(`${node.name} ${type}`);
        if (failure !== null) throw new ClusterError(failure);
        const made = next(live);
        if (made === null) return 'unchanged';
        const { changedMs: _, ...rest } = made;
        written.push(rest);
        return 'written';
      },
    },
  };
  const show = async (news: ConditionNews) =>
    quietEnvironment().run(() =>
      showCondition(
        { condition, onStepRefused: (step) => refused.push(step) },
        { node: nodeRef('win-1'), news, message: 'why', step: 'annotateNode' },
      ),
    );
  return { condition, show, asked, written, refused };
}

test('E32: a change is written with its status and message', async () => {
  const { show, asked, written } = scene({ live: 'Healing' });
  await show('Healed');
  expect(asked).toEqual(['win-1 SnatHealed']);
  expect(written).toEqual([{ status: 'True', reason: 'Healed', message: 'why' }]);
});

test('E32, E51: what the cache has already costs an attempt no request', async () => {
  const { show, asked } = scene({ live: 'Snated', known: 'Snated' });
  for (const news of ['Snated', 'judged', 'EchoUnreachable'] as const) await show(news);
  expect(asked).toEqual([]);
});

test.each<ConditionNews>(['Healed', 'begun', 'TimedOut'])(
  'E32: %s is not left out for what a cache says',
  async (news) => {
    const { show, written } = scene({ live: 'Snated', known: news === 'begun' ? 'Healing' : news });
    await show(news);
    expect(written).toHaveLength(1);
  },
);

test('E54: a refused condition is counted and stops nothing; an API server that is away is asked again', async () => {
  const { show, refused } = scene({ failure: REFUSED });
  await show('Healed');
  expect(refused).toEqual(['annotateNode']);
  await expect(scene({ failure: AWAY }).show('Healed')).rejects.toMatchObject({ failure: AWAY });
});

test('E32: nothing is asked where no condition is configured', async () => {
  const shown = { node: nodeRef('win-1'), news: 'Healed', message: 'why', step: 'annotateNode' } as const;
  await expect(showCondition({}, shown)).resolves.toBeUndefined();
});

test.each([
  ['the address of its node', podThatShowed(NODE_IP), 'Snated'],
  ['its own address', podThatShowed(POD_IP), 'Healing'],
])('E32: a pod that showed %s is shown as %s', async (_, ended, reason) => {
  const { condition, written } = scene({ live: 'EchoUnreachable' });
  const world = probingWorld({ condition });
  world.ended = ended;
  await world.probe();
  expect(written.map((one) => one.reason)).toEqual([reason]);
});

test('E13, E32: an outage of the echoes is shown, and a judgement is not lost where the condition cannot be written', async () => {
  const away = scene({ failure: AWAY });
  const world = probingWorld({ condition: away.condition });
  world.isEchoDown = true;
  world.ended = { ...podThatShowed(POD_IP), status: {} };
  expect((await world.probe()).outcome.kind).not.toBe('vanished');
  expect(away.asked).toEqual([`${NODE.name} ${TYPE}`]);
});

test.each([
  ['other-boot', ['Rebooted']],
  ['no-proof', []],
] as const)('E26, E32: a mark that is removed since its standing is %s is shown as %j', async (mark, reasons) => {
  const { condition, written } = scene({ live: 'Healed' });
  const { deps } = probingWorld({ condition });
  const nodes = { ...deps.nodes, unmark: async () => ({ kind: 'annotated', facts: NODE }) as const };
  const environment = quietEnvironment();
  await environment.run(() => withoutForeignMark({ ...deps, nodes }, { ...NODE, mark }));
  expect(written.map((one) => one.reason)).toEqual(reasons);
});
