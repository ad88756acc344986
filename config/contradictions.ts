/** What each key accepts alone, but not together with another. */

import { SNAT_PROFILE } from '../contracts/healing/names.ts';
import { healingEchoContradictions } from './echo-contradictions.ts';
import { type HealingProfile, profilesOf } from './policies/profiles.ts';
import type { Config } from './schema/config.ts';
import { formatDuration } from './schema/keys.ts';
import { sharedTaintsAndConditions, taintContradictions } from './taint-contradictions.ts';

export function contradictions(config: Config): string[] {
  const { deploymentName, buildId } = config.worker;
  const problems: string[] = [];
  if ((deploymentName === undefined) !== (buildId === undefined)) {
    const missing = deploymentName === undefined ? 'deploymentName' : 'buildId';
    problems.push(
      `worker.${missing}: nothing: expected a value, because worker versioning needs both deploymentName (TEMPORAL_DEPLOYMENT_NAME) and buildId (TEMPORAL_WORKER_BUILD_ID)`,
    );
  }
  if (config.http.port !== undefined && config.http.port !== 0 && config.http.port === config.temporal.metricsPort) {
    problems.push(`temporal.metricsPort: ${config.temporal.metricsPort}: expected another port than http.port`);
  }
  if (config.maintenance.privileges.enabled && !config.maintenance.enabled) {
    problems.push('maintenance.privileges.enabled: true: expected maintenance.enabled to be true as well');
  }
  return [
    ...problems,
    ...executorContradictions(config.maintenance),
    ...storeContradictions(config.collector.store),
    ...echoContradictions(config.echo),
    ...profilesOf(config).flatMap(healingContradictions),
    ...sharedNames(config),
    ...sharedTaintsAndConditions(profilesOf(config)),
  ];
}

function healingContradictions({ name, healing }: HealingProfile): string[] {
  const { windowMs, intervalMs, provenPodsMin } = healing;
  const at = name === SNAT_PROFILE ? 'healing' : `profiles.${name}`;
  const problems: string[] = [];
  if (intervalMs >= windowMs) {
    problems.push(
      `${at}.interval: ${formatDuration(intervalMs)}: expected less than ${at}.window (${formatDuration(windowMs)})`,
    );
  } else if (Math.floor(windowMs / intervalMs) < provenPodsMin) {
    problems.push(
      `${at}.provenPodsMin: ${provenPodsMin}: expected at most ${Math.floor(windowMs / intervalMs)}, the attempts of interval ${formatDuration(intervalMs)} that fit into window ${formatDuration(windowMs)}`,
    );
  }
  return [
    ...problems,
    ...earlyContradictions(healing, at),
    ...healingEchoContradictions(healing, at),
    ...taintContradictions(healing, at),
  ];
}

function earlyContradictions(healing: HealingProfile['healing'], at: string): string[] {
  const { finish, evidence, windowMs, intervalMs, intervalFirstMs, proofsOverMs, relapse } = healing;
  if (finish === 'window') {
    if (relapse.watch !== 'always') return [];
    return [
      `${at}.relapse.watch: always: expected window or off, because ${at}.finish is window: only a node that was marked by proof is watched`,
    ];
  }
  const problems: string[] = [];
  if (evidence !== 'source-address') {
    problems.push(
      `${at}.finish: proven: expected window, because ${at}.evidence is ${evidence}: only source-address shows the effect`,
    );
  }
  if (intervalFirstMs > intervalMs) {
    problems.push(
      `${at}.intervalFirst: ${formatDuration(intervalFirstMs)}: expected at most ${at}.interval (${formatDuration(intervalMs)})`,
    );
  }
  if (proofsOverMs >= windowMs) {
    problems.push(
      `${at}.proofsOver: ${formatDuration(proofsOverMs)}: expected less than ${at}.window (${formatDuration(windowMs)})`,
    );
  }
  return problems;
}

/** Two profiles of one name have one heal, and two of one annotation one mark. */
function sharedNames(config: Config): string[] {
  const profiles = profilesOf(config);
  return profiles.flatMap(({ name, healing }, index) => {
    const before = profiles.slice(0, index);
    const problems: string[] = [];
    if (before.some((other) => other.name === name))
      problems.push(`profiles: expected each name once, got ${name} again`);
    const other = before.find((one) => one.healing.annotation === healing.annotation);
    if (other !== undefined) {
      problems.push(
        `profiles.${name}.annotation: ${healing.annotation}: expected another one than that of ${other.name}`,
      );
    }
    return problems;
  });
}

function executorContradictions({ budget, executors }: Config['maintenance']): string[] {
  const known = Object.keys(executors);
  return budget.groups.flatMap(({ name, executor }) =>
    executor === undefined || known.includes(executor)
      ? []
      : [
          `maintenance.budget.groups: the executor ${executor} of ${name}: expected one of maintenance.executors (${known.join(', ') || 'none'})`,
        ],
  );
}

function echoContradictions({ proxyProtocol, trustedProxies }: Config['echo']): string[] {
  if (proxyProtocol === 'v2' && trustedProxies.length === 0) {
    return ['echo.trustedProxies: []: expected a range such as 10.0.0.0/8, because echo.proxyProtocol is v2'];
  }
  if (proxyProtocol === 'off' && trustedProxies.length > 0) {
    return ['echo.trustedProxies: expected [], because echo.proxyProtocol is off: no header is taken from anybody'];
  }
  return [];
}

function storeContradictions({ kind, etcd }: Config['collector']['store']): string[] {
  const problems: string[] = [];
  if (kind === 'etcd' && etcd.endpoints.length === 0) {
    problems.push(
      'collector.store.etcd.endpoints: []: expected an address such as https://etcd-0:2379, because collector.store.kind is etcd',
    );
  }
  if ((etcd.certificateFile === undefined) !== (etcd.keyFile === undefined)) {
    const missing = etcd.keyFile === undefined ? 'keyFile' : 'certificateFile';
    problems.push(
      `collector.store.etcd.${missing}: nothing: expected the path of a PEM file, because a client certificate needs both`,
    );
  }
  return problems;
}
