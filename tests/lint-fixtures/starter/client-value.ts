/** Lint fixture: a value of the Temporal client outside `temporal/`; must be reported as no-restricted-imports. */

import { Client } from '@temporalio/client';

export const client = new Client();
