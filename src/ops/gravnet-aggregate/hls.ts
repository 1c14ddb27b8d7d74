// GravNet's gathering in C++: one kernel.

import type { HlsBody, HlsValue } from '../../hls/call.ts'
import { type Refusal, refuse, type TypedOp } from '../definition.ts'
import { hlsAnswer, inputArgument, outputArgument, tableArgument } from '../hls-answer.ts'
import type { GravNetAttrs } from './attrs.ts'
import { distanceWeights, log2Reach } from './table.ts'

/** What the kernel can put one behind the other. */
const mostParts = 3

export function gravNetHls(op: TypedOp<GravNetAttrs>): HlsBody | Refusal {
  const { neighbours, includeSelf, scale, gather } = op.attrs
  if (gather.length > mostParts)
    return refuse(
      'hls/gravnet-parts',
      `its result has ${gather.length} parts, and the C++ kernel gives ${mostParts}`,
    )
  const [vertices, axes] = op.inputs[0]!.shape as readonly [number, number]
  const halvings = Math.log2(neighbours)
  const size = Number(op.choices.TableSize)
  const table = op.conversion('table')
  const part = (k: number): HlsValue => ({ choice: `nnet::gather_${gather[k] ?? 'max'}` })
  return hlsAnswer(op, () => ({
    kernel: 'nnet::gravnet_aggregate',
    header: 'lutra_gravnet.h',
    config: {
      n_vertices: vertices,
      n_axes: axes,
      n_in: op.inputs[1]!.shape[1]!,
      n_neighbours: neighbours,
      include_self: includeSelf,
      n_parts: gather.length,
      gather0: part(0),
      gather1: part(1),
      gather2: part(2),
      shift_mean: Number.isInteger(halvings),
      log2_neighbours: Math.floor(halvings),
      table_size: size,
      log2_range: log2Reach(op),
      distance_t: { type: op.conversion('distance') },
      accum_t: { type: op.conversion('accum') },
    },
    arguments: [
      inputArgument,
      { role: 'input', index: 1 },
      outputArgument,
      tableArgument('weights', table, distanceWeights(size, log2Reach(op), scale, table)),
    ],
  }))
}
