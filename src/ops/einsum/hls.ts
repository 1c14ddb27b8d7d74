// A contraction of two tensors in C++.

import type { HlsBody } from '../../hls/call.ts'
import { type Refusal, refuse, type TypedOp } from '../definition.ts'
import type { EinsumAttrs } from './attrs.ts'

export function einsumHls(_op: TypedOp<EinsumAttrs>): HlsBody | Refusal {
  return refuse('hls/einsum', 'contractions of two tensors have no C++ kernel yet')
}
