// Where hardware and emulator part: the circuit's own cells, run on the row that differs, against the emulator's
// results layer by layer.

import { bug } from '../../diagnostics/diagnostic.ts'
import { evaluateCombinational } from '../../netlist/evaluate.ts'
import { runFolded } from '../../rtl/run-folded.ts'
import type { Design } from './design.ts'
import type { BuiltPart } from './folded-core.ts'
import type { Datapath } from './lower-graph.ts'

export interface Divergence {
  readonly layer: string
  readonly element: number
  readonly expected: bigint
  readonly got: bigint
}

/** Raw results of a frame by layer, inputs among them. */
export type FrameValues = ReadonlyMap<string, readonly bigint[]>

/**
 * The first layer, in graph order, whose cells give other values than `expected` when fed with `expected`; undefined
 * when the cells of every layer agree, so that the fault lies in pipelining, streams or printing.
 */
export function findDivergence(
  { parts }: Pick<Design, 'parts'>,
  expected: FrameValues,
): Divergence | undefined {
  for (const part of parts) {
    for (const { layer, values } of resultsOf(part, expected)) {
      const wanted = expected.get(layer)
      const element = values.findIndex((value, k) => wanted !== undefined && value !== wanted[k])
      if (element >= 0) return { layer, element, expected: wanted![element]!, got: values[element]! }
    }
  }
  return undefined
}

interface LayerValues {
  readonly layer: string
  readonly values: readonly bigint[]
}

function resultsOf(part: BuiltPart, expected: FrameValues): LayerValues[] {
  const given = (layer: string) => expected.get(layer) ?? bug(`no values of '${layer}'`)
  if (part.kind === 'datapath') return datapathResults(part.datapath, part.datapath.inputs.flatMap(given))
  return [{ layer: part.layer, values: runFolded(part.stage, [given(part.source)])[0]! }]
}

function datapathResults({ combinational, results }: Datapath, inputs: readonly bigint[]): LayerValues[] {
  const outputs = results.flatMap(({ layer, nets }) => nets.map(net => ({ name: layer, net })))
  const values = evaluateCombinational({ ...combinational, outputs }, inputs)
  let next = 0
  return results.map(({ layer, nets, types }) => ({
    layer,
    values: nets.map((net, element) => {
      // A net whose low bits are known to be zero is held without them.
      const missing = types[element]!.frac - combinational.frac[net]!
      return missing >= 0 ? values[next++]! << BigInt(missing) : values[next++]!
    }),
  }))
}
