/** What is served in a test of the alerts: a registry for each condition of the cluster. */

import type { Registry } from 'prom-client';

export const CONDITIONS = ['well', 'ill'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** A registry, and what happens between two scrapes. */
export interface Source {
  readonly registry: Registry;
  advance(): void;
}
