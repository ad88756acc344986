/** Keys of the configuration that a benchmark is run with. */

import { UsageError } from './result.ts';

const SETTING = /^(\w+)\.(\w+)=(.+)$/;

export type Settings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** @param texts each as `worker.cachedWorkflowsMax=500` */
export function settings(texts: readonly string[]): Settings {
  const config: Record<string, Record<string, unknown>> = {};
  for (const text of texts) {
    const [, part, key, value] = SETTING.exec(text) ?? [];
    if (part === undefined || key === undefined || value === undefined) {
      throw new UsageError(`--set ${text} is not of the form worker.cachedWorkflowsMax=500`);
    }
    config[part] = { ...config[part], [key]: /^\d+$/.test(value) ? Number(value) : value };
  }
  return config;
}
