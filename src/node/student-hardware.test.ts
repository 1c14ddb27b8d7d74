import { describe, expect, it } from 'vitest'
import { compileModel } from '../compile.ts'
import { importModel } from '../frontends/index.ts'
import { typeOfData } from '../search/weight-bits.ts'
import { initialWeights } from '../train/initialise.ts'
import { writeKerasModel } from '../train/keras-model.ts'
import { type ModelInput, readModelConfig } from '../train/model.ts'
import { withoutHardware } from '../train/pages/compression-page.ts'
import { studentHardware } from './student-hardware.ts'

const bits = 'quantized_bits(4,0,alpha=1)'
const quantised = { kernelQuantizer: bits, biasQuantizer: bits }

async function typed(given: ModelInput) {
  const model = readModelConfig(given, 'test')
  const bytes = await writeKerasModel(model, initialWeights(model, 1))
  const graph = await importModel([{ name: 'm.h5', bytes }])
  const { name } = graph.nodes.find(({ kind }) => kind === 'input')!
  const shape = given.input as readonly number[]
  const size = shape.reduce((a, b) => a * b)
  const type = typeOfData({
    rows: 1,
    shape,
    data: Float64Array.from({ length: size }, (_, k) => (k % 16) / 16),
  })
  const { typed } = compileModel(graph, { inputTypes: new Map([[name, type]]) })
  return { graph: typed, parameters: model.parameters }
}

describe('hardware of a student, estimated', () => {
  it('of tens of thousands of parameters too', async () => {
    const { graph, parameters } = await typed({
      input: [800],
      layers: [{ kind: 'dense', units: 64, name: 'fc', ...quantised }],
    })
    expect(parameters).toBeGreaterThan(50_000)
    const found = studentHardware(graph, parameters)
    expect(found).toMatchObject({ hardware: { dsp: 0 } })
    expect(studentHardware(graph, 2 ** 20 + 1)).toEqual({
      noHardware: 'more than 1,048,576 parameters are not estimated',
    })
  })

  it('says which layer has no hardware form', async () => {
    const { graph, parameters } = await typed({
      input: [6, 2],
      layers: [
        { kind: 'conv1d', filters: 2, kernelSize: 2, dilationRate: 2, name: 'wide', ...quantised },
        { kind: 'flatten' },
        { kind: 'dense', units: 2, name: 'fc', ...quantised },
      ],
    })
    const found = studentHardware(graph, parameters) as { noHardware: string }
    expect(found.noHardware).toContain('wide')
    const student = { name: 'own', parameters, nonzero: 0, metrics: {} as never, ...found }
    const report = { students: [student, { ...student, name: 'other' }], training: {} as never }
    expect(withoutHardware(report)).toEqual([`no hardware estimated of own, other: ${found.noHardware}`])
  })
})
