import { describe, expect, test } from 'vitest'
import { fixedType } from '../fixed/types.ts'
import { createBuilder } from './builder.ts'
import { cellDelaysNs, delayModelOf, families, speedGradeOf, speedGrades, stageOverheadNs } from './delay.ts'
import type { Net } from './netlist.ts'
import { scheduleEarly, scheduleTask } from './schedule.ts'
import { longestPathNs } from './testing/bit-arrival.ts'

describe('delay models', () => {
  test('speed grades are read from part numbers', () => {
    expect(
      [
        'xcu250-figd2104-2L-e',
        'xcvu13p-flga2577-2-e',
        'xczu3eg-sfvc784-1-e',
        'xc7z020clg400-1',
        'xczu5ev-sfvc784-1LV-i',
        'xcvu9p-flga2104-3-e',
        'xc7z020',
      ].map(speedGradeOf),
    ).toEqual(['-2', '-2', '-1', '-1', '-1L', '-2', '-1'])
  })

  test('no grade is slower than one before it, and no generation than the one before', () => {
    for (const family of families) {
      const overheads = speedGrades.map(grade => stageOverheadNs(family, grade))
      expect(overheads).toEqual([...overheads].sort((a, b) => b - a))
    }
    const levels = families.map(family => delayModelOf(family).net + delayModelOf(family).lut)
    expect(levels).toEqual([...levels].sort((a, b) => b - a))
  })

  /** Sums in series, each of the last and an input. */
  function chain(length: number) {
    const b = createBuilder()
    b.layer('l')
    let sum: Net = b.input('x', fixedType(true, 24, 0))
    for (let k = 0; k < length; k++) sum = b.add(sum, b.input(`x${k}`, fixedType(true, 24, 0)))
    b.output('y', sum)
    return b.finish()
  }

  test('sums in series share one run along the carry chain', () => {
    const model = delayModelOf('xc7')
    const settled = (length: number) => {
      const task = scheduleTask(chain(length), model)
      return Math.max(...scheduleEarly(task, 1000).cap)
    }
    const alone = Math.max(...cellDelaysNs(chain(1), 'xc7'))
    expect(settled(1)).toBeCloseTo(alone, 9)
    const entry = model.net + model.lut + model.carryIn + model.carryOut
    expect(settled(5)).toBeCloseTo(5 * entry + 26 * (model.carryBlock / 4), 9)
    expect(settled(5)).toBeLessThan(4 * alone)
    expect(settled(5)).toBeCloseTo(longestPathNs(chain(5), model), 9)
  })

  test('a sign is a wire, and choices between choices share a LUT', () => {
    const model = delayModelOf('xcup')
    const b = createBuilder()
    b.layer('l')
    const [x, y, z] = ['x', 'y', 'z'].map(name => b.input(name, fixedType(true, 12, 0)))
    const negative = (net: Net) => b.lt(net, b.constant(0n, 0))
    b.output('y', b.mux(negative(x!), z!, b.mux(b.and(negative(y!), negative(z!)), x!, y!)))
    const netlist = b.finish()
    const task = scheduleTask(netlist, model)
    expect(Math.max(...scheduleEarly(task, 1000).cap)).toBeCloseTo(model.net + model.lut, 9)
    expect(task.inside.reduce((sum, one) => sum + one, 0)).toBe(2)
  })
})
