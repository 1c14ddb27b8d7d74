// A contraction with a constant kernel in C++.

import type { HlsBody } from '../../hls/call.ts'
import { type Refusal, refuse, type TypedOp } from '../definition.ts'
import type { EinsumDenseAttrs } from './attrs.ts'

export function einsumDenseHls(_op: TypedOp<EinsumDenseAttrs>): HlsBody | Refusal {
  return refuse('hls/einsum', 'contractions have no C++ kernel yet')
}
