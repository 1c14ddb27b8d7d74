import { describe, expect, test } from 'vitest'
import { fixedType } from '../fixed/types.ts'
import { createBuilder } from './builder.ts'
import type { Netlist } from './netlist.ts'
import { pipeline } from './pipeline.ts'
import { parseNetlist, printNetlist } from './text.ts'

function everything(): Netlist {
  const b = createBuilder()
  const x = b.input('x', fixedType(true, 6, 2))
  const y = b.input('y', fixedType(false, 4, -1))
  b.layer('fc "1"\\')
  const sum = b.name(b.sub(x, y, -2), 'sum\n')
  const table = {
    name: 'square',
    first: -32n,
    values: Array.from({ length: 64 }, (_, k) => BigInt(k * k)),
    frac: 3,
  }
  const squared = b.table(x, table)
  const less = b.and(b.lt(x, y), b.not(b.eq(x, b.constant(3n, 0))))
  b.layer('state')
  const counter = b.registerLoop(fixedType(false, 4, 0), { reset: 5n })
  b.connect(counter, b.bits(b.add(counter, b.constant(1n, 0)), 0, 4, false, 0), less)
  const memory = b.memory({ name: 'm', depth: 16, element: fixedType(true, 6, 2), initial: [1n, -2n] })
  const rom = b.memory({ name: 'rom', depth: 16, element: fixedType(true, 6, 2), initial: undefined })
  b.write(memory, counter, x, less)
  b.output('a', b.mux(less, b.scale(sum, 5), b.mul(squared, x)))
  b.output('b', b.or(b.xor(less, b.bits(y, 1, 1, false, 0)), less))
  b.output('c', b.register(b.read(memory, counter)))
  b.output('d', b.read(rom, counter, less))
  b.output('e', b.instanceOutput({ min: -1n, max: 1n << 70n, frac: 0 }))
  return b.finish()
}

describe('printNetlist and parseNetlist', () => {
  test('are inverses', () => {
    const netlist = everything()
    expect(parseNetlist(printNetlist(netlist))).toEqual(netlist)
  })

  test('print one line per cell', () => {
    const b = createBuilder()
    const x = b.input('x', fixedType(true, 4, 1))
    b.layer('fc1')
    b.output('y', b.name(b.add(x, x, 2), 'five'))
    const { netlist } = pipeline(b.finish(), { clockNs: 10, family: 'xc7', enable: 'ce' })
    expect(printNetlist(netlist)).toBe(
      [
        '(layers "" "fc1")',
        '(%0 (input 0) [0 1] /0 @0)',
        '(%1 (input 1) [-8 7] /1 @0)',
        '(%2 (add %1 %1 2) [-40 35] /1 @1 "five")',
        '(%3 (register %2 %0) [-40 35] /1 @1 "five_r1")',
        '(in "ce" %0)',
        '(in "x" %1)',
        '(out "y" %3)',
        '',
      ].join('\n'),
    )
  })

  for (const [name, text, message] of [
    ['an unknown kind', '(%0 (adder) [0 1] /0 @0)', "line 1: 'adder' is no kind of cell"],
    [
      'a net out of order',
      '(layers "")\n(%1 (constant) [0 1] /0 @0)',
      'line 2: net %1 stands where %0 belongs',
    ],
    ['a later operand', '(layers "")\n(%0 (not %1) [0 1] /0 @0)', 'net %0 reads %1'],
    [
      'a missing operand',
      '(%0 (add %1 2) [0 1] /0 @0)',
      'line 1: add has 2 operands and parameters; expected 3',
    ],
    ['an open list', '(layers ""', 'line 1: a list is never closed'],
    ['a missing table', '(%0 (input 0) [0 1] /0 @0)\n(%1 (table %0 0) [0 1] /0 @0)', 'net %1 names table 0'],
    ['a word out of place', '(cells)', "line 1: a line begins with 'cells'"],
  ] as const)
    test(`refuse ${name}`, () => {
      expect(() => parseNetlist(text)).toThrow(message)
    })
})
