/** What a query is answered while a workflow task is due that no worker has completed yet: see `worker/query-guard.ts`. */
export const OPEN_TASK_MESSAGE =
  'a workflow task is due that no worker has completed yet, so the query has no answer yet: ask again';
