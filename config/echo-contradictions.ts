/** What each key of `healing.echo` accepts alone, but not together with another. */

import { addressRange, normalAddress } from '../domain/node/address.ts';
import type { HealingProfile } from './policies/profiles.ts';
import type { EchoEndpoint } from './schema/healing-echo.ts';
import { formatDuration } from './schema/keys.ts';

/** @param at the part of the configuration, for messages */
export function healingEchoContradictions(healing: HealingProfile['healing'], at: string): string[] {
  const { evidence, echo, patienceMs, windowMs, pod } = healing;
  const { endpoints } = echo;
  const problems: string[] = [];
  const isAsked = evidence === 'source-address';
  if (isAsked && endpoints.length === 0) {
    problems.push(
      `${at}.echo.endpoints: []: expected an endpoint with name, url and publicKeys, because ${at}.evidence is source-address`,
    );
  }
  if (isAsked && patienceMs > windowMs / 2) {
    problems.push(
      `${at}.patience: ${formatDuration(patienceMs)}: expected at most half of ${at}.window (${formatDuration(windowMs)})`,
    );
  }
  if (pod.command.length > 0 && !pod.command.some((part) => part.includes('{url}'))) {
    problems.push(`${at}.pod.command: expected {url} in one of its texts: without it the pod asks nothing`);
  }
  const names = endpoints.map(({ name }) => name);
  for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index))) {
    problems.push(`${at}.echo.endpoints: expected each name once, got ${name} again`);
  }
  return [
    ...problems,
    ...endpoints.flatMap((endpoint) => endpointProblems(endpoint, { at, exemptBefore: echo.exemptBefore })),
  ];
}

function endpointProblems(
  endpoint: EchoEndpoint,
  part: { readonly at: string; readonly exemptBefore: readonly string[] },
): string[] {
  const { name, url, publicKeys, answer, trust } = endpoint;
  const at = `${part.at}.echo.endpoints: ${name}`;
  const problems: string[] = [];
  if (answer !== 'vigilante' && trust === 'signed') {
    problems.push(`${at}: answer ${answer}: expected trust: unsigned with it, because nothing signs such an answer`);
  } else if (trust === 'signed' && publicKeys.length === 0) {
    problems.push(`${at}: publicKeys: []: expected a key (vigilante echo key public), or trust: unsigned`);
  }
  const host = endpointAddress(url);
  const range = part.exemptBefore.find((cidr) => host !== null && addressRange(cidr)?.(host) === true);
  if (range !== undefined) {
    problems.push(
      `${at}: url ${url}: expected an address outside of ${part.at}.echo.exemptBefore (${range}): there every node shows its pods' own addresses, cured or not`,
    );
  }
  return problems;
}

/** Null where the URL has a name instead of an address. */
export function endpointAddress(url: string): string | null {
  return normalAddress(new URL(url).hostname.replaceAll(/^\[|\]$/g, ''));
}
