/** Builds of the maintainer that are broken on purpose: each must be caught by the invariant that it is meant for. */

import type { FileChange } from '../../mutations/mutation.ts';
import type { MaintenanceInvariant } from './judge.ts';

interface MaintenanceBreak {
  readonly invariant: MaintenanceInvariant;
  readonly about: string;
  readonly change: FileChange;
}

export const MAINTENANCE_BREAK_NAMES = [
  'overdrawn-budget',
  'blind-proof',
  'second-act',
  'deleted-pods',
  'kept-cordon',
  'silent-hold',
] as const;
export type MaintenanceBreakName = (typeof MAINTENANCE_BREAK_NAMES)[number];

export const MAINTENANCE_BREAKS: Readonly<Record<MaintenanceBreakName, MaintenanceBreak>> = {
  'overdrawn-budget': {
    invariant: 'budget',
    about: 'the guard gives twice as many slots',
    change: {
      file: 'domain/maintenance/grant.ts',
      find: 'return inWork + down - Number(node.down) + 1 <= max;',
      replace: 'return inWork + down - Number(node.down) + 1 <= 2 * max;',
    },
  },
  'blind-proof': {
    invariant: 'order',
    about: 'a node is proven without another boot',
    change: {
      file: 'activities/maintenance/watching.ts',
      find: 'judgeAct(input.expect, { act,',
      replace: 'judgeAct({ ...input.expect, bootIdChanged: false }, { act,',
    },
  },
  'second-act': {
    invariant: 'acts',
    about: 'an act is begun twice',
    change: {
      file: 'activities/maintenance/pod-executor.ts',
      find: `if (created.kind === 'refused')`,
      replace: `await pods.create({ node, key: key + '/2', env: actEnvironment(act), deadlineMs: rest.deadlineMs }, template);\n      if (created.kind === 'refused')`,
    },
  },
  'deleted-pods': {
    invariant: 'deletes',
    about: 'a drain deletes pods in place of evicting them',
    change: {
      file: 'kubernetes/maintenance/pods.ts',
      find: `.post(name, 'eviction', body)`,
      replace: '.delete(name, body.deleteOptions)',
    },
  },
  'kept-cordon': {
    invariant: 'end',
    about: 'a node is given back and stays cordoned',
    change: {
      file: 'activities/maintenance/marking.ts',
      find: 'return unmarkChange(mark, { uncordons: uncordons && isOurCordon });',
      replace: 'return unmarkChange(mark, { uncordons: false });',
    },
  },
  'silent-hold': {
    invariant: 'end',
    about: 'a node is held without an Event',
    change: {
      file: 'workflows/maintenance/steps.ts',
      find: `await reportEvent(session, 'NodeHeld', missing.length === 0 ? 'not proven in time' : missing.join('; '));`,
      replace: 'void missing;',
    },
  },
};
