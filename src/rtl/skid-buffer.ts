// The register at a boundary of streams: valid, data and ready all leave it from registers, at one word a cycle. The
// second word is for the cycle in which the reader stops and the writer does not know it yet.

import type { FixedType } from '../fixed/types.ts'
import { buildFifo, type Fifo } from './fifo.ts'

/** A stream register of two words with registered ready; one cycle. */
export function buildSkidBuffer(name: string, types: readonly FixedType[]): Fifo {
  return buildFifo({ name, types, depth: 2, form: 'registers' })
}
