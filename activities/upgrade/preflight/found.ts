/** How a check looks at the cluster, and what it brings back. */

import type { Finding } from '../../../domain/upgrade/preflight/finding.ts';
import type { PreflightDeps } from './deps.ts';
import type { Look } from './look.ts';

export interface Found {
  readonly findings: readonly Finding[];
  /** What is said where nothing was found. */
  readonly fine: string;
}

/** Throws where it could not be made: then its result is unknown. */
export type Finder = (deps: PreflightDeps, look: Look) => Promise<Found>;
