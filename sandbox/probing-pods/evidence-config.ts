/** What healing must know to take the sandbox's echo for evidence. */

import { isMapping, type Mapping } from '../../config/mapping.ts';
import { type EchoLayout, echoUrl, REAL_ECHO_URL, type SandboxLayout } from '../layout.ts';
import { SNAT_LABEL } from '../real-nodes/addresses.ts';
import { PROBE_IMAGE } from '../real-nodes/image.ts';
import { SANDBOX_ECHO } from './echo-files.ts';

/** Real nodes run Linux, and the profile `snat` is for Windows. */
export const REAL_NODES_PROFILE = 'snat-linux';

type Echoing = Pick<SandboxLayout, 'hasRealNodes'> & { readonly echo: EchoLayout };

/** The given keys go before those of the evidence, each on its own. */
export function withSourceEvidence(given: Readonly<Mapping>, { echo, hasRealNodes }: Echoing): Mapping {
  const healing = sourceEvidence({ url: echoUrl(echo), echo, pod: { image: 'localhost/probe:1' } });
  return merged({ healing, ...(hasRealNodes ? { profiles: [realNodesProfile(given, echo)] } : {}) }, given);
}

/** As `healing` is given, but for what only `snat` has. */
function realNodesProfile({ healing }: Readonly<Mapping>, echo: EchoLayout): Mapping {
  const pod = { os: 'linux', image: PROBE_IMAGE };
  const own = { name: REAL_NODES_PROFILE, nodes: `${SNAT_LABEL}=true` };
  const { annotation: _, nodes: __, virtualNodes: ___, ...shared } = isMapping(healing) ? healing : {};
  return { ...merged(sourceEvidence({ url: REAL_ECHO_URL, echo, pod }), shared), ...own };
}

function sourceEvidence({ url, echo, pod }: { url: string; echo: EchoLayout; pod: Mapping }): Mapping {
  const endpoint = { name: SANDBOX_ECHO, url, publicKeys: [echo.publicKey] };
  return {
    evidence: 'source-address',
    patience: '20s',
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
