// Every case recorded from hls4ml of the layers that there are: predictions, traces and resolved types, raw-equal.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runFloat } from '../../src/engines/float.ts'
import { fixedPrecision, printPrecision } from '../../src/fixed/precision.ts'
import { parseNpy } from '../../src/formats/npy.ts'
import { conversionAt } from '../../src/ir/tensor-type.ts'
import { predict } from '../../src/node/predict.ts'
import { prepareModel } from '../../src/node/prepare.ts'
import { caseFiles, caseFolder, denseCases, layerCases, missingReference } from '../support/reference.ts'

const missing = missingReference('hls4ml')
const cases = [...denseCases, ...layerCases]

interface Meta {
  readonly layers: readonly {
    readonly name: string
    readonly variables: readonly {
      readonly role: string
      readonly name: string
      readonly var?: string
      readonly type: string
    }[]
  }[]
}

const npy = (path: string) => parseNpy(readFileSync(path), path)

/** Elements that differ; an empty list is equality. */
function differences(got: Float64Array, recorded: Float64Array): number[] {
  if (got.length !== recorded.length && got.length < recorded.length) return [-1]
  return Array.from(recorded.keys()).filter(k => recorded[k] !== got[k])
}

describe.skipIf(missing !== undefined)('cases of hls4ml', () => {
  it.each(cases)('%s: outputs and traces are raw-equal', async name => {
    const folder = caseFolder(name)
    const options = {
      model: join(folder, 'model.h5'),
      config: join(folder, 'config.json'),
      input: caseFiles(name).inputs,
    }
    const traces = existsSync(join(folder, 'trace'))
      ? readdirSync(join(folder, 'trace')).map(file => file.replace('.npy', ''))
      : []
    const { trace, outputs } = await predictTraced(options)
    const recorded = caseFiles(name).outputs
    expect(outputs).toHaveLength(recorded.length)
    for (const [k, path] of recorded.entries())
      expect(differences(outputs[k]!.data, npy(path).data), path).toEqual([])
    for (const layer of traces) {
      const recorded = npy(join(folder, 'trace', `${layer}.npy`))
      const got = trace.get(layer)
      expect(got, `layer ${layer} of ${name}`).toBeDefined()
      expect(differences(got!.data, recorded.data), `trace of ${layer}`).toEqual([])
    }
  })

  it.each(cases)('%s: the float meaning is what Keras computes', async name => {
    const { compiled, vectors } = await prepareModel({
      model: join(caseFolder(name), 'model.h5'),
      config: join(caseFolder(name), 'config.json'),
      input: caseFiles(name).inputs,
    })
    const { source } = compiled
    const results = runFloat(source, vectors!, source.outputs)
    for (const [k, path] of caseFiles(name).floats.entries()) {
      const { data } = results.get(source.outputs[k]!)!
      const far = Array.from(npy(path).data.entries()).filter(
        ([at, value]) => Math.abs(data[at]! - value) > 1e-6 * (1 + Math.abs(value)),
      )
      expect(far).toEqual([])
    }
  })

  it('rnn_simple, of which hls4ml computes nothing: the bits of its kernel for Quartus', async () => {
    const [folder, other] = [caseFolder('rnn_simple'), caseFolder('rnn_simple_quartus')]
    const model = { model: join(folder, 'model.h5'), config: join(folder, 'config.json') }
    const { outputs } = await predict({ ...model, input: caseFiles('rnn_simple').inputs })
    expect(npy(join(other, 'X.npy')).data).toEqual(npy(join(folder, 'X.npy')).data)
    expect(differences(outputs[0]!.data, npy(join(other, 'y_hls.npy')).data)).toEqual([])
  })

  it.each(cases)('%s: nodes and types are those hls4ml resolved', async name => {
    const folder = caseFolder(name)
    const { compiled } = await prepareModel({
      model: join(folder, 'model.h5'),
      config: join(folder, 'config.json'),
    })
    const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as Meta
    const layers = meta.layers.filter(({ name: own }) => !streamLayers.test(own))
    expect(compiled.typed.nodes.map(node => node.name)).toEqual(layers.map(layer => layer.name))
    for (const layer of layers) {
      const node = compiled.typed.nodes.find(other => other.name === layer.name)!
      for (const variable of layer.variables) {
        if (variable.role !== 'attr' || !variable.name.endsWith('_t')) continue
        const role = variable.name.slice(0, -2)
        const resolved = node.resolved[role]
        if (resolved === undefined || differsByForm(node.kind, role)) continue
        const printed = printPrecision(fixedPrecision(conversionAt(resolved, [], 0)), 'canonical')
        expect(asFixed(printed), `${layer.name} ${role}`).toBe(asFixed(variable.type))
      }
    }
  })
})

/** What hls4ml puts before layers so that they can take streams; it changes no bit. */
const streamLayers = /^(zp[12]d|clone|broadcast|repack)_/

/** Types recorded in another form: codings of exponents, slopes of equal value, biases that are not there. */
function differsByForm(kind: string, role: string): boolean {
  return (
    (kind === 'batch-norm' && role === 'scale') ||
    role === 'slope' ||
    (['dense', 'conv'].includes(kind) && role === 'bias')
  )
}

/** Integers are fixed-point types without fraction bits. */
function asFixed(type: string): string {
  return type.replace(/ap_(u?)int<(\d+)>/, 'ap_$1fixed<$2,$2,AP_TRN,AP_WRAP,0>')
}

async function predictTraced(options: { model: string; config: string; input: string[] }) {
  const { mkdtempSync, rmSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const folder = mkdtempSync(join(tmpdir(), 'lutra-trace-'))
  try {
    return await predict({ ...options, trace: folder })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
