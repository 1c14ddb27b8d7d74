import { expect, test } from 'vitest'
import { fixedType } from '../fixed/types.ts'
import { cellDelaysNs, stageOverheadNs } from '../netlist/delay.ts'
import { slowestPath } from './loop-delay.ts'
import { createModule } from './module-builder.ts'

test('cells that nothing uses are on no path', () => {
  const module = createModule('m', 'a sum, and a comparison that is left over')
  const b = module.netlist
  const byte = fixedType(true, 8, 0)
  const [x, y] = module.input('x', [byte, byte])
  const sum = b.add(x!, y!)
  b.lt(sum, b.constant(50n, 0))
  module.output('y', [b.register(sum)], [fixedType(true, 9, 0)])
  const built = module.finish()
  const adder = Math.max(...cellDelaysNs(built.netlist, 'xc7').slice(0, sum + 1))
  expect(slowestPath(built, 'xc7')).toBeCloseTo(adder + stageOverheadNs('xc7'), 6)
})
