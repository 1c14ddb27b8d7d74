// Precision of an LSTM. hls4ml infers nothing but the types of its weights.

import { bug } from '../../diagnostics/diagnostic.ts'
import { type Conversion, conversion, type FixedType, joinTypes } from '../../fixed/types.ts'
import { type TensorType, typeAt, unionType } from '../../ir/tensor-type.ts'
import { exactSumType, rangeOfType } from '../constant-product.ts'
import type { PrecisionRequest, RawValues, RoleConversions } from '../definition.ts'
import type { LstmAttrs } from './attrs.ts'

export const weightRoles = ['weight', 'recurrent_weight', 'bias', 'recurrent_bias'] as const

/** Weights have what was asked for them; everything else the model's default. */
export function inferLstmAuto(request: PrecisionRequest<LstmAttrs>): RoleConversions {
  const weights = weightRoles.map(role => {
    const asked = request.asked(role)
    return [role, asked.kind === 'fixed' ? asked.conversion : request.modelDefault] as const
  })
  return { ...Object.fromEntries(weights), accum: request.modelDefault, result: request.modelDefault }
}

/** Fraction bits of tables, and of states: products of states gain bits with every step, so that some must go. */
const stateFrac = 14

/**
 * The accumulator holds every sum of gates and every table entry exactly. States are rounded to the tables' fraction
 * bits and reach no further than the number of steps, each of which adds at most 1.
 */
export function inferLstmLossless(request: PrecisionRequest<LstmAttrs>): RoleConversions {
  const steps = request.inputs[0]!.shape[0]!
  const stateWidth = 2 + Math.ceil(Math.log2(steps)) + stateFrac
  const result = conversion({ signed: true, width: stateWidth, frac: stateFrac }, 'RND', 'SAT')
  const table = conversion({ signed: true, width: stateFrac + 2, frac: stateFrac }, 'RND', 'SAT')
  return { result, table, accum: conversion(gateSumType(request, result, table.to)) }
}

function gateSumType(request: PrecisionRequest<LstmAttrs>, state: Conversion, table: FixedType): FixedType {
  const weight = (role: string): RawValues => request.rawWeight(role) ?? bug(`${request.name} lacks ${role}`)
  const columns = 4 * request.attrs.units
  const x = rangeOfType(unionType(request.inputs[0]!))
  const fromInput = exactSumType([x], weight('weight'), request.rawWeight('bias'), columns)
  const fromState = exactSumType(
    [rangeOfType(state.to)],
    weight('recurrent_weight'),
    request.rawWeight('recurrent_bias'),
    columns,
  )
  const both = joinTypes(fromInput, fromState)
  return joinTypes({ ...both, width: both.width + 1 }, table)
}

/** Types of one time step's elements, which every step repeats. */
export function stepTypes(type: TensorType): FixedType[] {
  return Array.from({ length: type.shape.at(-1)! }, (_, k) => typeAt(type, k))
}

/** True when an element's type depends on its place in the time step alone. */
export function variesByFeatureOnly({ element }: TensorType): boolean {
  return element.types.length === 1 || element.shape.slice(0, -1).every(extent => extent === 1)
}
