/** How `vigilante reboots` shows what it found. */

export const REBOOTS_FORMATS = ['table', 'json'] as const;
export type RebootsFormat = (typeof REBOOTS_FORMATS)[number];
