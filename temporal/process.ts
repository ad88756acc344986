/** A process that talks to Temporal: its connection's settings are read, and wrong ones end it at once. */

import { loadTemporalProfile, type TemporalProfile } from '../config/temporal-profile.ts';
import { type ProcessContext, type ProcessOptions, runProcess } from '../runtime/process.ts';
import { SearchAttributeConflict } from './search-attributes.ts';

export interface TemporalContext extends ProcessContext {
  /** The configuration at the start of the process. */
  readonly temporal: TemporalProfile;
  /** Reads the files of certificates and keys again. Throws `ConfigError`. */
  readonly loadTemporal: () => TemporalProfile;
}

export interface TemporalProcessOptions extends Omit<ProcessOptions, 'run'> {
  readonly run: (context: TemporalContext) => Promise<void>;
}

export function runTemporalProcess(options: TemporalProcessOptions): Promise<number> {
  return runProcess({
    ...options,
    configurationFaults: [SearchAttributeConflict, ...options.configurationFaults],
    run(context) {
      const { apiKeyFile } = context.config.temporal;
      const loadTemporal = () => loadTemporalProfile(undefined, { apiKeyFile });
      return options.run({ ...context, temporal: loadTemporal(), loadTemporal });
    },
  });
}
