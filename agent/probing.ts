/** All probes of an agent: run together each interval; the newest result of each is kept for the report. */

import { type AddressLists, PING_PATH } from '../contracts/connectivity/agent-report.ts';
import type { Probe, ProbesByKind } from '../contracts/connectivity/probes.ts';
import type { AccessFiles } from './access-files.ts';
import type { AgentLog } from './agent-log.ts';
import type { AgentOptions } from './agent-options.ts';
import { type HostLookup, lookupWithin } from './host-lookup.ts';
import { addressesOf, dnsProbe, httpProbe, type Probed, tcpProbe } from './probes.ts';
import { reasonOf } from './reason.ts';

export interface ProbeFindings {
  readonly nslookup: NonNullable<AddressLists>;
  /** In the order of the configuration; the HTTP probe of the collector comes last. */
  readonly probes: ProbesByKind;
}

export interface Probing {
  /** Starts what is not under way still; resolves when the whole round is through. Never rejects. */
  round(): Promise<void>;
  findings(): ProbeFindings;
}

interface ProbingParts {
  readonly options: AgentOptions;
  readonly timeoutsMs: { readonly http: number; readonly short: number };
  readonly lookup: HostLookup;
  readonly access: AccessFiles;
  readonly log: AgentLog;
}

/** A probe with the newest of its results. */
interface Slot<Result> {
  run(): Promise<void>;
  newest(): Result;
}

const NO_ANSWER_YET = 'no answer yet';

export function createProbing({ options, timeoutsMs, lookup, access, log }: ProbingParts): Probing {
  const { endpoint } = options;
  const { origin: collectorOrigin } = new URL(endpoint.origin);
  const http = {
    lookup,
    timeoutMs: timeoutsMs.http,
    // The configured authority vouches for the collector alone.
    caFor: (url: URL) => (url.origin === collectorOrigin ? access.ca() : null),
  };
  const short = { lookup, timeoutMs: timeoutsMs.short };

  const network = [...options.probeUrls, `${endpoint.origin}${PING_PATH}`].map((url) => {
    return slot<Probe<'http'>>(log, {
      name: `HTTP probe of ${url}`,
      probe: () => httpProbe(url, http),
      before: unprobed(url),
    });
  });
  const tcp = options.tcpTargets.map((target) => {
    const before = { target: target.target, ok: false, ms: 0, error: NO_ANSWER_YET };
    return slot<Probe<'tcp'>>(log, {
      name: `TCP probe of ${target.target}`,
      probe: () => tcpProbe(target, short),
      before,
    });
  });
  const dns = options.dnsNames.map((name) => {
    const before = { name, ok: false, ms: 0, addresses: [], error: NO_ANSWER_YET };
    return slot<Probe<'dns'>>(log, { name: `DNS probe of ${name}`, probe: () => dnsProbe(name, short), before });
  });
  const collectorLookup = slot<readonly string[] | null>(log, {
    name: `lookup of the collector ${endpoint.host}`,
    async probe() {
      const answer = await lookupWithin(lookup, endpoint.host, short.timeoutMs);
      return { result: answer.error === null ? addressesOf(answer) : null, error: answer.error };
    },
    before: null,
  });

  return {
    async round() {
      await Promise.all([collectorLookup, ...dns, ...network, ...tcp].map((one) => one.run()));
    },
    findings: () => ({
      // Null where the lookup failed, as Go writes it.
      nslookup: { [endpoint.host]: collectorLookup.newest() },
      probes: { http: newestOf(network), tcp: newestOf(tcp), dns: newestOf(dns) },
    }),
  };
}

/**
 * Logs each result at the level debug, and at the level that an operator reads each reason for which a probe fails, once
 * until it succeeds again: a target may fail for two reasons in turns.
 */
function slot<Result>(
  log: AgentLog,
  { name, probe, before }: { name: string; probe: () => Promise<Probed<Result>>; before: Result },
): Slot<Result> {
  let newest = before;
  let isRunning = false;
  const reasonsTold = new Set<string>();

  async function run(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    try {
      const { result, error } = await probe();
      newest = result;
      log.debug(name, { result });
      if (error !== null && !reasonsTold.has(error)) {
        reasonsTold.add(error);
        log.warn(`${name} fails: ${error}`);
      }
      if (error === null && reasonsTold.size > 0) {
        reasonsTold.clear();
        log.info(`${name} succeeds again`);
      }
    } catch (error) {
      log.error(`${name} could not be made: ${reasonOf(error)}`);
    } finally {
      isRunning = false;
    }
  }

  return { run, newest: () => newest };
}

function newestOf<Result>(slots: readonly Slot<Result>[]): readonly Result[] {
  return slots.map((one) => one.newest());
}

function unprobed(url: string): Probe<'http'> {
  const times = { Total: 0, ContentTransfer: 0, TCPConnection: 0, DNSLookup: 0, Connect: 0, ServerProcessing: 0 };
  return { URL: url, ConnectionResult: 0, HTTPCode: 0, ...times };
}
