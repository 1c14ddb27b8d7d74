// Registers in vector code: values move on by one lane, from each four cycles to the next.

import type { Net } from '../netlist.ts'
import {
  aligned,
  constant,
  localGet,
  localSet,
  localTee,
  type VectorContext,
  vectorOp,
  type Words,
  widen,
} from './vector-operands.ts'

/** The values one cycle earlier: the last lane of the vector before, then all lanes of this one but the last. */
export function shiftInTime(context: VectorContext, net: Net, part: number): void {
  const { netlist, words, code } = context
  const own = words[net] as Words
  const next = (half: number) => {
    aligned(context, netlist.a[net]! as Net, net, 0, half)
    const value = netlist.resets.get(net)
    if (value !== undefined) underReset(context, value, own, half)
  }
  if (own === 2) {
    shiftPair(context, net, part, next)
    return
  }
  const [fresh, result] = [context.scratch(0), context.scratch(1)]
  const enable = netlist.b[net]! as Net
  const reset = netlist.resets.has(net)
  next(0)
  code.byte(localSet)
  code.unsigned(fresh)
  context.pushState(net)
  code.byte(localGet)
  code.unsigned(fresh)
  code.vector(vectorOp.shuffle)
  code.byte(12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27)
  if (enable >= 0) {
    context.pushChoice(enable, reset)
    code.vector(vectorOp.swizzle)
  }
  code.byte(localSet)
  code.unsigned(result)
  context.storeState(net, () => {
    code.byte(localGet)
    code.unsigned(fresh)
    if (enable < 0) return
    code.byte(localGet)
    code.unsigned(result)
    context.pushMask(enable, reset)
    code.vector(vectorOp.bitselect)
  })
  code.byte(localGet)
  code.unsigned(result)
}

/** The stack's top, with the value in the lanes of cycles of reset. */
function underReset(context: VectorContext, value: bigint, words: Words, half: number): void {
  const { code } = context
  const kept = context.scratch(3)
  code.byte(localSet)
  code.unsigned(kept)
  constant(context, value, words)
  code.byte(localGet)
  code.unsigned(kept)
  if (words === 1) context.pushReset()
  else widen(context, context.pushReset, half)
  code.vector(vectorOp.bitselect)
}

/** Both parts need the first half of the source; only the second is kept as state. */
function shiftPair(context: VectorContext, net: Net, part: number, next: (half: number) => void): void {
  const { code } = context
  const [fresh, result] = [context.scratch(0), context.scratch(1)]
  if (part === 0) context.pushState(net)
  else next(0)
  next(part)
  if (part === 1) {
    code.byte(localTee)
    code.unsigned(fresh)
  }
  code.vector(vectorOp.shuffle)
  code.byte(8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23)
  if (part === 0) return
  code.byte(localSet)
  code.unsigned(result)
  context.storeState(net, () => {
    code.byte(localGet)
    code.unsigned(fresh)
  })
  code.byte(localGet)
  code.unsigned(result)
}
