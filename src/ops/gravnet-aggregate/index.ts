// The gathering of GravNet (Qasim et al., arXiv:1902.07987): each vertex takes the features of its nearest neighbours in
// a space of learned coordinates, weighted with e^(−scale · d²). The layers around it are dense ones.

import { fail } from '../../diagnostics/diagnostic.ts'
import { conversion, type FixedType, joinTypes, maxRaw, minRaw } from '../../fixed/types.ts'
import { type Shape, unionType } from '../../ir/tensor-type.ts'
import { type OpDefinition, type PrecisionRequest, type RoleConversions, refuse } from '../definition.ts'
import { resultRole } from '../elementwise.ts'
import { productType } from '../exact-type.ts'
import { blocksOf, hlsTables } from '../hls-cost.ts'
import { tableSizeChoice } from '../table-size.ts'
import type { GravNetAttrs } from './attrs.ts'
import { gravNetExamples } from './examples.ts'
import { evaluate } from './float.ts'
import { gravNetHls } from './hls.ts'
import { emulate } from './plan.ts'

const tableType = conversion({ signed: false, width: 17, frac: 16 }, 'RND', 'SAT')

export const gravNetAggregate: OpDefinition<'gravnet-aggregate', GravNetAttrs> = {
  kind: 'gravnet-aggregate',
  summary: 'features of the nearest vertices, weighted by their distance: mean, greatest, sum',
  roles: {
    result: resultRole,
    distance: { summary: 'type of squared distances', readFrom: 'precision' },
    accum: { summary: 'type of weighted features and their sums', readFrom: 'precision' },
    table: { summary: 'type of the weights by distance', readFrom: 'key', default: tableType },
  },
  choices: [
    tableSizeChoice,
    {
      key: 'TableRangePower2',
      summary: 'the table of weights covers squared distances up to 2^−this',
      default: 0,
      check: { kind: 'integer', min: -30, max: 30 },
    },
  ],
  inferShape,
  inferAuto: ({ modelDefault }) => ({ result: modelDefault, distance: modelDefault, accum: modelDefault }),
  inferLossless,
  evaluate,
  emulate,
  hls: gravNetHls,
  rtl: () => refuse('rtl/gravnet', 'a search for neighbours has no Verilog form yet'),
  estimate: op => {
    const [coordinates, features] = op.inputs
    const [vertices, axes] = coordinates!.shape as readonly [number, number]
    const distance = op.conversion('distance').to.width
    const accum = op.conversion('accum').to.width
    const table = op.conversion('table').to.width
    const c = unionType(coordinates!).width + 1
    const f = unionType(features!).width
    // All vertices, one after another, against all others side by side.
    const { neighbours } = op.attrs
    return {
      lut: vertices * (axes * distance + neighbours * distance + features!.shape[1]! * accum),
      ff: vertices * (distance + accum),
      dsp: vertices * (axes * blocksOf(c, c) + features!.shape[1]! * blocksOf(f, table)),
      bram18: hlsTables(Number(op.choices.TableSize), table, vertices),
      latency: vertices + neighbours + 10,
      interval: vertices,
    }
  },
  findings: () => [],
  examples: gravNetExamples,
}

/** Pairs of vertices times features beyond which a layer is refused: each is a value of the emulator's plan. */
const mostTerms = 2 ** 22

function inferShape(attrs: GravNetAttrs, inputs: readonly Shape[], name: string): Shape {
  const [coordinates, features] = inputs
  const vertices = coordinates?.[0] ?? 0
  if (coordinates?.length !== 2 || features?.length !== 2 || vertices !== features[0])
    return fail({
      code: 'graph/gravnet-inputs',
      place: `layer '${name}'`,
      problem: `it reads [${inputs.map(shape => shape.join(', ')).join('] and [')}]`,
      expected: 'coordinates [vertices, axes] and features [vertices, features] of as many vertices',
    })
  const most = vertices - (attrs.includeSelf ? 0 : 1)
  if (attrs.neighbours < 1 || attrs.neighbours > most)
    return fail({
      code: 'graph/gravnet-neighbours',
      place: `layer '${name}'`,
      problem: `each of ${vertices} vertices takes ${attrs.neighbours} neighbours`,
      expected: `1 to ${most}${attrs.includeSelf ? '' : ', itself left out'}`,
    })
  if (vertices * vertices * features[1]! > mostTerms)
    return fail({
      code: 'graph/gravnet-size',
      place: `layer '${name}'`,
      problem: `${vertices} × ${vertices} pairs of vertices have ${features[1]} features each`,
      expected: `at most ${mostTerms} features of pairs`,
      remedy: 'Take fewer vertices, or pool them before.',
    })
  return [vertices, features[1]! * attrs.gather.length]
}

/** Distances are exact, and weighted features and their sums; means of a power of two, too. */
function inferLossless(request: PrecisionRequest<GravNetAttrs>): RoleConversions {
  const { neighbours, gather } = request.attrs
  const [coordinates, features] = request.inputs.map(unionType) as [FixedType, FixedType]
  const axes = request.inputs[0]!.shape[1]!
  const reach = Number(maxRaw(coordinates) - minRaw(coordinates))
  const distance = {
    signed: false,
    width: Math.max(1, Math.ceil(Math.log2(axes * reach * reach + 1))),
    frac: 2 * coordinates.frac,
  }
  const weighted = productType(features, tableType.to)
  const sums = { ...weighted, width: weighted.width + Math.ceil(Math.log2(neighbours)) }
  const halvings = Math.log2(neighbours)
  const finer = Number.isInteger(halvings) ? halvings : 0
  const results = gather.map(own => {
    if (own === 'sum') return sums
    return own === 'max'
      ? weighted
      : { ...weighted, width: weighted.width + finer, frac: weighted.frac + finer }
  })
  return {
    distance: conversion(distance),
    accum: conversion(sums),
    table: tableType,
    result: conversion(results.reduce(joinTypes)),
  }
}
