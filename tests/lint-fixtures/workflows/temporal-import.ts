/** Lint fixture: a workflow that knows Temporal's client side; must be reported as no-restricted-imports. */

import { address } from '../temporal/address.ts';

export const target = address;
