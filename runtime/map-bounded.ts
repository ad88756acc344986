/** Runs an asynchronous function over a list, a few at a time. */

/** Results in the order of the items. The first error ends it. */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  atOnceMax: number,
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<number, Result>();
  const entries = items.entries();
  // All lanes take from one iterator, so that each item is taken once.
  async function lane(): Promise<void> {
    for (const [index, item] of entries) results.set(index, await run(item));
  }
  await Promise.all(Array.from({ length: Math.min(atOnceMax, items.length) }, lane));
  return [...results].toSorted(([a], [b]) => a - b).map(([, result]) => result);
}
