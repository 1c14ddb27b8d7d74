// Where hardware and emulator part: the circuit's own cells, run on the row that differs, against the emulator's
// results layer by layer.

import { evaluateCombinational } from '../../netlist/evaluate.ts'
import type { Datapath } from './lower-graph.ts'

export interface Divergence {
  readonly layer: string
  readonly element: number
  readonly expected: bigint
  readonly got: bigint
}

/**
 * The first layer, in graph order, whose cells give other values than `expected` on these inputs; undefined when the
 * cells of every layer agree, so that the fault lies in pipelining, streams or printing.
 */
export function findDivergence(
  { combinational, results }: Datapath,
  inputs: readonly (readonly bigint[])[],
  expected: ReadonlyMap<string, readonly bigint[]>,
): Divergence | undefined {
  const outputs = results.flatMap(({ layer, nets }) => nets.map(net => ({ name: layer, net })))
  const values = evaluateCombinational({ ...combinational, outputs }, inputs.flat())
  let next = 0
  for (const { layer, nets, types } of results) {
    for (const [element, net] of nets.entries()) {
      // A net whose low bits are known to be zero is held without them.
      const missing = types[element]!.frac - combinational.frac[net]!
      const got = missing >= 0 ? values[next++]! << BigInt(missing) : values[next++]!
      const wanted = expected.get(layer)?.[element]
      if (wanted !== undefined && got !== wanted) return { layer, element, expected: wanted, got }
    }
  }
  return undefined
}
