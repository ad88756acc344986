/** Plays the kubelet for probing pods: each dials the real echo, and its status then says what came back. */

import { pause } from '../../runtime/pause.ts';
import { type ApiClient, STRATEGIC_PATCH } from '../api-client.ts';
import { curl, requestsIn } from './curl.ts';
import { forged } from './forge.ts';
import { createPodAddresses } from './loopback-addresses.ts';
import { type Play, playOf } from './play.ts';
import { type EndedContainer, endedPodPatch } from './pod-status.ts';
import type { PodFacts, ProbeContainer } from './probing-pod.ts';
import { timedOut, transfer } from './transfer.ts';

export interface Player {
  /** All pods, and the addresses of all simulated nodes by name. */
  see(pods: readonly PodFacts[], nodes: ReadonlyMap<string, string>): void;
}

/** Pods played at a time; more wait for their turn. */
const PLAYS_MAX = 200;
/** How long a mute pod tries to connect. */
const MUTE_MS = 2_000;
/** Together longer than the API server is away in any test. After that the pod stays as it is. */
const WRITE_TRIES_MAX = 300;
const WRITE_AGAIN_AFTER_MS = 1_000;
/** The pod is gone, or another one has its name. */
const NOT_THIS_POD = [404, 409, 422];

interface Life {
  readonly pod: PodFacts;
  readonly play: Play;
  readonly podIp: string;
  readonly hostIp: string;
  /** Aborted once the pod is gone. */
  readonly end: AbortController;
}

export function createPlayer(api: ApiClient, report: (problem: string) => void): Player {
  const addresses = createPodAddresses();
  /** By uid, as long as the pod is there: none is played twice, and no other pod gets its address. */
  const lives = new Map<string, Life>();
  const waiting: Life[] = [];
  let playing = 0;

  function begin(pods: readonly PodFacts[], nodes: ReadonlyMap<string, string>): void {
    const taken = new Set([...lives.values(), ...pods].flatMap(({ podIp }) => podIp ?? []));
    for (const pod of pods) {
      if (!pod.isFresh || pod.probes.length === 0 || lives.has(pod.uid)) continue;
      const hostIp = nodes.get(pod.node ?? '');
      const play = playOf(pod.behaviour, pod.createdMs);
      if (hostIp === undefined || play === null) continue;
      const podIp = addresses.take(taken);
      taken.add(podIp);
      const life = { pod, play, podIp, hostIp, end: new AbortController() };
      lives.set(pod.uid, life);
      waiting.push(life);
    }
  }

  function goOn(): void {
    while (playing < PLAYS_MAX) {
      const life = waiting.shift();
      if (life === undefined) return;
      playing += 1;
      void perform(life)
        .catch((error: unknown) => report(`${life.pod.name}: ${String(error)}`))
        .finally(() => {
          playing -= 1;
          goOn();
        });
    }
  }

  async function perform(life: Life): Promise<void> {
    const { pod, podIp, hostIp, end } = life;
    const startedMs = Date.now();
    const containers = await Promise.all(pod.probes.map((probe) => run(probe, life)));
    await write(pod, endedPodPatch({ uid: pod.uid, podIp, hostIp, startedMs, containers }), end.signal);
  }

  async function write(pod: PodFacts, body: object, signal: AbortSignal): Promise<void> {
    const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/status`;
    for (let tries = 1; !signal.aborted; tries += 1) {
      try {
        const options = { body, contentType: STRATEGIC_PATCH, alsoFine: NOT_THIS_POD };
        const { status, body: answer } = await api.demand('PATCH', path, options);
        if (status >= 300 && status !== 404) report(`${pod.name}: its status was refused: ${JSON.stringify(answer)}`);
        return;
      } catch (error) {
        if (tries === WRITE_TRIES_MAX) throw error;
        if (tries === 1) report(`${pod.name}: ${String(error)}`);
      }
      await pause(WRITE_AGAIN_AFTER_MS, signal);
    }
  }

  return {
    see(pods, nodes) {
      const there = new Set(pods.map(({ uid }) => uid));
      for (const [uid, life] of lives) {
        if (there.has(uid)) continue;
        lives.delete(uid);
        life.end.abort();
      }
      begin(pods, nodes);
      goOn();
    },
  };
}

async function run(probe: ProbeContainer, { pod, play, podIp, hostIp, end }: Life): Promise<EndedContainer> {
  const { signal } = end;
  const { argv } = probe;
  const failsOnError = argv.includes('--fail');
  const dial = async (url: string) => {
    if (play.kind === 'dial')
      return transfer(url, { localAddress: play.arrives === 'pod' ? podIp : hostIp, signal, failsOnError });
    await pause(MUTE_MS, signal);
    return timedOut(MUTE_MS);
  };
  const how = { transfer: dial, failsEarly: argv.includes('--fail-early') };
  const { exitCode, message } = await curl(requestsIn(argv, { podUid: pod.uid }), how);
  const isForged = play.kind === 'dial' && play.isForged;
  return { ...probe, exitCode, message: isForged ? forged(message) : message, finishedMs: Date.now() };
}
