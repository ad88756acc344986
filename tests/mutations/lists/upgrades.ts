/** Faults in the plan of an upgrade, and in the policy that it is proven against (M1 to M3). */

import { faultsOf } from '../faults-of.ts';
import type { Mutation, MutationList } from '../mutation.ts';

const planned = (file: string): Pick<Mutation, 'file' | 'test'> => ({
  file,
  test: { project: 'unit', path: 'domain/upgrade/plan.test.ts' },
});

export const mutations: MutationList = [
  ...faultsOf(planned('domain/upgrade/plan.ts'), [
    ['M1', 'if (hops <= 1) return null;', 'if (hops <= 2) return null;'],
    ['M1', 'compareAge(running.version, goalOf(running)) > 0', 'compareAge(running.version, goalOf(running)) > 1'],
    ['M1', 'minorOf(goalOf(one)) - minorOf(one.version) > 1', 'minorOf(goalOf(one)) - minorOf(one.version) > 2'],
    ['M2', "problems.length === 0 ? null : refuse('skew'", "problems.length >= 0 ? null : refuse('skew'"],
    ['M2', 'if (problem !== undefined) return `step', "if (problem === '') return `step"],
  ]),
  ...faultsOf(planned('domain/upgrade/version-skew.ts'), [
    // Controllers node by node, where they are sent to any API server.
    ['M2', "reach === 'local' && own.length > 0", 'own.length > 0'],
    ['M2', 'running.emulated ?? minor', 'minor'],
  ]),
  ...faultsOf(planned('domain/upgrade/order.ts'), [
    // The kubelet first, kube-proxy early, workers too late.
    ['M3', "forEach('node', [...pods, 'kubelet'])", "forEach('node', ['kubelet', ...pods])"],
    ['M3', '[...drafts[order], PROXIES]', '[PROXIES, ...drafts[order]]'],
    [
      'M3',
      'minorOf(target.kubernetes) - minorOf(version) > max',
      'minorOf(target.kubernetes) - minorOf(version) > max + 1',
    ],
    ['M3', "? forEach('etcd', ['etcd']) : []", "? [] : forEach('etcd', ['etcd'])"],
  ]),
];
