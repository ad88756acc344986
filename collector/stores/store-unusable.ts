/** The store is there, but not one that this program may use: a person must look, trying again cannot help. */
export class StoreUnusable extends Error {
  override readonly name = 'StoreUnusable';
}
