/** All that is judged while the world of a run is still there; `judge-processes.ts` comes after its end. */

import { WORKER } from '../e2e/audit-attempts.ts';
import type { ChaosFacts } from './facts.ts';
import type { Finding } from './finding.ts';
import { judgeAnnotations } from './judge-annotations.ts';
import { judgeClocks } from './judge-clocks.ts';
import { judgeDeterminism, judgeNodes, judgeWorkflows } from './judge-heals.ts';
import { judgeMarks } from './judge-marks.ts';
import { judgeLeftovers, judgeOverlaps } from './judge-pods.ts';
import { judgeProbes } from './judge-probes.ts';
import { judgeRelapses } from './judge-relapses.ts';
import { judgeReports } from './judge-reports.ts';
import { judgeTaints } from './judge-taints.ts';
import { nodeVersions } from './node-versions.ts';
import { type ChaosPodLife, chaosPodLives } from './pod-lives.ts';
import { aftermathMs, type ProofPolicy } from './policy.ts';
import { type ProbeLife, probeLives } from './probe-lives.ts';

interface Judged {
  readonly lives: readonly ChaosPodLife[];
  readonly findings: readonly Finding[];
}

export function judge(facts: ChaosFacts): Judged {
  const { events, seenPods, policy } = facts;
  if (policy.proof !== null) {
    const lives = probeLives(events, { seenPods, worker: WORKER });
    return { lives, findings: [...judgeProof(facts, lives, policy.proof), ...judgeAlways(facts, lives)] };
  }
  const lives = chaosPodLives(events, seenPods);
  return { lives, findings: [judgeAnnotations(facts, lives), ...judgeAlways(facts, lives)] };
}

function judgeProof(facts: ChaosFacts, lives: readonly ProbeLife[], proof: ProofPolicy): Finding[] {
  const known = { ...facts, proof, lives, versions: nodeVersions(facts.events) };
  return [
    judgeMarks(known),
    judgeProbes(known),
    judgeRelapses(known),
    judgeTaints({ ...known, lateMsMax: aftermathMs(facts.policy) }),
  ];
}

function judgeAlways(facts: ChaosFacts, lives: readonly ChaosPodLife[]): Finding[] {
  return [
    judgeNodes(facts),
    judgeOverlaps(facts, lives),
    judgeLeftovers(facts, lives),
    judgeWorkflows(facts),
    judgeDeterminism(facts),
    judgeReports(facts),
    judgeClocks(facts),
  ];
}
