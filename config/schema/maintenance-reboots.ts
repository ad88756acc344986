/** The part `maintenance.reboots` of the configuration: which nodes need a reboot, and when they are rebooted. */

import { z } from 'zod';

import { parseLabelSelector } from '../../domain/label-selector.ts';
import { duration, key, optionalText, parseDurationMs, text, toggle } from './keys.ts';
import { WINDOWS_ALLOWED, WindowsSchema } from './maintenance-gates.ts';

const LIST_MAX = 50;
const DAY_MS = 86_400_000;

const RebootsKeys = z.strictObject({
  enabled: toggle({
    about: 'Keep the workflow `watchReboots` running for the cluster; needs `maintenance.enabled`',
    fallback: false,
  }),
  executor: text({
    about: 'Who reboots a node',
    allowed: 'one of `maintenance.executors`',
    fallback: 'reboot-linux',
  }),
  windows: key(WindowsSchema, {
    about: 'When reboots may begin, within the windows of the group; empty: at any time',
    allowed: WINDOWS_ALLOWED,
    fallback: '[]',
  }),
  interval: duration({
    about: 'From one look at all nodes to the next',
    minMs: 10_000,
    maxMs: DAY_MS,
    fallback: '5m',
  }),
  maxUptime: optionalText({
    about: 'A node that is up for longer needs a reboot',
    allowed: 'a duration such as 60d',
    fallback: 'a node may be up for ever',
    matches: /^\d+(?:\.\d+)?(ms|s|m|h|d)$/,
  }),
  minUptime: duration({
    about: 'From one boot of a node to its next reboot',
    minMs: 60_000,
    maxMs: 30 * DAY_MS,
    fallback: '1h',
  }),
  blockingPods: key(
    z
      .array(z.string().refine((one) => parseLabelSelector(one) !== null))
      .max(LIST_MAX)
      .default([]),
    {
      about: 'A node is not rebooted while pods with these labels run on it',
      allowed: `a list of at most ${LIST_MAX} label selectors`,
      fallback: '[]',
    },
  ),
  kuredMetric: toggle({
    about:
      'Serve `kured_reboot_required{node}` as kured does, for alerts that are there already: a series for each node',
    fallback: false,
  }),
  conditions: key(z.array(z.string().min(1)).max(LIST_MAX).default([]), {
    about: 'Conditions of a node that ask for a reboot while they are True',
    allowed: `a list of at most ${LIST_MAX} types of conditions`,
    fallback: '[]',
  }),
});

export const MaintenanceRebootsSchema = RebootsKeys.transform(
  ({ interval: intervalMs, minUptime: minUptimeMs, maxUptime, ...rest }) => ({
    ...rest,
    intervalMs,
    minUptimeMs,
    maxUptimeMs: maxUptime === undefined ? null : parseDurationMs(maxUptime),
  }),
);
