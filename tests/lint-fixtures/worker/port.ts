/** Lint fixture: what the bad starter beside it imports. */

export const port = 8000;
