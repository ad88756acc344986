/** The profile of nodes that a command is about. */

import { type HealingProfile, profilesOf } from '../config/policies/profiles.ts';
import type { Config } from '../config/schema/config.ts';
import { markAnnotation } from '../contracts/healing/names.ts';

export interface ChosenProfile {
  readonly name: string;
  readonly annotation: string;
  /** Null where the configuration of whoever runs the command does not have it. */
  readonly configured: HealingProfile | null;
}

export function chosenNodeProfile(config: Config, name: string): ChosenProfile {
  const configured = profilesOf(config).find((profile) => profile.name === name) ?? null;
  return { name, configured, annotation: configured?.healing.annotation ?? markAnnotation(name) };
}
