import { describe, expect, it } from 'vitest'
import type { Batch, RawBatch } from '../engines/engine.ts'
import { createFixedEngine } from '../engines/fixed/fixed.ts'
import { countOverflows } from '../engines/fixed/overflow.ts'
import { compileBeside } from '../engines/fixed/overflow-batch.ts'
import { parseGraph } from '../ir/parse.ts'
import { parseTensors } from '../ir/tensor-text.ts'
import { tensorDigest } from '../ir/text-words.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { opGraphOf } from '../ops/verify-graph.ts'
import { createThreadedEngine, startCrew } from './fixed-threads.ts'
import { countWraps, crewOf, runFixed } from './run-fixed.ts'

const store = parseTensors(`tensors {
  w = int<3>[2, 1]: 1, -3
  b = int<3>[1]: 1
}`)
const digest = (id: string) => tensorDigest(store.get(id)!)

/** r = relu(x0 − 3 x1 + 1); a result beyond 53 bits runs outside of vector code. */
function graph(result: string, accum = 'fixed<12,8>') {
  return opGraphOf(
    parseGraph(
      `graph "sum" {
        x = input() [2] from InputLayer { result: fixed<9,5> }
        y = dense<units=1, weightCoding="plain", inputCoding="plain">(x) [1] from Dense {
          weight = w int<3>[2, 1] #${digest('w')}
          bias = b int<3>[1] #${digest('b')}
          accum: ${accum}
          result: ${result}
          weight: int<3>
          bias: int<3>
          choose ReuseFactor=1, Strategy="Resource"
        }
        r = relu<maxValue=null>(y) [1] from Activation { result: ufixed<6,4,RND,SAT> }
        output r
      }`,
      store,
    ),
  )
}

const rows = 40_001
const batch: Batch = {
  rows,
  shape: [2],
  data: Float64Array.from({ length: 2 * rows }, (_, k) => ((k * 7919) % 601) / 16 - 18.8),
}
const names = ['x', 'y', 'r']

async function runThreaded(
  typed: OpGraph,
  inputs: readonly Batch[],
  wanted: readonly string[],
  threads: number,
  signal?: AbortSignal,
): Promise<Map<string, RawBatch>> {
  const engine = await createThreadedEngine(typed, threads)
  try {
    return await engine.run(inputs, wanted, signal)
  } finally {
    await engine.close()
  }
}

describe('the emulator on several threads', () => {
  it.each(['fixed<12,8>', 'fixed<70,8>', 'fixed<30,8,TRN,WRAP_SM>'])(
    'gives the same bits, through %s',
    async type => {
      const typed = graph(type)
      const expected = createFixedEngine(typed).run([batch], names)
      for (const threads of [1, 3])
        expect(await runThreaded(typed, [batch], names, threads)).toEqual(expected)
    },
  )

  it('gives the error of the first row that has one', async () => {
    const data = batch.data.slice()
    data[2 * 39_000] = Number.POSITIVE_INFINITY
    data[2 * 17_000 + 1] = Number.NaN
    await expect(runThreaded(graph('fixed<12,8>'), [{ ...batch, data }], ['r'], 2)).rejects.toThrow(
      'fixed/not-finite: x: NaN cannot be held by a fixed-point type',
    )
  })

  it('stops on a signal, and runs again afterwards', async () => {
    const typed = graph('fixed<12,8>')
    const engine = await createThreadedEngine(typed, 2)
    try {
      const controller = new AbortController()
      const stopped = engine.run([batch], ['r'], controller.signal)
      controller.abort(new Error('enough'))
      await expect(stopped).rejects.toThrow('enough')
    } finally {
      await engine.close()
    }
    const expected = createFixedEngine(typed).run([batch], ['r'])
    expect(await runThreaded(typed, [batch], ['r'], 2, new AbortController().signal)).toEqual(expected)
  })

  it('takes no rows at all', async () => {
    const empty = { rows: 0, shape: [2], data: new Float64Array(0) }
    const results = await runThreaded(graph('fixed<12,8>'), [empty], ['r'], 2)
    expect(results.get('r')).toEqual({ rows: 0, size: 1, raw: new Float64Array(0) })
  })
})

describe('wraps counted on several threads', () => {
  const some: Batch = { ...batch, rows: 3000, data: batch.data.subarray(0, 6000) }

  it.each(['fixed<9,5>', 'fixed<40,30>', 'fixed<70,8>'])('are those of one, results of %s', async result => {
    const typed = graph(result, 'fixed<7,3>')
    const expected = countOverflows(typed, [some])
    expect(expected.map(({ layer }) => layer)).toContain('y')
    for (const threads of [1, 3]) {
      const crew = startCrew(threads)
      try {
        const { compiled, pairs } = await compileBeside(typed)
        const program = await crew.load(compiled)
        const { counts } = await program.compare([some], pairs)
        const wrapped = (name: string) => expected.find(({ layer }) => layer === name)?.wrapped ?? 0
        expect(pairs.map(([name], k) => [name, counts[k]])).toEqual(
          pairs.map(([name]) => [name, wrapped(name)]),
        )
      } finally {
        await crew.close()
      }
    }
  })

  it('come from the crew that then gives the results', async () => {
    const typed = opGraphOf(
      parseGraph(
        `graph "wide" {
          x = input() [400] from InputLayer { result: fixed<6,4> }
          r = relu<maxValue=null>(x) [400] from Activation { result: ufixed<3,1> }
          output r
        }`,
        store,
      ),
    )
    const many = {
      rows: 3000,
      shape: [400],
      data: Float64Array.from({ length: 400 * 3000 }, (_, k) => (k % 97) / 4 - 12),
    }
    const expected = { overflows: countOverflows(typed, [many]), rows: 3000 }
    expect(expected.overflows.map(({ layer }) => layer)).toEqual(['x', 'r'])
    const crew = crewOf(3)
    try {
      expect(await countWraps(typed, [many])).toEqual(expected)
      expect(await countWraps(typed, [many], { crew })).toEqual(expected)
      const [own, other] = [
        await runFixed(typed, [many], ['r'], { crew }),
        await runFixed(typed, [many], ['r']),
      ]
      expect(Buffer.from((own.get('r')!.raw as Float64Array).slice().buffer)).toEqual(
        Buffer.from((other.get('r')!.raw as Float64Array).buffer),
      )
    } finally {
      await crew?.close()
    }
  })
})
