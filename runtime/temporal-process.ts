/** A process that talks to Temporal: its connection's settings are read, and wrong ones end it at once. */

import { loadTemporalProfile, type TemporalProfile } from '../config/temporal-profile.ts';
import { type ProcessContext, type ProcessOptions, runProcess } from './process.ts';
import { SearchAttributeConflict } from './search-attributes.ts';

export interface TemporalContext extends ProcessContext {
  readonly temporal: TemporalProfile;
}

export interface TemporalProcessOptions extends Omit<ProcessOptions, 'run'> {
  readonly run: (context: TemporalContext) => Promise<void>;
}

export function runTemporalProcess(options: TemporalProcessOptions): Promise<number> {
  return runProcess({
    ...options,
    configurationFaults: [SearchAttributeConflict, ...options.configurationFaults],
    run: (context) => options.run({ ...context, temporal: loadTemporalProfile() }),
  });
}
