/** What healing must know to take the sandbox's echo for evidence. */

import { isMapping, type Mapping } from '../../config/mapping.ts';
import { type EchoLayout, echoUrl } from '../layout.ts';
import { SANDBOX_ECHO } from './echo-files.ts';

/** The given keys go before those of the evidence, each on its own. */
export function withSourceEvidence(given: Readonly<Mapping>, echo: EchoLayout): Mapping {
  return merged({ healing: sourceEvidence(echo) }, given);
}

function sourceEvidence(echo: EchoLayout): Mapping {
  const endpoint = { name: SANDBOX_ECHO, url: echoUrl(echo), publicKeys: [echo.publicKey] };
  return {
    evidence: 'source-address',
    patience: '20s',
    // Nothing translates after a pod's first packet here, so nothing has to settle.
    echo: { require: 'all', settle: '0s', endpoints: [endpoint] },
    pod: { image: 'localhost/probe:1' },
  };
}

function merged(base: Readonly<Mapping>, over: Readonly<Mapping>): Mapping {
  const entries = Object.entries(over).map(([name, value]) => {
    const below = base[name];
    return [name, isMapping(below) && isMapping(value) ? merged(below, value) : value] as const;
  });
  return { ...base, ...Object.fromEntries(entries) };
}
