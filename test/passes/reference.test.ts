// Recorded models through both pipelines: after every pass the graph verifies, and its text form reads back as it is.

import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compileModel } from '../../src/compile.ts'
import { parseGraph } from '../../src/ir/parse.ts'
import { printGraph } from '../../src/ir/print.ts'
import { loadConfig } from '../../src/node/load-config.ts'
import { loadModel } from '../../src/node/load-model.ts'
import type { OpGraph } from '../../src/ops/typed-node.ts'
import { hls4mlPipeline, losslessPipeline } from '../../src/passes/index.ts'
import { caseFolder, denseCases, missingReference } from '../support/reference.ts'

const missing = missingReference('hls4ml')

function expectRoundTrip(graph: OpGraph): void {
  const text = printGraph(graph)
  const parsed = parseGraph(text, graph.store)
  expect(parsed.nodes).toEqual(graph.nodes)
  expect(parsed.outputs).toEqual(graph.outputs)
  expect(printGraph(parsed)).toBe(text)
}

describe.skipIf(missing !== undefined)('passes on recorded models', () => {
  it.each(denseCases)("%s under hls4ml's rules", async name => {
    const folder = caseFolder(name)
    const { graph } = await loadModel(join(folder, 'model.h5'))
    const config = await loadConfig(join(folder, 'config.json'))
    const ran: string[] = []
    expectRoundTrip(graph)
    const onPass = (pass: { name: string }, after: OpGraph) => {
      ran.push(pass.name)
      expectRoundTrip(after)
    }
    compileModel(graph, { config, verifyPasses: true, onPass })
    expect(ran).toEqual(hls4mlPipeline.map(pass => pass.name))
  })

  it.each(denseCases)('%s without a config', async name => {
    const { graph } = await loadModel(join(caseFolder(name), 'model.h5'))
    const inputTypes = new Map(
      graph.nodes
        .filter(node => node.kind === 'input')
        .map(node => [node.name, { signed: true, width: 12, frac: 8 }]),
    )
    const ran: string[] = []
    const onPass = (pass: { name: string }, after: OpGraph) => {
      ran.push(pass.name)
      expectRoundTrip(after)
    }
    compileModel(graph, { inputTypes, verifyPasses: true, onPass })
    expect(ran).toEqual(losslessPipeline.map(pass => pass.name))
  })
})
