import { describe, expect, test } from 'vitest'
import { fixedType } from '../fixed/types.ts'
import { createBuilder } from './builder.ts'
import { evaluateCombinational, evaluateSequence } from './evaluate.ts'

describe('evaluateCombinational', () => {
  test('gives each kind of cell its value', () => {
    const b = createBuilder()
    const x = b.input('x', fixedType(true, 6, 2)) // 5.25 = 21
    const y = b.input('y', fixedType(true, 6, 0)) // -3
    const table = { name: 't', first: -32n, values: Array.from({ length: 64 }, (_, k) => BigInt(k)), frac: 0 }
    const outputs = [
      [b.add(x, y, 1), -3n], // 5.25 − 6 = −0.75 = −3/4
      [b.sub(x, y, -1), 27n], // 5.25 + 1.5 = 27/4
      [b.negate(y), 3n],
      [b.mul(x, y), -63n],
      [b.lt(x, y), 0n],
      [b.eq(x, b.constant(21n, 2)), 1n],
      [b.mux(b.lt(y, x), y, x), -12n], // −3 at frac 2
      [b.max(x, y), 21n],
      [b.min(x, y), -12n],
      [b.bits(x, 2, 3, false, 0), 5n],
      [b.bits(y, -1, 4, true, 0), -6n],
      [b.floorTo(x, 0), 5n],
      [b.scale(x, 3), 21n],
      [b.table(y, table), 29n],
      [b.xor(b.lt(y, x), b.eq(x, y)), 1n],
      [b.within(y, -3n, 2n), -3n],
    ] as const
    outputs.forEach(([net], k) => {
      b.output(`o${k}`, net)
    })
    expect(evaluateCombinational(b.finish(), [21n, -3n])).toEqual(outputs.map(([, value]) => value))
  })

  test('notices a value outside the interval that was claimed', () => {
    const b = createBuilder()
    b.output('y', b.within(b.input('x', fixedType(false, 4, 0)), 0n, 5n))
    const netlist = b.finish()
    expect(evaluateCombinational(netlist, [5n])).toEqual([5n])
    expect(() => evaluateCombinational(netlist, [6n])).toThrow('outside [0, 5]')
  })
})

describe('evaluateSequence', () => {
  test('clocks registers, with enable, reset and loops', () => {
    const b = createBuilder()
    const go = b.input('go', fixedType(false, 1, 0))
    const count = b.registerLoop(fixedType(false, 3, 0), { reset: 6n, enable: go })
    b.connect(count, b.bits(b.add(count, b.constant(1n, 0)), 0, 3, false, 0))
    b.output('count', count)
    b.output('late', b.register(count))
    expect(evaluateSequence(b.finish(), [[1n], [0n], [1n], [1n], [1n]])).toEqual([
      [6n, 0n],
      [7n, 6n],
      [7n, 7n],
      [0n, 7n],
      [1n, 0n],
    ])
  })
})
