// Contractions in C++: tables of indices, constants of the kernel.

import { conversion } from '../fixed/types.ts'
import type { HlsArgument } from '../hls/call.ts'
import { tableArgument } from './hls-answer.ts'

/** Indices as a table of the narrowest whole numbers. */
export function indexArgument(name: string, indices: readonly number[]): HlsArgument {
  const width = Math.max(1, Math.ceil(Math.log2(Math.max(...indices) + 1)))
  const type = conversion({ signed: false, width, frac: 0 })
  return tableArgument(name, type, indices.map(BigInt))
}
