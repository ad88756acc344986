/** Lint fixture: what a workflow must not import. */

export const address = 'localhost:7233';
