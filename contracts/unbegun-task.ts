/** What a query is answered while a workflow task is due that no worker has begun: see `workflows/unbegun-task.ts`. */
export const UNBEGUN_TASK_MESSAGE =
  'a workflow task is due that no worker has begun yet, so the query has no answer yet: ask again';
