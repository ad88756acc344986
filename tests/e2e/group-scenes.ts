/** Groups of nodes with a budget or windows of their own, and the nodes in them. */

import type { Scene } from './scene.ts';

const GROUP_LABEL = 'example.org/group';

interface NodeGroup {
  readonly name: string;
  readonly max: number;
  readonly nodes: readonly string[];
}

/** They ask all at once. */
export const MANY: NodeGroup = { name: 'many', max: 2, nodes: [1, 2, 3, 4, 5, 6].map((number) => `many-${number}`) };
export const IN_TURN: NodeGroup = { name: 'in-turn', max: 1, nodes: ['turn-1', 'turn-2'] };

/** Over midnight; in each of the zones it is now this hour. */
const NIGHTS = [
  { name: 'before-midnight', hour: 23 },
  { name: 'after-midnight', hour: 0 },
  { name: 'noon', hour: 12 },
] as const;

/** Its window is closed for hours. */
export const CLOSED_NODE = 'at-noon';

export const SCENE_GROUPS: readonly object[] = [
  ...[MANY, IN_TURN].map(({ name, max }) => ({ name, selector: `${GROUP_LABEL}=${name}`, max })),
  ...NIGHTS.map(({ name, hour }) => ({
    name,
    selector: `${GROUP_LABEL}=${name}`,
    max: 1,
    windows: [{ start: '22:00', end: '02:00', timeZone: zoneWhereItIs(hour) }],
  })),
];

export const NIGHT_SCENES: readonly Scene[] = [
  nightScene('before', 'before-midnight'),
  nightScene('after', 'after-midnight'),
];

function nightScene(side: string, group: string): Scene {
  return {
    title: `M36: case 35, a window over midnight is open ${side} midnight`,
    node: `${side}-night`,
    options: { labels: groupLabel(group) },
    purpose: 'reboot',
    outcome: 'done',
    isCordoned: false,
    acts: 1,
  };
}

/** Nodes that belong to groups, with their labels; a group without another node that takes pods would wait for ever. */
export const GROUP_NODES: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[] = [
  ...[MANY, IN_TURN].flatMap(({ name: group, nodes }) => nodes.map((name) => ({ name, labels: groupLabel(group) }))),
  ...NIGHTS.map(({ name }) => ({ name: `spare-${name}`, labels: groupLabel(name) })),
  { name: CLOSED_NODE, labels: groupLabel('noon') },
];

function groupLabel(name: string): Readonly<Record<string, string>> {
  return { [GROUP_LABEL]: name };
}

/** `Etc/GMT+3` is three hours behind UTC. */
function zoneWhereItIs(hour: number): string {
  const behind = (new Date().getUTCHours() - hour + 24) % 24;
  return behind <= 12 ? `Etc/GMT+${behind}` : `Etc/GMT-${24 - behind}`;
}
