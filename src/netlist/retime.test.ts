import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fixedType } from '../fixed/types.ts'
import { createBuilder } from './builder.ts'
import { delayModelOf } from './delay.ts'
import { pipeline } from './pipeline.ts'
import { retime } from './retime.ts'
import {
  aloneNs,
  operandsOfCell,
  registerBits,
  type Schedule,
  scheduleEarly,
  scheduleTask,
  settle,
  type Task,
} from './schedule.ts'
import { randomNetlist } from './testing/random-netlist.ts'

/** Every way to lay the cells out over so many stages that keeps the order and the budget. */
function* allSchedules(task: Task, latency: number, budgetNs: number): Generator<Schedule> {
  const moving = Array.from(task.cells).filter(net => operandsOfCell(task, net).length > 0)
  const stage = new Int32Array(task.delay.length)
  function* place(k: number): Generator<Schedule> {
    const net = moving[k]
    if (net === undefined) {
      const made = settle(task, stage, latency)
      if (task.cells.every(cell => made.cap[cell]! <= budgetNs + 1e-9)) yield made
      return
    }
    const first = operandsOfCell(task, net).reduce(
      (last, operand) => Math.max(last, stage[operand]! + task.lag[operand]!),
      0,
    )
    for (let at = first; at < latency; at++) {
      stage[net] = at
      yield* place(k + 1)
    }
  }
  yield* place(0)
}

describe('the earliest schedule and its retiming', () => {
  test('no schedule has fewer stages, and none of as many holds fewer register bits', () => {
    let tried = 0
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 2, max: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 1 }),
        (seed, cells, tightness, more) => {
          const task = scheduleTask(randomNetlist({ seed, cells }), delayModelOf('xcup'))
          if (task.cells.length > 12) return
          const slowest = aloneNs(task).reduce((a, b) => Math.max(a, b), task.lateNs)
          const budget = slowest * (1 + 2 * tightness)
          const early = scheduleEarly(task, budget)
          if (early.latency > 1) expect([...allSchedules(task, early.latency - 1, budget)]).toEqual([])
          const given = { ...early, latency: Math.min(4, early.latency + more) }
          if (given.latency < early.latency) return
          let least = Number.POSITIVE_INFINITY
          for (const other of allSchedules(task, given.latency, budget))
            least = Math.min(least, registerBits(task, other))
          expect(registerBits(task, retime(task, given, budget))).toBe(least)
          tried++
        },
      ),
      { numRuns: 200, seed: 5 },
    )
    expect(tried).toBeGreaterThan(100)
  }, 30_000)

  test('a value that many stages need is made where it is narrowest', () => {
    const b = createBuilder()
    b.layer('l')
    const x = [0, 1, 2, 3].map(k => b.input(`x${k}`, fixedType(true, 16, 0)))
    const sum = b.add(b.add(x[0]!, x[1]!), b.add(x[2]!, x[3]!))
    b.output('y', sum)
    const { registerBits: bits } = pipeline(b.finish(), { clockNs: 5, family: 'xcup', minimumLatency: 3 })
    expect(bits).toBe(3 * 18)
  })
})
