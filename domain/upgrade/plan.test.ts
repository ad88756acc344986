/** Plans of upgrades: by example, and against a policy that is written anew here for every legal start of a small cluster. */

import { describe, expect, test } from '@jest/globals';
import { ACT_PHASES, type ActPhase } from '../maintenance/facts.ts';
import { minorOf, parseVersion, type Version } from '../maintenance/version.ts';
import { after, ORDERS, type PlanInput } from './order.ts';
import { planIn, planUpgrade, statesOf, type UpgradePlan } from './plan.ts';
import { type ApiEndpoint, CONTROLLERS, type Component, type Reach, type Running } from './version-skew.ts';

const REACHES: readonly Reach[] = ['local', 'balanced'];
const ENDPOINTS: readonly ApiEndpoint[] = REACHES.flatMap((controllers) =>
  REACHES.map((kubelets) => ({ controllers, kubelets })),
);
const LOCAL: ApiEndpoint = { controllers: 'local', kubelets: 'local' };
const BALANCED: ApiEndpoint = { controllers: 'local', kubelets: 'balanced' };

function version(text: string): Version {
  return parseVersion(text) ?? expectVersion(text);
}

function expectVersion(text: string): never {
  throw new Error(`not a version: ${text}`);
}

const TARGET = version('v1.37.2');
const PATCHES: Readonly<Record<number, string>> = { 37: 'v1.37.2', 36: 'v1.36.3' };
const ofMinor = (minor: number) => version(PATCHES[minor] ?? `v1.${minor}.0`);

const running = (component: Component, node: string, minor: number): Running => ({
  component,
  node,
  version: ofMinor(minor),
  emulated: null,
});

/** Minor versions of one control-plane node. */
interface Node {
  readonly server: number;
  readonly controllers: number;
  readonly kubelet: number;
}

interface Start {
  readonly nodes: readonly Node[];
  readonly workers: readonly number[];
  readonly proxy: number;
}

function stateOf({ nodes, workers, proxy }: Start): readonly Running[] {
  const ofNodes = nodes.flatMap(({ server, controllers, kubelet }, index) => [
    running('kube-apiserver', `cp-${index}`, server),
    ...CONTROLLERS.map((controller) => running(controller, `cp-${index}`, controllers)),
    running('kubelet', `cp-${index}`, kubelet),
    running('kube-proxy', `cp-${index}`, proxy),
  ]);
  const ofWorkers = workers.flatMap((kubelet, index) => [
    running('kubelet', `w-${index}`, kubelet),
    running('kube-proxy', `w-${index}`, proxy),
  ]);
  return [...ofNodes, ...ofWorkers];
}

function input(start: Start, changes: Partial<PlanInput> = {}): PlanInput {
  return {
    observed: stateOf(start),
    target: { kubernetes: TARGET, etcd: null },
    parts: ['control-plane', 'workers'],
    endpoint: LOCAL,
    phasesOf: () => ACT_PHASES,
    ...changes,
  };
}

const even = (minor: number, nodes: number, workers = 1): Start => ({
  nodes: Array.from({ length: nodes }, () => ({ server: minor, controllers: minor, kubelet: minor })),
  workers: Array.from({ length: workers }, () => minor),
  proxy: minor,
});

const stepsOf = ({ steps }: UpgradePlan) => steps.map(({ phase, node }) => `${phase} ${node}`.trim());

function planned(of: PlanInput): UpgradePlan {
  const plan = planUpgrade(of);
  if (plan.kind === 'plan') return plan;
  throw new Error(`${plan.because}: ${plan.detail}`);
}

describe('the coarsest order that holds', () => {
  test.each<[string, Start, Partial<PlanInput>, string, readonly string[]]>([
    [
      'a control plane whose components ask their own API server: node by node',
      even(36, 2),
      {},
      'node',
      ['node cp-0', 'node cp-1', 'kube-proxy', 'node w-0'],
    ],
    [
      'kubelets behind a balancer: after the last API server',
      even(36, 2),
      { endpoint: BALANCED },
      'kubelet-last',
      ['control-pods cp-0', 'control-pods cp-1', 'kubelet cp-0', 'kubelet cp-1', 'kube-proxy', 'node w-0'],
    ],
    [
      'controllers behind a balancer: after the last API server, too',
      even(36, 2),
      { endpoint: { controllers: 'balanced', kubelets: 'local' } },
      'component',
      [
        'api-server cp-0',
        'api-server cp-1',
        'controllers cp-0',
        'controllers cp-1',
        'kubelet cp-0',
        'kubelet cp-1',
        'kube-proxy',
        'node w-0',
      ],
    ],
    [
      'a worker that would be four behind: first, to what the API servers have',
      { ...even(36, 1), workers: [33, 34], proxy: 36 },
      {},
      'node',
      ['node w-0', 'node cp-0', 'kube-proxy', 'node w-0', 'node w-1'],
    ],
    [
      'half done: what is left of it',
      { nodes: [even(37, 1).nodes, even(36, 1).nodes].flat(), workers: [36, 36], proxy: 36 },
      {},
      'node',
      ['node cp-1', 'kube-proxy', 'node w-0', 'node w-1'],
    ],
    ['M5: done: nothing', even(37, 3), {}, 'node', []],
    [
      'an executor that exchanges no whole node: the next order that it can do',
      even(36, 1),
      { phasesOf: (node) => (node === 'w-0' ? ['kubelet'] : ['control-pods', 'kubelet']) },
      'kubelet-last',
      ['control-pods cp-0', 'kubelet cp-0', 'kube-proxy', 'kubelet w-0'],
    ],
    ['the control plane alone', even(36, 1), { parts: ['control-plane'] }, 'node', ['node cp-0', 'kube-proxy']],
  ])('M3: %s', (_name, start, changes, order, steps) => {
    const plan = planned(input(start, changes));
    expect({ order: plan.order, steps: stepsOf(plan) }).toEqual({ order, steps });
  });

  test('M3: etcd comes before the API servers where it is exchanged by itself, and else with its node', () => {
    const etcd: Running = { ...running('etcd', 'cp-0', 36), version: version('v3.6.16') };
    const observed = [...stateOf(even(36, 1, 0)), etcd];
    const target = { kubernetes: TARGET, etcd: version('v3.7.1') };
    expect(stepsOf(planned(input(even(36, 1), { observed, target })))).toEqual([
      'etcd cp-0',
      'node cp-0',
      'kube-proxy',
    ]);
    const phasesOf = (): readonly ActPhase[] => ['node'];
    const plan = planned(input(even(36, 1), { observed, target, phasesOf }));
    expect(stepsOf(plan)).toEqual(['node cp-0', 'kube-proxy']);
    expect(plan.steps[0]?.changes.map(({ component }) => component)).toEqual([
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kubelet',
    ]);
  });
});

describe('what is refused', () => {
  const emulating = stateOf(even(37, 1)).map((one) =>
    one.component === 'kube-apiserver' ? { ...one, emulated: minorOf(ofMinor(36)) } : one,
  );
  const etcd: Running = { ...running('etcd', 'cp-0', 36), version: version('v3.5.1') };

  test.each<[string, Start, Partial<PlanInput>, string, string]>([
    ['M1: a way of two', even(35, 1), {}, 'too-far', '2 runs, one to each of v1.36, v1.37'],
    [
      'M1: a longer way, with the runs it takes',
      even(34, 1),
      {},
      'too-far',
      '3 runs, one to each of v1.35, v1.36, v1.37',
    ],
    [
      'M1: a downgrade',
      even(37, 1),
      { target: { kubernetes: version('v1.37.1'), etcd: null } },
      'downgrade',
      'kube-apiserver of cp-0 is v1.37.2, newer than v1.37.1',
    ],
    [
      'M1: etcd over two minor versions',
      even(36, 1),
      { observed: [...stateOf(even(36, 1)), etcd], target: { kubernetes: TARGET, etcd: version('v3.7.1') } },
      'too-far',
      'etcd of cp-0 is v3.5.1',
    ],
    ['a cluster without an API server', { nodes: [], workers: [36], proxy: 36 }, {}, 'no-api-server', 'no API server'],
    [
      'M2: a cluster that breaks the policy already',
      { ...even(36, 1), workers: [32] },
      {},
      'skew',
      'kubelet v1.32.0 of w-0 is more than 3 minor versions older than kube-apiserver v1.36.3 of cp-0',
    ],
    [
      'M2: one that serves an older API than its kubelets have',
      even(37, 1),
      { observed: emulating },
      'skew',
      'kube-controller-manager v1.37.2 of cp-0 is newer than kube-apiserver v1.37.2 as v1.36 of cp-0',
    ],
    [
      'M2: workers alone, before their control plane',
      even(36, 1),
      { parts: ['workers'] },
      'order',
      'kubelet v1.37.2 of w-0 is newer than kube-apiserver v1.36.3',
    ],
    [
      'M2: a control plane alone whose workers would be too old',
      { ...even(36, 1), workers: [33] },
      { parts: ['control-plane'] },
      'order',
      'kubelet v1.33.0 of w-0 is more than 3 minor versions older',
    ],
    [
      'a phase that no executor has',
      even(36, 2),
      { endpoint: BALANCED, phasesOf: () => ['node'] },
      'phase',
      'the order kubelet-last needs the phase control-pods, which the executor of cp-0 cannot do',
    ],
  ])('%s', (_name, start, changes, because, detail) => {
    expect(planUpgrade(input(start, changes))).toMatchObject({
      kind: 'refused',
      because,
      detail: expect.stringContaining(detail),
    });
  });
});

/** Written anew, over numbers: what the policy says of one state. */
function breaks(state: readonly Running[], { controllers, kubelets }: ApiEndpoint): boolean {
  const minors = (component: Component) => state.filter((one) => one.component === component);
  const minor = ({ version: of }: Running) => of.charCodeAt('v1.3'.length) - '0'.charCodeAt(0);
  const servers = minors('kube-apiserver');
  const all = servers.map(minor);
  if (Math.max(...all) - Math.min(...all) > 1) return true;
  const isOff = (one: Running, reached: readonly number[], older: number) =>
    minor(one) > Math.min(...reached) || minor(one) < Math.max(...reached) - older;
  const reachedBy = (one: Running, reach: Reach) => {
    const own = servers.filter(({ node }) => node === one.node).map(minor);
    return reach === 'local' && own.length > 0 ? own : all;
  };
  return (
    CONTROLLERS.flatMap(minors).some((one) => isOff(one, reachedBy(one, controllers), 1)) ||
    minors('kubelet').some((one) => isOff(one, reachedBy(one, kubelets), 3)) ||
    minors('kube-proxy').some((one) => {
      const kubelet = minors('kubelet').find(({ node }) => node === one.node);
      return isOff(one, all, 3) || (kubelet !== undefined && Math.abs(minor(kubelet) - minor(one)) > 3);
    })
  );
}

const SERVERS = [36, 37];
const MINORS = [33, 34, 35, 36, 37];
const NODES: readonly Node[] = SERVERS.flatMap((server) =>
  [35, 36, 37].flatMap((controllers) => MINORS.map((kubelet) => ({ server, controllers, kubelet }))),
);

/** Sets of so many, in one order each: nodes are alike. */
function choices<T>(of: readonly T[], count: number): readonly (readonly T[])[] {
  if (count === 0) return [[]];
  return of.flatMap((one, index) => choices(of.slice(index), count - 1).map((rest) => [one, ...rest]));
}

/** All of one and two control-plane nodes; with three, each second choice of nodes is enough. */
function* starts(nodes: number, endpoint: ApiEndpoint): Generator<Start> {
  const every = nodes === 3 ? 2 : 1;
  for (const chosen of choices(NODES, nodes).filter((_, index) => index % every === 0)) {
    // A state without workers that breaks the policy breaks it with them.
    if (breaks(stateOf({ nodes: chosen, workers: [], proxy: 36 }).filter(isNoProxy), endpoint)) continue;
    for (const proxy of MINORS) {
      for (const worker of MINORS) {
        const start = { nodes: chosen, workers: [worker], proxy };
        if (!breaks(stateOf(start), endpoint)) yield start;
      }
    }
  }
}

function isNoProxy({ component }: Running): boolean {
  return component !== 'kube-proxy';
}

/** What is exchanged without need; all that is still old at the end. */
function excess({ observed }: PlanInput, { steps }: UpgradePlan): readonly string[] {
  const olderMax = (component: Component) => (component.startsWith('kube-') && component !== 'kube-proxy' ? 1 : 3);
  const old = after(observed, steps).filter(({ version: of }) => of !== TARGET);
  const tooMuch = observed.filter(({ component, node, version: from }) => {
    const times = steps
      .flatMap(({ changes }) => changes)
      .filter((one) => one.component === component && one.node === node);
    const isBehind = component !== 'kube-apiserver' && minorOf(TARGET) - minorOf(from) > olderMax(component);
    return times.length !== Number(from !== TARGET) + Number(isBehind);
  });
  return [...old, ...tooMuch].map(({ component, node, version: of }) => `${component} ${of} of ${node}`);
}

describe('every legal start of a small cluster', () => {
  let plans = 0;

  test.each(ENDPOINTS.flatMap((endpoint) => [1, 2, 3].map((nodes) => [nodes, endpoint] as const)))(
    'M2: %d control-plane nodes, %j: no state breaks the policy, and nothing is done that need not be',
    (nodes, endpoint) => {
      for (const start of starts(nodes, endpoint)) {
        const of = input(start, { endpoint });
        const found = ORDERS.map((order) => planIn(of, order));
        for (const plan of found) {
          plans += 1;
          if (plan.kind === 'refused') continue;
          for (const { state, step } of statesOf(of.observed, plan.steps)) {
            if (breaks(state, endpoint))
              throw new Error(`${plan.order} ${step.phase} ${step.node}: ${JSON.stringify(start)}`);
          }
          const done = excess(of, plan);
          if (done.length > 0) throw new Error(`${plan.order}: ${done.join(', ')} of ${JSON.stringify(start)}`);
        }
        // There is always one, and where everything is local it is the coarsest.
        const kinds = found.map(({ kind }) => kind);
        if (kinds.at(-1) !== 'plan') throw new Error(`no order: ${JSON.stringify(start)}`);
        if (nodes === 1 || (endpoint.controllers === 'local' && endpoint.kubelets === 'local'))
          expect(kinds[0]).toBe('plan');
      }
    },
  );

  test('they are many', () => {
    expect(plans).toBeGreaterThan(50_000);
  });
});
