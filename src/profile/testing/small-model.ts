// A small network whose layers meet everything that profiles tell of: folding, tables, narrow types.

import { compileModel } from '../../compile.ts'
import { parseConfig } from '../../config/parse.ts'
import type { Batch } from '../../engines/engine.ts'
import { importModel } from '../../frontends/index.ts'
import {
  denseLayer,
  floats,
  inputLayer,
  kerasFile,
  layer,
  sequential,
  type TestLayer,
} from '../../frontends/keras/testing/models.ts'

/** `x` (4) → dense `fc` (3) → batch normalisation `bn` → `relu` → dense `out` (2) → softmax `prob`. */
function smallLayers(): TestLayer[] {
  return [
    inputLayer('x', 4),
    denseLayer('fc', [4, 3]),
    layer(
      'BatchNormalization',
      'bn',
      { axis: [1], epsilon: 0.001, center: true, scale: true },
      {
        gamma: floats([3], 1, 0.75, 1.25),
        beta: floats([3], 0.125, 0, -0.25),
        moving_mean: floats([3], 0, 0.25, -0.125),
        moving_variance: floats([3], 1, 0.5, 2),
      },
    ),
    layer('Activation', 'relu', { activation: 'relu' }),
    denseLayer('out', [3, 2]),
    layer('Softmax', 'prob', { axis: -1 }),
  ]
}

/** The small network under hls4ml's rules; `layers` are entries of `LayerName`. */
export async function smallModel(layers: Record<string, unknown> = {}, precision = 'fixed<16,6>') {
  const model = smallLayers()
  const source = await importModel([{ name: 'small.h5', bytes: await kerasFile(model, sequential(model)) }])
  const config = { Model: { Precision: precision, ReuseFactor: 1 }, LayerName: layers }
  return compileModel(source, { config: parseConfig(JSON.stringify(config), 'c.json') })
}

/** Rows that look random and are the same every time. */
export function randomRows(rows: number, size: number, scale = 1, seed = 1): Batch {
  let state = seed
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 - 0.5
  }
  return { rows, shape: [size], data: Float64Array.from({ length: rows * size }, () => 2 * scale * next()) }
}
