/** The part `maintenance.upgrade` of the configuration: what upgrades of this cluster are held to. */

import { z } from 'zod';

import { APPROVAL_KEYS } from './maintenance-approval.ts';
import { PREFLIGHT_KEYS } from './maintenance-preflight.ts';

export const MaintenanceUpgradeSchema = z.strictObject({ ...PREFLIGHT_KEYS, ...APPROVAL_KEYS });
