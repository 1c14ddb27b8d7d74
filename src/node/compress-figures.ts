// What a network of a compression is: parameters, zeros, bits and operations as Lutra types it.

import { compileModel } from '../compile.ts'
import { sizeOf } from '../data/dataset.ts'
import { CompileError } from '../diagnostics/diagnostic.ts'
import { importModel } from '../frontends/index.ts'
import { operationsOf } from '../profile/operations.ts'
import { typeOfData } from '../search/weight-bits.ts'
import type { CompressionInput } from '../train/compression.ts'
import { isLargeFloat } from '../train/float-model.ts'
import type { WeightValues } from '../train/initialise.ts'
import { writeKerasModel } from '../train/keras-model.ts'
import type { Metrics } from '../train/metrics.ts'
import type { Model } from '../train/model.ts'
import type { CompressedNetwork } from '../train/pages/compression-page.ts'
import { studentHardware } from './student-hardware.ts'
import type { ProjectRows } from './train-data.ts'

/** What figures go by: sample rows, and what is compared. */
interface Compared {
  readonly rows: ProjectRows
  readonly compression: CompressionInput
}

interface Named {
  readonly name: string
  readonly model: Model
  readonly weights: WeightValues
}

/** A network with its figures; those of hardware for students of several. */
export async function describe(
  setting: Compared,
  named: Named,
  metrics: Metrics,
): Promise<CompressedNetwork> {
  const { model, weights, name } = named
  const values = Object.values(weights)
  return {
    name,
    parameters: model.parameters,
    nonzero: values.reduce(
      (sum, own) => sum + own.reduce((count, value) => count + (value === 0 ? 0 : 1), 0),
      0,
    ),
    metrics,
    ...(await costsIn(setting, named)),
  }
}

/** Of the network as Lutra types it; nothing where a float network has no types, or is a teacher of millions. */
async function costsIn(
  { rows, compression }: Compared,
  { model, weights }: Named,
): Promise<Pick<CompressedNetwork, 'costs' | 'isFloat' | 'hardware' | 'noHardware'>> {
  if (isLargeFloat(model)) return { isFloat: true }
  const count = Math.min(1000, rows.training.count)
  const sample = await rows.training.rows(Uint32Array.from({ length: count }, (_, k) => k))
  const graph = await importModel([{ name: 'model.h5', bytes: await writeKerasModel(model, weights) }])
  const types = sample.inputs.map(({ shape, data }) =>
    typeOfData({ rows: count, shape, data: Float64Array.from(data.subarray(0, count * sizeOf(shape))) }),
  )
  const inputs = graph.nodes.filter(({ kind }) => kind === 'input')
  const stated = inputs.flatMap((node, k) =>
    node.quantisers.result === undefined ? [[node.name, types[k]!] as const] : [],
  )
  try {
    const isFloat = graph.nodes.every(({ quantisers }) => Object.keys(quantisers).length === 0)
    const { typed } = compileModel(graph, { inputTypes: new Map(stated) })
    const { total: costs } = operationsOf(typed)
    if (isFloat) return { costs, isFloat }
    const isOfSeveral = compression.sweep !== undefined || compression.widths !== undefined
    const estimated = isOfSeveral && studentHardware(typed, model.parameters, compression.prune?.reuse)
    return { costs, ...estimated }
  } catch (problem) {
    if (problem instanceof CompileError) return {}
    throw problem
  }
}
