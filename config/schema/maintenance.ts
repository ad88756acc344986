/** The part `maintenance` of the configuration: what `vigilante maintainer` does. */

import { z } from 'zod';

import { duration, text, toggle } from './keys.ts';

const DAY_MS = 86_400_000;

const PrivilegesKeys = z.strictObject({
  enabled: toggle({
    about: 'Keep the workflow `watchPrivileges` running for the cluster; needs `maintenance.enabled`',
    fallback: false,
  }),
  interval: duration({
    about: 'From one comparison of what runs with what is declared to the next',
    minMs: 1_000,
    maxMs: DAY_MS,
    fallback: '1h',
  }),
  declared: text({
    about:
      'File of declared privileges, read again for each comparison; without the file all that runs is undeclared, and a wrong one is refused whole',
    allowed: 'the path of a YAML file',
    fallback: '/etc/vigilante/privileges/declared.yaml',
  }),
});

export const MaintenanceConfigSchema = z.strictObject({
  enabled: toggle({ about: 'Start workflows that `vigilante maintainer` runs', fallback: false }),
  privileges: PrivilegesKeys.transform(({ interval: intervalMs, ...rest }) => ({ ...rest, intervalMs })).prefault({}),
});
