/** Lint fixture: what the healing beside it must not import. */

export const failuresToAlarm = 3;
