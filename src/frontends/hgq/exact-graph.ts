// What quantisers of HGQ say of the rest of a model: its trained values are quantised already and stand for
// themselves, and what enters the network enters as the first quantisers read it.

import { exactValue } from '../../fixed/convert.ts'
import { type Conversion, conversion, fixedType, joinTypes } from '../../fixed/types.ts'
import { type SourceQuantiser, usersOf } from '../../ir/graph.ts'
import { exactQuantiserConversion, fixedQuantiser } from '../../ir/source-quantiser.ts'
import { unionType } from '../../ir/tensor-type.ts'
import type { OpNode } from '../../ops/index.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { quantiserClass } from './quantiser-layer.ts'

/** The graph with types for weights and inputs; as it is where no layer is HGQ's. */
export function withExactWeights(graph: OpGraph): OpGraph {
  if (!graph.nodes.some(node => node.origin.layerClass === quantiserClass)) return graph
  const nodes = graph.nodes.map((node): OpNode => {
    if (node.kind === 'input') return { ...node, quantisers: inputQuantiser(graph, node) }
    return { ...node, quantisers: { ...weightQuantisers(graph, node), ...node.quantisers } }
  })
  return { ...graph, nodes }
}

function weightQuantisers(graph: OpGraph, node: OpNode): Record<string, SourceQuantiser> {
  const entries = Object.entries(node.weights).flatMap(([role, id]) => {
    const tensor = graph.store.get(id)
    return tensor?.form === 'float'
      ? [[role, fixedQuantiser(conversion(narrowest(tensor.data)))] as const]
      : []
  })
  return Object.fromEntries(entries)
}

/** The narrowest type that holds all values exactly. */
export function narrowest(data: Float64Array): Conversion['to'] {
  let type = fixedType(false, 0, 0)
  for (const value of new Set(data)) {
    if (value !== 0) type = joinTypes(type, ownType(value))
  }
  return type
}

function ownType(value: number): Conversion['to'] {
  let { mantissa, frac } = exactValue(value)
  while ((mantissa & 1n) === 0n) {
    mantissa >>= 1n
    frac--
  }
  const bits = (mantissa < 0n ? -mantissa - 1n : mantissa).toString(2).length
  const width = mantissa === -1n ? 1 : bits + (mantissa < 0n ? 1 : 0)
  return fixedType(mantissa < 0n, width, frac)
}

/**
 * What every reader's quantiser keeps: that quantiser itself where all have the same one; else a type that holds them
 * all, where they floor: flooring to more bits and then to fewer is flooring at once, wrapping and clipping likewise.
 * With several that round it would be done twice, and nothing is said.
 */
function inputQuantiser(graph: OpGraph, input: OpNode): Readonly<Record<string, SourceQuantiser>> {
  const readers = usersOf(graph, input.name).map(
    ({ kind, quantisers }) =>
      (kind === 'quantise' && quantisers.result && exactQuantiserConversion(quantisers.result, 'result')) ||
      undefined,
  )
  const [first] = readers
  const [own] = usersOf(graph, input.name).map(({ quantisers }) => quantisers.result)
  if (first === undefined || own === undefined || graph.outputs.includes(input.name)) return {}
  const isOne = usersOf(graph, input.name).every(
    ({ kind, quantisers }) =>
      kind === 'quantise' && JSON.stringify(quantisers.result) === JSON.stringify(own),
  )
  const joins = first.rounding === 'TRN' && (first.overflow === 'WRAP' || first.overflow === 'SAT')
  if (isOne && !joins) return { result: own }
  if (!joins) return {}
  if (!readers.every(own => own?.rounding === first.rounding && own.overflow === first.overflow)) return {}
  const types = readers.flatMap(own =>
    own === undefined ? [] : unionType({ shape: own.to.shape, element: own.to }),
  )
  return { result: fixedQuantiser({ ...first, to: types.reduce(joinTypes) }) }
}
