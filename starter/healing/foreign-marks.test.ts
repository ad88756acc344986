/** Where a mark that is not proven is reported, and how often. */

import { expect, test } from '@jest/globals';
import type { NodeFacts } from '../../domain/node/facts.ts';
import { ClusterError } from '../../kubernetes/client/cluster-error.ts';
import type { NodeEvent } from '../../kubernetes/nodes/events.ts';
import { createLog } from '../../runtime/log.ts';
import { windowsNode } from '../../tests/fixtures/nodes.ts';
import { countMarks, createForeignMarks } from './foreign-marks.ts';

function world() {
  const written: NodeEvent[] = [];
  const play: { failure: ClusterError | null; dropped: number } = { failure: null, dropped: 0 };
  const marks = createForeignMarks({
    events: {
      async record(event) {
        if (play.failure !== null) throw play.failure;
        written.push(event);
      },
    },
    annotation: 'healed',
    policy: 'believe',
    log: createLog({ level: 'silent', process: 'test', cluster: 'test' }),
    onEventDropped: () => {
      play.dropped += 1;
    },
  });
  return { written, play, report: (...nodes: readonly NodeFacts[]) => marks.report(nodes) };
}

const foreign = windowsNode('a', { healed: true, mark: 'no-proof', boot: 'boot-1' });

test('H10: a foreign mark is one Event on its node, however often the nodes are compared', async () => {
  const { written, report } = world();
  for (let round = 0; round < 3; round += 1)
    await report(foreign, windowsNode('b', { healed: true, mark: 'proven' }), windowsNode('c'));
  expect(written).toMatchObject([
    { node: { name: 'a' }, type: 'Warning', reason: 'ForeignMark', key: 'mark/no-proof/boot-1' },
  ]);
});

test('H10: another boot, and another node of that name, are another Event', async () => {
  const { written, report } = world();
  await report(foreign);
  await report({ ...foreign, boot: 'boot-2' });
  await report({ ...foreign, uid: windowsNode('b').uid });
  expect(written.map(({ key }) => key)).toEqual([
    'mark/no-proof/boot-1',
    'mark/no-proof/boot-2',
    'mark/no-proof/boot-1',
  ]);
});

test('H10: a machine that reports another boot all the time gets five Events', async () => {
  const { written, report } = world();
  for (let boot = 0; boot < 50; boot += 1) await report({ ...foreign, mark: 'other-boot', boot: `boot-${boot}` });
  expect(written).toHaveLength(5);
});

test('H10: a thousand foreign marks are reported in ten rounds, each once', async () => {
  const { written, report } = world();
  const nodes = Array.from({ length: 1_000 }, (_, index) => windowsNode(`n-${index}`, { mark: 'no-proof' }));
  await report(...nodes);
  expect(written).toHaveLength(100);
  for (let round = 0; round < 12; round += 1) await report(...nodes);
  expect(written).toHaveLength(1_000);
  expect(new Set(written.map(({ node }) => node.name)).size).toBe(1_000);
});

test('H10, H11: what could not be written is due again; a refused Event is counted and left out', async () => {
  const { written, play, report } = world();
  play.failure = new ClusterError({ kind: 'unreachable', message: 'away' });
  await report(foreign, windowsNode('b', { mark: 'no-proof' }));
  play.failure = null;
  await report(foreign);
  expect([written.length, play.dropped]).toEqual([1, 0]);
  play.failure = new ClusterError({ kind: 'refused', status: 403, reason: 'Forbidden', message: 'no' });
  for (let round = 0; round < 3; round += 1) await report(foreign, windowsNode('b', { mark: 'no-proof' }));
  expect([written.length, play.dropped]).toEqual([1, 1]);
});

test('H18: marks are counted by what they are worth, and a withdrawn mark is none', () => {
  const nodes = (['proven', 'no-proof', 'no-proof', 'other-boot', 'withdrawn'] as const).map((mark, index) =>
    windowsNode(`n-${index}`, { mark }),
  );
  expect(countMarks([...nodes, windowsNode('plain')])).toEqual({
    proven: 1,
    'no-proof': 2,
    'other-node': 0,
    'other-machine': 0,
    'other-image': 0,
    'not-ready': 0,
    'other-boot': 1,
  });
});
