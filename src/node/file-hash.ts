// Hashes of files as every tool makes them: SHA-256 of the bytes, as `sha256sum` prints it.

import { createHash } from 'node:crypto'

export function fileHash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
