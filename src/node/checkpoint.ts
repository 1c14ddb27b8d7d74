// Where a long verb can be stopped between its steps.

/** Lets what arrived during a long computation (Ctrl-C) be heard, and rejects with the signal's reason if it says stop. */
export async function checkpoint(signal: AbortSignal | undefined): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
  signal?.throwIfAborted()
}
