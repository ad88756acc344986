/** Starts a workflow also where its search attributes are not registered, or have another type, at that moment. */

import { isInvalidArgument } from './errors.ts';

interface StartOptions {
  readonly typedSearchAttributes?: unknown;
  readonly memo?: unknown;
}

/**
 * Runs `start` with the options, and once more without the search attributes where Temporal refuses the first start for
 * something in it. A workflow that is started so writes them itself when it can.
 */
export async function startWithoutAttributes<Options extends StartOptions, T>(
  options: Options,
  start: (options: Omit<Options, keyof StartOptions> & Partial<Pick<Options, keyof StartOptions>>) => Promise<T>,
): Promise<T> {
  try {
    return await start(options);
  } catch (error) {
    if (options.typedSearchAttributes === undefined || !isInvalidArgument(error)) throw error;
    const { typedSearchAttributes: _attributes, memo: _memo, ...others } = options;
    return start(others);
  }
}
