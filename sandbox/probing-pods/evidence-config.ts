/** What healing must know to take the sandbox's echo for evidence. */

import { isMapping, type Mapping } from '../../config/mapping.ts';
import { formatDuration, parseDurationMs } from '../../config/schema/keys.ts';
import { type EchoLayout, echoUrl, REAL_ECHO_URL, type SandboxLayout } from '../layout.ts';
import { SNAT_LABEL } from '../real-nodes/addresses.ts';
import { PROBE_IMAGE } from '../real-nodes/image.ts';
import { SANDBOX_ECHO } from './echo-files.ts';

/** Real nodes run Linux, and the profile `snat` is for Windows. */
export const REAL_NODES_PROFILE = 'snat-linux';

/** Where the window has room for it. */
const PATIENCE_MS = 20_000;

type Echoing = Pick<SandboxLayout, 'hasRealNodes'> & { readonly echo: EchoLayout };

/** The given keys go before those of the evidence, each on its own. */
export function withSourceEvidence(given: Readonly<Mapping>, { echo, hasRealNodes }: Echoing): Mapping {
  const patience = patienceOf(given);
  const healing = sourceEvidence({ url: echoUrl(echo), echo, patience, pod: { image: 'localhost/probe:1' } });
  return merged({ healing, ...(hasRealNodes ? { profiles: [realNodesProfile(given, echo)] } : {}) }, given);
}

/** As `healing` is given, but for what only `snat` has. */
function realNodesProfile(given: Readonly<Mapping>, echo: EchoLayout): Mapping {
  const pod = { os: 'linux', image: PROBE_IMAGE };
  const own = { name: REAL_NODES_PROFILE, nodes: `${SNAT_LABEL}=true` };
  const { annotation: _, nodes: __, virtualNodes: ___, ...shared } = healingOf(given);
  const evidence = sourceEvidence({ url: REAL_ECHO_URL, echo, patience: patienceOf(given), pod });
  return { ...merged(evidence, shared), ...own };
}

/** Half of the window at most: more is refused. */
function patienceOf(given: Readonly<Mapping>): string {
  const { window } = healingOf(given);
  const windowMs = typeof window === 'string' ? parseDurationMs(window) : null;
  return formatDuration(Math.min(PATIENCE_MS, windowMs === null ? PATIENCE_MS : windowMs / 2));
}

function healingOf({ healing }: Readonly<Mapping>): Readonly<Mapping> {
  return isMapping(healing) ? healing : {};
}

interface Evidence {
  readonly url: string;
  readonly echo: EchoLayout;
  readonly patience: string;
  readonly pod: Mapping;
}

function sourceEvidence({ url, echo, patience, pod }: Evidence): Mapping {
  const endpoint = { name: SANDBOX_ECHO, url, publicKeys: [echo.publicKey] };
  return {
    evidence: 'source-address',
    patience,
    // Nothing translates after a pod's first packet here, so nothing has to settle.
    echo: { require: 'all', settle: '0s', endpoints: [endpoint] },
    pod,
  };
}

function merged(base: Readonly<Mapping>, over: Readonly<Mapping>): Mapping {
  const entries = Object.entries(over).map(([name, value]) => {
    const below = base[name];
    return [name, isMapping(below) && isMapping(value) ? merged(below, value) : value] as const;
  });
  return { ...base, ...Object.fromEntries(entries) };
}
