// Every case recorded from hls4ml of the layers that there are through the compiled engine: outputs and traces raw-equal, all of it in vector
// code.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createBatchEngine } from '../../src/engines/fixed/batch.ts'
import { toNumbers } from '../../src/engines/fixed/fixed.ts'
import { lowerGraph } from '../../src/engines/fixed/lanes/lower-graph.ts'
import { parseNpy } from '../../src/formats/npy.ts'
import { nodeNamed } from '../../src/ir/graph.ts'
import { prepareModel } from '../../src/node/prepare.ts'
import { caseFiles, caseFolder, denseCases, layerCases, missingReference } from '../support/reference.ts'

const missing = missingReference('hls4ml')
/** Cases of values of more than 64 bits, which are computed step by step. */
const beyondLanes: ReadonlySet<string> = new Set(['merge_all_ops'])

const npy = (path: string) => parseNpy(readFileSync(path), path)

describe.skipIf(missing !== undefined)('cases of hls4ml, compiled', () => {
  it.each([...denseCases, ...layerCases])('%s: outputs and traces are raw-equal', async name => {
    const folder = caseFolder(name)
    const { compiled, vectors } = await prepareModel({
      model: join(folder, 'model.h5'),
      config: join(folder, 'config.json'),
      input: caseFiles(name).inputs,
    })
    const { typed } = compiled
    if (!beyondLanes.has(name))
      expect(lowerGraph(typed).steps.filter(({ kind }) => kind === 'plain')).toEqual([])
    const traces = existsSync(join(folder, 'trace'))
      ? readdirSync(join(folder, 'trace')).map(file => file.replace('.npy', ''))
      : []
    const results = await (await createBatchEngine(typed)).run(vectors!, [...typed.outputs, ...traces])
    const wrong = (layer: string, path: string) => {
      const got = toNumbers(nodeNamed(typed, layer), results.get(layer)!)
      return Array.from(npy(path).data.entries()).filter(([k, value]) => got[k] !== value)
    }
    for (const [k, path] of caseFiles(name).outputs.entries())
      expect(wrong(typed.outputs[k]!, path)).toEqual([])
    for (const layer of traces) expect(wrong(layer, join(folder, 'trace', `${layer}.npy`)), layer).toEqual([])
  })
})
