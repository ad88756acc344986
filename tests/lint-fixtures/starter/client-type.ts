/** Lint fixture: only a type of the Temporal client; nothing may be reported. */

import type { Client } from '@temporalio/client';

export type Starting = Pick<Client, 'workflow'>;
