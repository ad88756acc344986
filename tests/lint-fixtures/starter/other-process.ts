/** Lint fixture: one process imports another; must be reported as no-restricted-imports. */

import { port } from '../worker/port.ts';

export const starterPort = port + 1;
