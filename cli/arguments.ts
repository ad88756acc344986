/** Arguments and values of options, parsed. */

import { InvalidArgumentError } from 'commander';
import { parseDurationMs } from '../config/schema/keys.ts';
import { type NodeName, parseNodeName } from '../domain/node/identity.ts';

export function nodeName(text: string): NodeName {
  const name = parseNodeName(text);
  if (name === null) throw new InvalidArgumentError('Not a node name: a DNS subdomain of at most 253 characters.');
  return name;
}

export function nodeNames(text: string, before: readonly NodeName[]): NodeName[] {
  return [...new Set([...before, nodeName(text)])];
}

export function durationMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === null) throw new InvalidArgumentError('Not a duration: 90s, 30m, 2h.');
  return ms;
}
