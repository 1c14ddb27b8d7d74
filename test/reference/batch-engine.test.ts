// Every dense case recorded from hls4ml through the compiled engine: outputs and traces raw-equal, all of it in vector
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
import { caseFolder, denseCases, missingReference } from '../support/reference.ts'

const missing = missingReference('hls4ml')
const npy = (path: string) => parseNpy(readFileSync(path), path)

describe.skipIf(missing !== undefined)('dense cases of hls4ml, compiled', () => {
  it.each(denseCases)('%s: outputs and traces are raw-equal', async name => {
    const folder = caseFolder(name)
    const { compiled, vectors } = await prepareModel({
      model: join(folder, 'model.h5'),
      config: join(folder, 'config.json'),
      input: [join(folder, 'X.npy')],
    })
    const { typed } = compiled
    expect(lowerGraph(typed).steps.filter(({ kind }) => kind === 'plain')).toEqual([])
    const traces = existsSync(join(folder, 'trace'))
      ? readdirSync(join(folder, 'trace')).map(file => file.replace('.npy', ''))
      : []
    const output = typed.outputs[0]!
    const results = await (await createBatchEngine(typed)).run(vectors!, [output, ...traces])
    const wrong = (layer: string, path: string) => {
      const got = toNumbers(nodeNamed(typed, layer), results.get(layer)!)
      return Array.from(npy(path).data.entries()).filter(([k, value]) => got[k] !== value)
    }
    expect(wrong(output, join(folder, 'y_hls.npy'))).toEqual([])
    for (const layer of traces) expect(wrong(layer, join(folder, 'trace', `${layer}.npy`)), layer).toEqual([])
  })
})
