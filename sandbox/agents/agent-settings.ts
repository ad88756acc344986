/** What the supervisor of the agents reads at its start, in a file of the sandbox's folder. */

import { z } from 'zod';
import { SandboxLayoutSchema } from '../layout.ts';

export const AgentSettingsSchema = z.strictObject({
  layout: SandboxLayoutSchema,
  /** Nodes that get an agent, at most. */
  countMax: z.int().min(0),
  reportIntervalSeconds: z.int().min(1),
  /** Audience of the agents' tokens; null where they need none. */
  audience: z.string().nullable(),
});
export type AgentSettings = z.infer<typeof AgentSettingsSchema>;
