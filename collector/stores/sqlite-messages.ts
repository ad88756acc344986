/** What the embedded store and the thread that writes its file say to each other; answers come in the order of asking. */

export interface StoredRow {
  readonly name: string;
  /** Null removes the row. */
  readonly text: string | null;
}

export type SqliteRequest =
  /** The next rows after that name, in the order of names; opens the file where it is not open. None: that was all. */
  | { readonly kind: 'page'; readonly after: string }
  /** All rows in one transaction, on the disk when it is answered. */
  | { readonly kind: 'commit'; readonly rows: readonly StoredRow[] }
  | { readonly kind: 'close' };

export type SqliteAnswer =
  | { readonly kind: 'rows'; readonly rows: readonly StoredRow[] }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly unusable: boolean; readonly message: string };
