/** Checks of etcd. */

import { messageOf } from '../../../domain/error-message.ts';
import {
  type EtcdFacts,
  etcdAlarmFindings,
  etcdMemberFindings,
  snapshotFindings,
} from '../../../domain/upgrade/preflight/etcd.ts';
import type { Finding } from '../../../domain/upgrade/preflight/finding.ts';
import type { PreflightDeps } from './deps.ts';
import type { Finder, Found } from './found.ts';
import { makeSnapshot, newestSnapshot } from './snapshots.ts';

export const etcdMembers: Finder = judged(etcdMemberFindings, ({ answers }) => `${answers.length} members are healthy`);

export const etcdAlarms: Finder = judged(
  etcdAlarmFindings,
  ({ answers }) => `no alarm, ${answers.length} members have room`,
);

/** A survey makes none (M8). */
export const etcdSnapshot: Finder = async (deps, { input, nowMs }) => {
  const { etcd, settings } = deps;
  if (etcd === null) return withoutEtcd(deps);
  const { folder, maxAgeMs } = settings.snapshot;
  const isSurvey = input.moment === 'survey' || settings.isDryRun;
  const before = await newestSnapshot({ folder });
  const isNew = before !== null && nowMs - before.atMs <= maxAgeMs;
  const made = isNew || isSurvey ? { newest: before, failure: null } : await tryToMake(deps, nowMs);
  const findings = snapshotFindings({ ...made, isSurvey, maxAgeMs, folder }, nowMs);
  return { findings, fine: `${made.newest?.file ?? ''} in ${folder}, with the right sum` };
};

async function tryToMake({ etcd, settings }: PreflightDeps, nowMs: number) {
  if (etcd === null) return { newest: null, failure: 'etcd cannot be asked' };
  try {
    return { newest: await makeSnapshot(etcd, settings.snapshot, nowMs), failure: null };
  } catch (error) {
    return { newest: null, failure: messageOf(error) };
  }
}

function judged(findingsOf: (facts: EtcdFacts) => readonly Finding[], fine: (facts: EtcdFacts) => string): Finder {
  return async (deps, { etcd }) => {
    const facts = await etcd();
    return facts === null ? withoutEtcd(deps) : { findings: findingsOf(facts), fine: fine(facts) };
  };
}

/** Nobody may go on without looking at etcd by having forgotten to say where it is. */
function withoutEtcd({ settings }: PreflightDeps): Found {
  const fine = 'not looked at: maintenance.upgrade.controlPlane is managed';
  if (settings.controlPlane === 'managed') return { findings: [], fine };
  return {
    findings: [{ answer: 'unknown', object: 'etcd', detail: 'maintenance.upgrade.etcd.endpoints is not set' }],
    fine,
  };
}
