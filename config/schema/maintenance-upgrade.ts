/** The part `maintenance.upgrade` of the configuration: what upgrades of this cluster are held to. */

import { z } from 'zod';

import { APPROVAL_KEYS } from './maintenance-approval.ts';
import { PREFLIGHT_KEYS } from './maintenance-preflight.ts';
import { ROLLOUT_KEYS } from './maintenance-rollout.ts';

export const MaintenanceUpgradeSchema = z
  .strictObject({ ...PREFLIGHT_KEYS, ...ROLLOUT_KEYS, ...APPROVAL_KEYS })
  .transform(({ waveSoak: waveSoakMs, ...rest }) => ({ ...rest, waveSoakMs }));
