/** What the embedded store and the thread that writes its file say to each other; answers come in the order of asking. */

export interface StoredRow {
  readonly name: string;
  /** Null removes the row. */
  readonly text: string | null;
}

export type SqliteRequest =
  /** Opens the file and reads all of it. */
  | { readonly kind: 'open' }
  /** All rows in one transaction, on the disk when it is answered. */
  | { readonly kind: 'commit'; readonly rows: readonly StoredRow[] }
  | { readonly kind: 'close' };

export type SqliteAnswer =
  | { readonly kind: 'rows'; readonly rows: readonly StoredRow[] }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly unusable: boolean; readonly message: string };
