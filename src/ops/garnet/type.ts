// Shapes and types of a GarNet layer.

import { bug, fail } from '../../diagnostics/diagnostic.ts'
import { type Conversion, conversion, type FixedType, maxRaw, minRaw } from '../../fixed/types.ts'
import { conversionAt, type Shape, unionType } from '../../ir/tensor-type.ts'
import type { FloatValues, PrecisionRequest, RawValues, RoleConversions } from '../definition.ts'
import { type GarNetAttrs, type GarNetWeight, garNetWeights } from './attrs.ts'

/** How vertices are taken: groups one after another, the vertices of a group side by side. */
export interface GarNetTurns {
  readonly vertices: number
  readonly features: number
  readonly log2Vertices: number
  /** The reuse factor. */
  readonly groups: number
  readonly log2Groups: number
}

export function garNetShape(attrs: GarNetAttrs, inputs: readonly Shape[], name: string): Shape {
  const [data, count] = inputs
  const fits = data?.length === 2 && count?.length === 1 && count[0] === 1 && isPower(data[0]!)
  if (!fits)
    return fail({
      code: 'graph/garnet-inputs',
      place: `layer '${name}'`,
      problem: `it reads [${inputs.map(shape => shape.join(', ')).join('] and [')}]`,
      expected:
        '[vertices, features] and [1], how many vertices there are; room for a power of two: means are shifts',
      remedy: 'Give the model room for more vertices: those beyond their number count for nothing.',
    })
  return attrs.collapse === 'mean' ? [attrs.filters] : [data[0]!, attrs.filters]
}

function isPower(count: number): boolean {
  return Number.isInteger(Math.log2(count))
}

/** Fails with `graph/garnet-reuse` for a reuse factor that leaves vertices over. */
export function garNetTurns(
  data: Shape,
  choices: Readonly<Record<string, unknown>>,
  name: string,
): GarNetTurns {
  const [vertices, features] = data as readonly [number, number]
  const groups = Number(choices.ReuseFactor ?? 1)
  if (vertices % groups !== 0)
    fail({
      code: 'graph/garnet-reuse',
      place: `layer '${name}'`,
      problem: `its reuse factor is ${groups}, of ${vertices} vertices`,
      expected: 'a power of two, no greater than the number of vertices',
    })
  return { vertices, features, log2Vertices: Math.log2(vertices), groups, log2Groups: Math.log2(groups) }
}

const unsigned = (integer: number, frac: number) => conversion({ signed: false, width: integer + frac, frac })
const signed = (integer: number, frac: number) => conversion({ signed: true, width: integer + frac, frac })

/** Fraction bits of everything that hls4ml types by itself. */
const fraction = 10

/** The types that hls4ml writes into a config (utils/config `config_from_keras_model`): those below, saturating. */
export function writtenTypes(vertices: number, groups: number): RoleConversions {
  const room = roomOf(Math.floor(Math.log2(vertices)), Math.floor(Math.log2(groups)))
  const written = { ...sumTypes(room), norm: unsigned(4, fraction) }
  const saturating = Object.entries(written).map(([role, type]) => [role, { ...type, overflow: 'SAT' }])
  return Object.fromEntries(saturating) as RoleConversions
}

/** Integer bits for a sum of a group's edge weights, or of all groups' shares. */
function roomOf(log2Vertices: number, log2Groups: number): number {
  return Math.max(log2Groups, log2Vertices - log2Groups)
}

function sumTypes(room: number) {
  return {
    edge_weight: unsigned(0, fraction),
    edge_weight_aggr: unsigned(room, fraction),
    aggr: signed(room + 3, fraction),
  }
}

/** hls4ml's types (backends/vivado/passes/garnet_templates): sums of one group, or of all groups, with room for eight. */
export function inferAuto(request: PrecisionRequest<GarNetAttrs>): RoleConversions {
  const turns = garNetTurns(request.inputs[0]!.shape, request.choices ?? {}, request.name)
  const trained = (Object.keys(garNetWeights) as GarNetWeight[]).flatMap(role => {
    const values = request.weight(role)
    return values === undefined ? [] : [[role, trainedType(values)] as const]
  })
  return {
    ...Object.fromEntries(trained),
    ...sumTypes(roomOf(turns.log2Vertices, turns.log2Groups)),
    ...(request.attrs.byVertices ? { norm: unsigned(4, fraction) } : ownBias(request)),
    weighted: conversionAt(request.inputConversions[0]!, [], 0),
    result: request.modelDefault,
  }
}

/** Only a mean over all that there is room for has a share of the biases. */
function ownBias(request: PrecisionRequest<GarNetAttrs>): RoleConversions {
  if (request.attrs.collapse !== 'mean') return {}
  const values = request.weight('output_transform_biases') ?? bug(`${request.name} lacks biases`)
  return { mean_bias: trainedType(values) }
}

/** The fewest integer bits (hls4ml `find_minimum_width`: one more for a power of two) and ten of fraction. */
function trainedType({ data }: FloatValues): Conversion {
  const greatest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const isSigned = data.some(value => value < 0)
  const integer = greatest === 0 ? 1 : integerBits(greatest) + (isSigned ? 1 : 0)
  const type: FixedType = { signed: isSigned, width: integer + fraction, frac: fraction }
  return conversion(type, 'RND', 'SAT')
}

function integerBits(greatest: number): number {
  const log2 = Math.log2(greatest)
  const bits = Math.max(0, Math.ceil(log2))
  return bits === Math.floor(log2) ? bits + 1 : bits
}

/** Fraction bits of edge weights, and of results. */
const edgeFrac = 14

/**
 * Distances saturate where weights are 0 anyway, and are rounded as the table's index asks; edge weights have 14 bits.
 * Sums and means over vertices are exact from there; transforms are rounded to the result's fraction bits.
 */
export function inferLossless(request: PrecisionRequest<GarNetAttrs>): RoleConversions {
  const turns = garNetTurns(request.inputs[0]!.shape, request.choices ?? {}, request.name)
  const x = unionType(request.inputs[0]!)
  const nvtx = unionType(request.inputs[1]!)
  const weight = (role: GarNetWeight) => request.rawWeight(role) ?? bug(`${request.name} lacks ${role}`)
  const weighted = { signed: true, width: x.width + edgeFrac + 1, frac: x.frac + edgeFrac }
  const meanFrac = Math.max(weighted.frac + turns.log2Vertices, edgeFrac)
  const largestX = greatest([minRaw(x), maxRaw(x)], x.frac)
  const base = baseBound(weight('input_transform_weights'), weight('input_transform_biases'), turns, largestX)
  const bias = largestOf(weight('output_transform_biases'))
  const count = Math.max(turns.vertices, greatest([maxRaw(nvtx)], nvtx.frac))
  const sums = Math.ceil(Math.log2(Math.max(turns.vertices * largestX, base, bias * count) + 1)) + 1
  const most = Math.ceil(Math.log2(bias + request.attrs.aggregators * base + 1)) + 1
  const aggr = conversion({ signed: true, width: sums + meanFrac, frac: meanFrac }, 'RND', 'SAT')
  const exact = (role: GarNetWeight) => conversion(weight(role).type)
  return {
    ...Object.fromEntries((Object.keys(garNetWeights) as GarNetWeight[]).map(role => [role, exact(role)])),
    distance: conversion({ signed: true, width: 14, frac: 10 }, 'RND', 'SAT'),
    edge_weight: conversion({ signed: false, width: edgeFrac, frac: edgeFrac }, 'RND', 'SAT'),
    edge_weight_aggr: unsigned(turns.log2Vertices + 1, edgeFrac + turns.log2Vertices),
    weighted: conversion(weighted),
    aggr,
    ...(request.attrs.byVertices ? { norm: normType(turns) } : {}),
    ...(request.attrs.byVertices || request.attrs.collapse === 'none' ? {} : { mean_bias: aggr }),
    result: conversion({ signed: true, width: most + edgeFrac, frac: edgeFrac }, 'RND', 'SAT'),
  }
}

function normType({ log2Vertices }: GarNetTurns): Conversion {
  const frac = edgeFrac + log2Vertices
  return conversion({ signed: false, width: 2 + frac, frac }, 'RND', 'SAT')
}

/** The most that a filter's transform of one aggregator can be: edge weights are below 1. */
function baseBound(weights: RawValues, biases: RawValues, { features }: GarNetTurns, x: number): number {
  return biases.raw.reduce((most, bias, k) => {
    const own = weights.raw.slice(k * features, (k + 1) * features)
    const sum = own.reduce(
      (total, raw) => total + greatest([raw], weights.type.frac) * x,
      greatest([bias], biases.type.frac),
    )
    return Math.max(most, sum)
  }, 0)
}

function largestOf({ raw, type }: RawValues): number {
  return greatest(raw, type.frac)
}

function greatest(raw: readonly bigint[], frac: number): number {
  return raw.reduce((most, value) => Math.max(most, Math.abs(Number(value))), 0) * 2 ** -frac
}
