/** Lint fixture: randomness, the environment and a Node module in a workflow; each must be reported. */

import { hostname } from 'node:os';

export function impure(): string {
  return `${hostname()} ${Math.random()} ${process.env['HOME']}`;
}
