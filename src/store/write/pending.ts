/** Waits for all, so that none goes on behind the answer; then fails with the first failure. */
export async function allStored(pending: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(pending)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
