import { describe, expect, it } from 'vitest'
import { fixedType } from '../fixed/types.ts'
import { createSimulator } from '../netlist/simulate.ts'
import { buildFifo } from './fifo.ts'
import { flatten } from './flatten.ts'
import type { RtlModule } from './module.ts'
import { runStream } from './run-stream.ts'
import { buildSkidBuffer } from './skid-buffer.ts'
import { stallPattern } from './stream-ports.ts'

const types = [fixedType(true, 9, 3), fixedType(false, 0, 0), fixedType(false, 4, 0)]
const words = Array.from({ length: 300 }, (_, k) => [BigInt(((k * 37) % 512) - 256), 0n, BigInt(k % 16)])
const frames = { s_data: words.map(word => [word]) }

function expectOrder(module: RtlModule, options: object = {}) {
  const run = runStream(module, frames, options)
  expect(run.outputs.m_data!.flat()).toEqual(words)
  return run
}

const subjects = [
  ...[2, 3, 4].map(depth => buildFifo({ name: 'f', types, depth, form: 'registers' })),
  ...[1, 2, 3, 4, 7, 16].map(depth => buildFifo({ name: 'f', types, depth, form: 'memory' })),
  buildSkidBuffer('skid', types),
]

describe('FIFOs', () => {
  it.each(subjects)(
    '$module.summary: keeps the order under random stalls and a reset in mid-stream',
    fifo => {
      for (let seed = 0; seed < 4; seed++) {
        expectOrder(fifo.module, { stall: stallPattern(seed), resetAt: 90 + 7 * seed })
        expectOrder(fifo.module, { stall: stallPattern(seed, 0, 250) })
      }
    },
  )

  it.each(subjects)('$module.summary: takes a word a cycle and shows it when promised', fifo => {
    const run = expectOrder(fifo.module)
    expect(run.latency).toBe(fifo.latency)
    // One word of memory is taken again only when it has been read.
    expect(run.ii).toBe(fifo.capacity === 2 && fifo.latency === 2 ? 2 : 1)
  })

  it.each(subjects)('$module.summary: holds as many words as it says', fifo => {
    const simulator = createSimulator(flatten(fifo.module))
    simulator.tick(true)
    simulator.set('s_valid[0]', 1)
    let taken = 0
    for (let cycle = 0; cycle < 40; cycle++) {
      taken += simulator.getNumber('s_ready[0]')
      simulator.tick()
    }
    expect(taken).toBe(fifo.capacity)
  })
})
