// Every ONNX, QONNX and PyTorch case recorded from hls4ml: predictions, traces and resolved types, raw-equal.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rawRow } from '../../src/engines/engine.ts'
import { createFixedEngine } from '../../src/engines/fixed/fixed.ts'
import { rawToNumber } from '../../src/fixed/convert.ts'
import { fixedPrecision, printPrecision } from '../../src/fixed/precision.ts'
import { parseNpy } from '../../src/formats/npy.ts'
import { conversionAt } from '../../src/ir/tensor-type.ts'
import { prepareModel } from '../../src/node/prepare.ts'
import type { OpNode } from '../../src/ops/index.ts'
import { caseFolder, onnxCases as cases, missingReference } from '../support/reference.ts'

const missing = missingReference('hls4ml')

interface Meta {
  readonly layers: readonly {
    readonly name: string
    readonly variables: readonly { readonly role: string; readonly name: string; readonly type: string }[]
  }[]
}

const npy = (path: string) => parseNpy(readFileSync(path), path)

async function run(name: string) {
  const folder = caseFolder(name)
  const { compiled, vectors } = await prepareModel({
    model: join(folder, 'model.onnx'),
    config: join(folder, 'config.json'),
    input: [join(folder, 'X.npy')],
  })
  const { nodes, outputs } = compiled.typed
  const names = nodes.map(node => node.name)
  const results = createFixedEngine(compiled.typed).run(vectors!, names)
  /** A layer's values by any of its names. */
  const values = (node: OpNode, rows: number) => {
    const raw = results.get(node.name)!
    const type = (k: number) => conversionAt(node.resolved.result!, node.shape, k).to.frac
    return Array.from({ length: rows }, (_, row) =>
      rawRow(raw, row).map((value, k) => rawToNumber(value, type(k))),
    ).flat()
  }
  const called = (layer: string) =>
    nodes.find(node => node.name === layer || node.origin.mergedNames.includes(layer))
  return { folder, nodes, outputs, values, called }
}

describe.skipIf(missing !== undefined)('ONNX cases of hls4ml', () => {
  it.each(cases)('%s: outputs and traces are raw-equal', async name => {
    const { folder, nodes, outputs, values, called } = await run(name)
    const recorded = npy(join(folder, 'y_hls.npy'))
    const output = nodes.find(node => node.name === outputs[0])!
    expect(values(output, recorded.shape[0]!)).toEqual([...recorded.data])
    const traces = join(folder, 'trace')
    for (const file of existsSync(traces) ? readdirSync(traces) : []) {
      const trace = npy(join(traces, file))
      const node = called(file.replace('.npy', ''))
      expect(node, file).toBeDefined()
      expect(values(node!, trace.shape[0]!), file).toEqual([...trace.data])
    }
  })

  it.each(cases)('%s: nodes and types are those hls4ml resolved', async name => {
    const { folder, nodes, called } = await run(name)
    const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as Meta
    expect(nodes.map(node => node.name)).toEqual(meta.layers.map(layer => called(layer.name)?.name))
    for (const layer of meta.layers) {
      const node = called(layer.name)!
      for (const variable of layer.variables) {
        if (variable.role !== 'attr' || !variable.name.endsWith('_t')) continue
        const resolved = node.resolved[variable.name.slice(0, -2)]
        if (resolved === undefined) continue
        const printed = printPrecision(fixedPrecision(conversionAt(resolved, [], 0)), 'canonical')
        expect(asFixed(printed), `${layer.name} ${variable.name}`).toBe(asFixed(variable.type))
      }
    }
  })
})

/** Integers are fixed-point types without fraction bits. */
function asFixed(type: string): string {
  return type.replace(/ap_(u?)int<(\d+)>/, 'ap_$1fixed<$2,$2,AP_TRN,AP_WRAP,0>')
}
