// A model written as a Keras file and read back by Lutra's own frontend, beside training's own forward pass in float64.

import { sizeOf } from '../../data/dataset.ts'
import type { Batch } from '../../engines/engine.ts'
import { runFloat } from '../../engines/float.ts'
import { importModel } from '../../frontends/index.ts'
import { loadAutodiff } from '../autodiff.ts'
import { initialWeights, type WeightValues } from '../initialise.ts'
import { writeKerasModel } from '../keras-model.ts'
import { uploadWeights } from '../loop.ts'
import { type Model, type ModelInput, readModelConfig } from '../model.ts'
import { streamOf } from '../random.ts'
import { compileForward } from '../step.ts'

export interface BothWays {
  readonly trainer: readonly number[]
  readonly lutra: readonly number[]
  readonly model: Model
  readonly bytes: Uint8Array
  readonly inputs: Batch
  readonly values: WeightValues
}

/** Results for a few rows, by both. Values of inputs are whole numbers of 1/64, or `whole` numbers below a bound. */
export async function bothWays(input: ModelInput, { rows = 5, whole = 0, seed = 3 } = {}): Promise<BothWays> {
  const autodiff = await loadAutodiff()
  const model = readModelConfig(input, 'test')
  const values = lively(initialWeights(model, seed), whole > 0)
  const uniform = streamOf(seed, 'inputs')
  const size = sizeOf(model.inputs[0]!.shape)
  const data = Float32Array.from({ length: rows * size }, () =>
    whole > 0 ? Math.floor(uniform() * whole) : Math.round((uniform() * 4 - 2) * 64) / 64,
  )
  const weights = uploadWeights(autodiff, model, values)
  const inputs = { x0: autodiff.upload({ shape: [rows, ...model.inputs[0]!.shape], data }) }
  const { output } = compileForward(autodiff, model, 'float64')(weights, inputs)
  const bytes = await writeKerasModel(model, values)
  const graph = await importModel([{ name: 'model.h5', bytes }])
  const batch = { rows, shape: model.inputs[0]!.shape, data: Float64Array.from(data) }
  const last = graph.outputs[0]!
  const found = runFloat(graph, [batch], [last]).get(last)!
  return {
    trainer: [...autodiff.download(output)],
    lutra: [...found.data],
    model,
    bytes,
    inputs: batch,
    values,
  }
}

/** Biases and averages away from their first zeros and ones; with `larger`, all weights too. */
function lively(values: WeightValues, larger: boolean): WeightValues {
  const uniform = streamOf(5, 'lively')
  return Object.fromEntries(
    Object.entries(values).map(([key, array]) => {
      if (larger) return [key, array.map(() => uniform() * 4 - 1.5)]
      if (!/bias|beta|gamma|moving/.test(key)) return [key, array]
      const positive = /variance|gamma/.test(key)
      return [key, array.map(value => value + (positive ? uniform() : uniform() - 0.5) * 0.5)]
    }),
  )
}
