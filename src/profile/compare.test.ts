import { describe, expect, it } from 'vitest'
import { type CompiledModel, compileModel } from '../compile.ts'
import { parseConfig } from '../config/parse.ts'
import { createFixedEngine, toNumbers } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import { importModel } from '../frontends/index.ts'
import { type ContractionCase, keras2File } from '../frontends/keras/testing/contraction-models.ts'
import { nodeNamed } from '../ir/graph.ts'
import { matchLayers } from '../search/match-layers.ts'
import { compareModel, createComparer } from './compare.ts'
import { piece } from './rows.ts'
import { randomRows, smallModel } from './testing/small-model.ts'

const x = randomRows(300, 4, 3)

/** Float and fixed-point results of a pair of layers. */
function both(compiled: CompiledModel, fixed: string, float: string) {
  const f = runFloat(compiled.source, [x], [float]).get(float)!.data
  const raw = createFixedEngine(compiled.typed).run([x], [fixed]).get(fixed)!
  return { f, q: toNumbers(nodeNamed(compiled.typed, fixed), raw) }
}

/** A result that is inferred lets the normalisation behind it be folded in. */
const folding = { fc: { Precision: { result: 'auto' } } }

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0)

describe('layers of both models', () => {
  it('are those that passes kept, folded ones standing for the last', async () => {
    const compiled = await smallModel(folding)
    const { floatOf, unmatched } = matchLayers(compiled.source, compiled.typed)
    expect(compiled.typed.nodes.map(({ name }) => `${name} = ${floatOf.get(name)}`)).toMatchInlineSnapshot(`
      [
        "x = x",
        "fc = bn",
        "relu = relu",
        "out = out",
        "prob = prob",
      ]
    `)
    expect(unmatched).toMatchInlineSnapshot(`
      [
        {
          "in": "float",
          "name": "fc",
          "reason": "folded away: 'fc' in fixed point has the results of 'bn'",
        },
      ]
    `)
  })

  it('are told to be missing where the last is skipped', async () => {
    const compiled = await smallModel({ prob: { Skip: true } })
    const { unmatched } = matchLayers(compiled.source, compiled.typed)
    expect(unmatched).toContainEqual({
      name: 'prob',
      in: 'float',
      reason: 'left out of the fixed-point model at its end',
    })
  })
})

describe('differences', () => {
  it('are those of the two engines, written again', async () => {
    const compiled = await smallModel(folding)
    const { layers, rows } = compareModel(compiled, [x])
    expect(rows).toBe(300)
    for (const layer of layers) {
      const { f, q } = both(compiled, layer.layer, layer.float)
      const d = q.map((value, k) => Math.abs(value - f[k]!))
      expect(layer.norm).toBeCloseTo(Math.hypot(...d), 10)
      expect(layer.floatNorm).toBeCloseTo(Math.hypot(...f), 10)
      expect(layer.difference.max).toBe(Math.max(...d))
      expect(layer.largestSteps).toBeCloseTo(Math.max(...d) / layer.type.step, 8)
      expect(layer.overStep).toBe(d.filter(value => value > layer.type.step).length / d.length)
      const [mf, mq] = [sum(f) / f.length, sum(q) / q.length]
      const covariance = sum(f.map((value, k) => (value - mf) * (q[k]! - mq)))
      const spread = Math.sqrt(sum(f.map(v => (v - mf) ** 2)) * sum(q.map(v => (v - mq) ** 2)))
      expect(layer.correlation).toBeCloseTo(covariance / spread, 12)
      const relative = d.map((value, k) => (f[k] === 0 ? 0 : Math.min(1, value / Math.abs(f[k]!)))).sort()
      expect(layer.relativeDifference.max).toBeCloseTo(relative.at(-1)!, 12)
      expect(layer.relativeDifference.quantiles.p50).toBeCloseTo(
        (relative[relative.length / 2]! + relative[relative.length / 2 - 1]!) / 2,
        12,
      )
    }
  })

  it('do not depend on the pieces that rows come in', async () => {
    const compiled = await smallModel()
    const comparer = createComparer(compiled)
    for (let row = 0; row < 300; row += 70) comparer.add(piece([x], row, 70))
    expect(comparer.result()).toEqual(compareModel(compiled, [x]))
  })

  it('count decisions and ties, and accuracy where there are labels', async () => {
    const compiled = await smallModel({ out: { Precision: { result: 'fixed<4,4>' } } })
    const { f, q } = both(compiled, 'prob', 'prob')
    const decided = (data: Float64Array) =>
      Array.from({ length: 300 }, (_, row) => (data[2 * row + 1]! > data[2 * row]! ? 1 : 0))
    const [byFloat, byFixed] = [decided(f), decided(q)]
    const labels = byFloat.map((decision, row) => (row % 3 === 0 ? 1 - decision : decision))
    const { decisions, accuracy } = compareModel(compiled, [x], labels)
    expect(decisions).toEqual([
      {
        output: 'prob',
        rows: 300,
        differ: byFloat.filter((decision, row) => decision !== byFixed[row]).length,
        ties: byFixed.filter((_, row) => q[2 * row] === q[2 * row + 1]).length,
      },
    ])
    expect(decisions[0]!.ties).toBeGreaterThan(0)
    expect(accuracy).toEqual({
      float: 200 / 300,
      fixed: labels.filter((label, row) => label === byFixed[row]).length / 300,
    })
  })
})

describe('the first layer that diverges', () => {
  const first = async (layers: Record<string, unknown>, precision?: string) => {
    const { firstDivergence } = compareModel(await smallModel(layers, precision), [x])
    return firstDivergence === undefined ? undefined : `${firstDivergence.layer}: ${firstDivergence.cause}`
  }
  // Without the softmax, whose default tables are coarse.
  const noTable = { prob: { Skip: true } }

  it('is none where bits are only rounded, however coarsely', async () => {
    expect(await first(noTable)).toBeUndefined()
    expect(await first(noTable, 'fixed<10,6>')).toBeUndefined()
    expect(await first({ ...noTable, ...folding }, 'fixed<10,6>')).toBeUndefined()
    expect(
      await first({
        ...noTable,
        fc: { Precision: { weight: 'fixed<6,3>', accum: 'fixed<12,8>', result: 'fixed<9,6>' } },
      }),
    ).toBeUndefined()
  })

  it('is none where contractions cut every product, until one saturates', async () => {
    const attention: ContractionCase = {
      className: 'Attention',
      config: { use_scale: false, score_mode: 'dot', dropout: 0 },
      inputs: { q: [3, 4], v: [5, 4] },
      call: ['q', 'v'],
      weights: {},
      numpy: '',
    }
    const source = await importModel([await keras2File(attention)])
    const inputs = [randomRows(20, 12, 3), randomRows(20, 20, 3)]
    const firstWith = (scores: string) => {
      const LayerName = {
        layer_scores: { Precision: { accum: scores } },
        layer_softmax: { TableSize: 65536 },
      }
      const config = parseConfig({ Model: { Precision: 'fixed<12,6>', ReuseFactor: 1 }, LayerName }, 'c')
      const { layers } = compareModel(compileModel(source, { config }), inputs)
      return layers.flatMap(({ layer, own }) => (own!.beyond > 0 ? [layer] : []))
    }
    expect(firstWith('fixed<12,6>')).toEqual(['layer_softmax'])
    expect(firstWith('fixed<8,2,RND,SAT>')).toEqual(['layer_scores', 'layer_softmax'])
  })

  it('is the one whose result has too few integer bits', async () => {
    expect(await first({ ...noTable, relu: { Precision: 'fixed<12,2>' } })).toBe('relu: range')
    expect(await first({ ...noTable, x: { Precision: 'fixed<12,2>' } })).toBe('x: range')
    expect(await first({ ...noTable, out: { Precision: { result: 'fixed<12,1,TRN,SAT>' } } })).toBe(
      'out: range',
    )
  })

  it('is the one whose accumulator wraps, though its result would hold the sum', async () => {
    const wraps = { Precision: { accum: 'fixed<14,2>', result: 'fixed<16,6>' } }
    expect(await first({ ...noTable, out: wraps })).toBe('out: inside')
  })

  it('is the softmax whose tables are coarse, or that gives no shares', async () => {
    expect(await first({ prob: { table_size: 16 } })).toBe('prob: table')
    expect(await first({ prob: { Implementation: 'argmax' } })).toBe('prob: argmax')
  })

  it('is not one that only inherits', async () => {
    const compiled = await smallModel({ ...noTable, x: { Precision: 'fixed<12,2>' } })
    const { layers } = compareModel(compiled, [x])
    expect(layers.map(({ layer, own }) => `${layer} ${own!.beyond > 0}`)).toEqual(
      expect.arrayContaining(['x true', 'relu false', 'out false']),
    )
    expect(layers.find(({ layer }) => layer === 'out')!.largestSteps).toBeGreaterThan(100)
  })
})
