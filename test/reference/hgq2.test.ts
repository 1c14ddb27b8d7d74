// The public models of HGQ2, against a forward pass in numpy: the same numbers, bit for bit.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compileModel } from '../../src/compile.ts'
import type { Batch } from '../../src/engines/engine.ts'
import { createFixedEngine, toNumbers } from '../../src/engines/fixed/fixed.ts'
import { runFloat } from '../../src/engines/float.ts'
import { interpret } from '../../src/engines/interpreter/interpret.ts'
import { importModel } from '../../src/frontends/index.ts'
import { nodeNamed } from '../../src/ir/graph.ts'
import { prepareDesign } from '../../src/node/hardware.ts'
import { verifyDesign } from '../../src/node/verify-design.ts'
import { missingNumpy, nested, numbers, numpyResults } from '../hgq2/numpy.ts'
import { missingReference, referenceFolder } from '../support/reference.ts'

const missing = missingReference('real/hgq2') ?? missingNumpy()
const rows = 300

describe.skipIf(missing !== undefined)('models of HGQ2', () => {
  it.each([
    { name: 'jets-hgq-76.8', shape: [16] },
    { name: 'mha-8-particles', shape: [8, 3] },
  ])('$name: results are those of numpy, raw', async ({ name, shape }) => {
    const path = join(referenceFolder, 'real/hgq2', `${name}.keras`)
    const bytes = new Uint8Array(readFileSync(path))
    const graph = await importModel([{ name: path, bytes }])
    const { typed, findings } = compileModel(graph, { verifyPasses: true })
    expect(findings).toEqual([])
    const size = shape.reduce((a, b) => a * b, 1)
    const batch: Batch = { rows, shape, data: numbers(rows * size) }
    const inputs = [nested([...batch.data], [rows, ...shape])]
    const [expected = []] = await numpyResults([{ bytes, inputs }])
    expect(new Set(expected).size).toBeGreaterThan(100)
    const last = typed.outputs[0]!
    const { raw } = createFixedEngine(typed).run([batch], [last]).get(last)!
    const outputs = raw.length / rows
    expect([...toNumbers(nodeNamed(typed, last), { rows, size: outputs, raw })]).toEqual(expected)
    expect([...runFloat(graph, [batch], graph.outputs).get(graph.outputs[0]!)!.data]).toEqual(expected)
    const first = { ...batch, rows: 1, data: batch.data.slice(0, size) }
    const slow = interpret(typed, [first], [last]).get(last)!
    expect([...slow.raw].map(BigInt)).toEqual([...raw].slice(0, outputs).map(BigInt))
  })

  it('the jet tagger as cells gives the same bits', async () => {
    const made = await prepareDesign({
      model: join(referenceFolder, 'real/hgq2/jets-hgq-76.8.keras'),
      part: 'xcvu13p-flga2577-2-e',
      clock: 5,
      effort: 0,
    })
    const batch: Batch = { rows: 100, shape: [16], data: numbers(1600) }
    const { roads, timingHolds } = await verifyDesign(made.prepared.compiled, made.design, [batch], {
      roads: ['netlist'],
    })
    expect(roads).toMatchObject([{ road: 'netlist', equal: true }])
    expect(timingHolds).toBe(true)
  })
})
