/** Faults in what an echo's answer proves, and in how a pod is made to ask (E2, E4 to E15, E44). */

import { faultsOf } from '../faults-of.ts';
import type { Mutation, MutationList } from '../mutation.ts';

const unit = (file: string, test = file.replace(/\.ts$/, '.test.ts')): Pick<Mutation, 'file' | 'test'> => ({
  file,
  test: { project: 'unit', path: test },
});

const PROBE_TEST = 'domain/healing/probe.test.ts';
const POD_TEST = 'activities/healing/probe-pod.test.ts';

export const mutations: MutationList = [
  ...faultsOf(unit('contracts/healing/echo-answer.ts'), [
    ['E4', 'if (answer.nonce !== nonce) return', 'if (false) return'],
    ['E4', 'echo !== null && answer.echo !== echo', 'false'],
    ['E4', 'if (!isSigned(signedText(answer), answer.sig)) return', 'if (false) return'],
  ]),
  ...faultsOf(unit('kubernetes/healing/echo-answers.ts'), [
    ['E4', "exit !== 0 && context.answer === 'file'", 'false'],
    ['E4', 'Buffer.byteLength(message) > MESSAGE_LENGTH_MAX', 'message.length > MESSAGE_LENGTH_MAX'],
    ['E4', "nonce: pod.metadata?.uid ?? ''", "nonce: JSON.parse(body).nonce ?? ''"],
    ['E4', 'keys.length === 0 || keys.some(', 'keys.length !== 1 || keys.some('],
    ['E4', "message.replaceAll(CURL_LINE, '')", 'message'],
    ['E3', "step.replaceAll('~1', '/').replaceAll('~0', '~')", "step.replaceAll('~0', '~').replaceAll('~1', '/')"],
    ['E5', 'normalAddress(read.source)', 'read.source'],
    ['E5', 'node: [...host, ...network.addresses]', 'node: host'],
    ['E5', 'host,\n    node', 'host: [],\n    node'],
    ['E10', 'line(message === undefined', 'String(message === undefined'],
    ['E12', 'if (ofNode.includes(host)) return', 'if (false) return'],
    ['E12', 'addressRange(cidr)?.(host) === true', 'cidr === host'],
    ['E12', 'if (other !== undefined) return', 'if (false) return'],
    ['E13', 'new Set([6, 7, 28])', 'new Set([6, 7, 28, 56])'],
    ['E13', 'new Set([6, 7, 28])', 'new Set([7, 28])'],
  ]),
  ...faultsOf(unit('domain/healing/source-verdict.ts'), [
    ['E5', 'if (!hasOwnAddress(addresses)) return silent(', 'if (false) return silent('],
    ['E5', "if (!hasOwnAddress(addresses)) return 'none';", ''],
    ['E5', '!pod.some((address) => host.includes(address))', 'true'],
    ['E5', "addresses.node.includes(answer.source) ? 'node' : 'other'", "'other'"],
    ['E6', "of ['node', 'other'] as const", "of ['other', 'node'] as const"],
    ['E6', 'proofs.length === answers.length', 'true'],
    ['E6', "require === 'any' || ", ''],
    ['E7', "by === 'node' ? \"the node's \" : ''", "''"],
  ]),
  ...faultsOf(unit('activities/healing/probe-judgement.ts', POD_TEST), [
    ['E7', "judged.verdict === 'proven' ? 3 : sandboxLevel(ended)", '3'],
    ['E8', 'hasEnded(pod) ? { ...signs, readyToStartContainers: null } : signs', 'signs'],
    ['E13', 'if (isUnreached && (await deps.isEchoDown(endpoints))) {', 'if (await deps.isEchoDown(endpoints)) {'],
    ['E13', 'answers.every((answer)', 'answers.some((answer)'],
    ['E10', "hasEnded(ended) ? input.probe.require : 'all'", 'input.probe.require'],
    ['E10', 'level > 0 ? detail : await describeSilence(deps, probe, detail)', 'detail'],
  ]),
  ...faultsOf(unit('activities/healing/probe-pod.ts', POD_TEST), [
    ['E10', 'if (isHandedOver(signal)) throw', 'if (false) throw'],
    ['E10', 'aborted && !(reason instanceof CancelledFailure && reason.message === CANCELLED)', 'aborted'],
    ['E11', 'activityInfo().attempt > 1 ? await findOwnPod(deps, input) : null', 'null'],
    ['E11', 'if (own !== null) await deps.pods.delete(own);', ''],
    ['E11', "purpose === 'heal' && own === null", "purpose === 'heal'"],
    ['E9', 'node: await observed(deps, node.name).catch(() => seen), outcome', 'node: seen, outcome'],
    ['E11', '.catch(() => seen)', ''],
    ['E44', 'nextRetryDelay: UNKNOWN_RETRY_MS,', ''],
    ['H12', 'isAfterRejection ? await rejectionWhereHeld(deps, node) : null', 'null'],
  ]),
  ...faultsOf(unit('activities/healing/attempt-pod.ts', POD_TEST), [
    ['E9', "if (purpose === 'heal') await removePodsOfNode", 'await removePodsOfNode'],
    ['E11', 'found.nodeUid === node.uid && ', ''],
    ['E11', 'found.attempt === attempt && ', ''],
  ]),
  ...faultsOf(unit('kubernetes/healing/pod-ends.ts'), [
    ['E8', "return status?.phase === 'Failed'", 'return false'],
    ['E8', 'if (containers.length === 0) return', 'if (false) return'],
    ['E9', 'containers.every(', 'containers.some('],
    ['E10', 'ended.delete(notice.value.uid);', ''],
    ['E11', 'if (waiting.get(pod.uid)?.over === over) ', ''],
    ['E9', 'if (ended.has(pod.uid)) return;', ''],
    ['E9', '&& watch.health().failuresInARow === 0', ''],
    ['E10', 'if (!listed.has(pod.uid)) void', 'if (false) void'],
  ]),
  ...faultsOf(unit('kubernetes/healing/probing-pod.ts'), [
    ['E2', ' --fail-early', ''],
    ['E2', "form === 'vigilante' ? question.settleMs : 0", 'question.settleMs'],
    ['E2', "'-q -sS", "'-sS"],
    ['E2', "answer === 'log' ? [NO_SUCH_PROTOCOL] : []", '[]'],
  ]),
  ...faultsOf(unit('kubernetes/healing/pod.ts', 'kubernetes/healing/probing-pod.test.ts'), [
    ['E10', 'DEADLINE_PATIENCES * (question?.patienceMs ?? 0)', '0'],
    ['E9', "purpose === 'heal' ? profilePodLabels(profile) : verifyingPodLabels(profile)", 'profilePodLabels(profile)'],
  ]),
  ...faultsOf(unit('domain/healing/probe.ts'), [
    ['E13', 'Math.min(probe.passedMs, rules.windowMs - before.movedMs)', 'probe.passedMs'],
    ['E13', 'Math.min(probe.passedMs, rules.windowMs - before.movedMs)', 'rules.windowMs - before.movedMs'],
    ['E13', 'limitMs: window.limitMs + byMs', 'limitMs: window.limitMs'],
    ['E14', 'sandboxes: before.sandboxes + (isReady ? 1 : 0)', 'sandboxes: before.sandboxes + 1'],
    ['E14', 'lastSandboxMs: isReady ? nowMs : before.lastSandboxMs', 'lastSandboxMs: nowMs'],
    ['E15', "source === undefined || source.verdict === 'silent'", 'source === undefined'],
    ['E15', 'podsProven: state.window.podsProven + 1, lastProofMs: nowMs', 'podsProven: state.window.podsProven + 1'],
    ['H11', ' - (rules.patienceMs ?? 0)', ''],
    ['H11', 'if (lateMs <= rules.intervalMs) return window;', 'if (lateMs < 0) return window;'],
    ['H11', 'rejectedInARow: window.rejectedInARow + 1', 'rejectedInARow: 1'],
  ]),
  ...faultsOf(unit('domain/healing/plan.ts', PROBE_TEST), [
    ['E14', 'echoDown.attempts === attempts', 'echoDown.attempts > 0'],
    ['E14', "fallback === 'sandbox' && ", ''],
    ['E15', "if (state.window.lastVerdict === 'refuted') return false;", ''],
  ]),
  ...faultsOf(unit('worker/echo-reach.ts'), [
    ['E13', 'if (!asked.some(({ name }) => reachedBefore.has(name))) return false;', ''],
    ['E13', 'asking.set(name, asked);', ''],
    ['E13', 'return !reached.includes(true);', 'return reached.includes(false);'],
  ]),
  ...faultsOf(unit('config/echo-contradictions.ts', 'config/healing-echo.test.ts'), [
    ['E12', 'host !== null && addressRange(cidr)?.(host) === true', 'false'],
    ['E12', "trust === 'signed' && publicKeys.length === 0", 'false'],
    ['E12', 'patienceMs > windowMs / 2', 'patienceMs > windowMs'],
  ]),
];
