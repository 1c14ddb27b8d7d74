// HGQ's UnaryLUT, as its proxy models hold it: round(x · 2^f) mod 2^(k+i+f) addresses a table whose entries are of the
// result's type already (src/HGQ/proxy/unary_lut.py).

import { conversion, type FixedType, fixedType } from '../../fixed/types.ts'
import { fixedQuantiser } from '../../ir/source-quantiser.ts'
import { isList } from '../json.ts'
import type { LayerContext, LayerReader } from '../keras/layer.ts'

export const readUnaryLut: LayerReader = context => {
  const { layer, inputShape: shape, weights } = context
  const [index, entry] = [readKif(context, 'kif_in'), readKif(context, 'kif_out')]
  for (const name of ['RND', 'SAT']) context.attributes.value(name)
  const table = weights.take('table', [index && 2 ** index.width])
  if (index === undefined || entry === undefined) return []
  return [
    {
      kind: 'unary-table',
      name: layer.name,
      layerClass: 'UnaryLUT',
      attrs: { signed: index.signed, width: index.width, frac: index.frac },
      shape,
      weights: { table },
      quantisers: { result: fixedQuantiser(conversion(entry)) },
    },
  ]
}

const mostBits = 64

/** Sign, integer and fraction bits, of which there are some. */
function readKif({ attributes }: LayerContext, name: string): FixedType | undefined {
  const value = attributes.value(name)
  const [k, i, f] = isList(value) ? value.map(Number) : []
  const width = (k ?? 0) + (i ?? 0) + (f ?? 0)
  const isType =
    isList(value) &&
    value.length === 3 &&
    [k, i, f].every(Number.isInteger) &&
    (k === 0 || k === 1) &&
    width > 0
  if (isType && width <= mostBits) return fixedType(k === 1, width, f!)
  attributes.refuse(name, 'sign, integer and fraction bits, together above 0', 'Make the proxy model again.')
  return undefined
}
