// Every activation kernel beside its formula, in bigint.
import { convertRaw } from '../../fixed/convert.ts'
import { type Conversion, conversion } from '../../fixed/types.ts'
import type { HlsCall } from '../call.ts'
import { fixed, tensor, ufixed } from './calls.ts'
import { randomRaws, seeded } from './random.ts'
import { entry, type TableReference, type Values } from './references.ts'
import type { Subject } from './subjects.ts'

const random = seeded(3)
const x = tensor('activation_x', [8], fixed(12, 5))
const tableType = fixed(18, 8)
const table = (range: number): TableReference => ({
  values: randomRaws(random, fixed(12, 2).to, 128),
  frac: tableType.to.frac,
  range,
})
const values = (type: Conversion, count: number): Values => ({
  raws: randomRaws(random, type.to, count),
  frac: type.to.frac,
})
const io = [{ role: 'input', index: 0 } as const, { role: 'output', index: 0 } as const]
const activated = fixed(9, 3, 'RND', 'SAT')

function activation(
  name: string,
  config: HlsCall['config'],
  extra: HlsCall['arguments'],
  each: (raw: bigint, at: number) => readonly [bigint, number],
): Subject {
  const call: HlsCall = {
    kernel: `nnet::${name}`,
    header: name === 'batchnorm' ? 'lutra_batchnorm.h' : 'lutra_activation.h',
    config: { n_in: 8, ...config },
    arguments: [...io, ...extra],
  }
  const reference = (input: Values): bigint[] =>
    input.raws.map((raw, at) => {
      const [exact, frac] = each(raw, at)
      return convertRaw(exact, frac, activated)
    })
  return { name: `${name}_test`, input: x, shape: [8], type: activated, call, reference }
}

const frac = x.type.to.frac
const one = 1n << BigInt(frac)
const slope = ufixed(6, 0)
const perChannel = fixed(7, 2)
const lookup = table(16)
const negative = table(8)
const scales = values(perChannel, 4)
const shifts = values(perChannel, 4)
const clip = (raw: bigint, low: bigint, high: bigint): bigint => (raw < low ? low : raw > high ? high : raw)
const line = (raw: bigint): bigint => clip(raw * 13n + (1n << BigInt(frac + 5)), 0n, one << 6n)
const hard = { slope: { constant: 13n, of: slope }, shift: { constant: 1n, of: ufixed(1, 0) } }
const tableArgument = (t: TableReference) =>
  ({ role: 'table', name: 'table', type: tableType, values: t.values }) as const
const weights = (name: string, v: Values) =>
  ({ role: 'weights', name, type: perChannel, values: v.raws }) as const

export const activations: readonly Subject[] = [
  activation('linear', {}, [], raw => [raw, frac]),
  activation('relu', {}, [], raw => [clip(raw, 0n, raw < 0n ? 0n : raw), frac]),
  activation('relu_max', { max: { constant: 6n, of: ufixed(3, 3) } }, [], raw => [
    clip(raw, 0n, 6n * one),
    frac,
  ]),
  activation('leaky_relu', { alpha: { constant: 13n, of: slope } }, [], raw => [
    raw > 0n ? raw << 6n : raw * 13n,
    frac + 6,
  ]),
  activation('thresholded_relu', { theta: { constant: 32n, of: slope } }, [], raw => [
    raw > one / 2n ? raw : 0n,
    frac,
  ]),
  activation('hard_sigmoid', hard, [], raw => [line(raw), frac + 6]),
  activation('hard_tanh', hard, [], raw => [2n * line(raw) - (one << 6n), frac + 6]),
  activation('binary_tanh', { single_bit: false }, [], raw => [raw >= 0n ? 1n : -1n, 0]),
  activation('ternary_tanh', { twice_t: { type: conversion(x.type.to) } }, [], raw => {
    const twice = BigInt.asIntN(12, 2n * raw)
    return [twice > one ? 1n : twice <= -one ? -1n : 0n, 0]
  }),
  activation('table_lookup', { table_size: 128, log2_range: 4 }, [tableArgument(lookup)], raw => [
    entry(lookup, raw, frac, 64),
    lookup.frac,
  ]),
  activation(
    'elu',
    { table_size: 128, log2_range: 3, alpha: { constant: 13n, of: slope } },
    [tableArgument(negative)],
    raw => (raw >= 0n ? [raw, frac] : [13n * entry(negative, -raw, frac, 0), negative.frac + 6]),
  ),
  activation(
    'selu',
    { table_size: 128, log2_range: 3, lambda: { constant: 67n, of: ufixed(7, 1) } },
    [tableArgument(negative)],
    raw => (raw >= 0n ? [67n * raw, frac + 6] : [entry(negative, -raw, frac, 0), negative.frac]),
  ),
  activation(
    'prelu',
    {},
    [weights('alpha', { ...scales, raws: [...scales.raws, ...shifts.raws] })],
    (raw, at) => [raw > 0n ? raw << 5n : raw * [...scales.raws, ...shifts.raws][at]!, frac + 5],
  ),
  activation(
    'batchnorm',
    { n_filt: 4, product: { struct: 'nnet::product::exact' } },
    [weights('scale', scales), weights('bias', shifts)],
    (raw, at) => [raw * scales.raws[at % 4]! + (shifts.raws[at % 4]! << BigInt(frac)), frac + 5],
  ),
]
