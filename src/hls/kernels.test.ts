// The C++ kernels, printed as whole programs, compiled by g++ and compared raw with plain bigint references.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { embeddedKernels } from '../../scripts/embed-kernels.ts'
import { convertRaw } from '../fixed/convert.ts'
import { runPlan } from '../fixed/kernel-meaning.ts'
import type { Plan, Step } from '../fixed/kernels.ts'
import { type Conversion, conversion, fixedType } from '../fixed/types.ts'
import { compileAndRun, findCxx } from '../tools/cxx.ts'
import type { HlsStraightLine, HlsTensor } from './call.ts'
import { kernels } from './generated/kernels.ts'
import { activations } from './testing/activations.ts'
import { convCall, denseCall, fixed, lstmCall, softmaxCall, tensor, ufixed } from './testing/calls.ts'
import { randomRaws, seeded } from './testing/random.ts'
import {
  type ConvReference,
  conv2d,
  type DenseReference,
  dense,
  type LstmReference,
  lstmStep,
  type SoftmaxForm,
  type SoftmaxReference,
  softmax,
  type TableReference,
  type Values,
} from './testing/references.ts'
import { differences, type Subject } from './testing/subjects.ts'

const random = seeded(7)
const weightTypes = { weightType: fixed(8, 2), biasType: fixed(9, 4) }
const values = (type: Conversion, count: number): Values => ({
  raws: randomRaws(random, type.to, count),
  frac: type.to.frac,
})

function layer(inputs: number, outputs: number, accumulator: Conversion, result: Conversion): DenseReference {
  const weights = values(weightTypes.weightType, inputs * outputs)
  return { inputs, outputs, weights, bias: values(weightTypes.biasType, outputs), accumulator, result }
}

const xDense = tensor('x', [8], fixed(12, 5))
const narrow = fixed(10, 5, 'RND', 'SAT')
const saturating = layer(8, 6, narrow, fixed(9, 4, 'RND_CONV', 'SAT'))
const turns = (reuse: number): number[] =>
  Array.from({ length: reuse }, (_, first) =>
    Array.from({ length: 8 / reuse }, (_, k) => first + k * reuse),
  ).flat()

function denseSubject(
  name: string,
  d: DenseReference,
  reuse: number,
  resource: boolean,
  input = xDense,
): Subject {
  const call = denseCall(d, weightTypes, reuse, resource)
  return { name, input, shape: [d.outputs], type: d.result, call, reference: x => dense(x, d).raws }
}

const wideInput = tensor('wide', [8], fixed(60, 30))
const zeroInput = tensor('nothing', [8], conversion(fixedType(true, 0, 0)))

const conv = (
  stride: 1 | 2,
  output: readonly [number, number],
  before: readonly [number, number],
): ConvReference => ({
  image: [5, 7, 2],
  filter: [3, 3],
  stride: [stride, stride],
  before,
  output,
  window: layer(18, 3, fixed(14, 7), fixed(10, 6, 'RND', 'SAT')),
})
const image = (name: string, form: HlsTensor['form']): HlsTensor => tensor(name, [5, 7, 2], fixed(8, 3), form)

function convSubject(name: string, c: ConvReference, input: HlsTensor): Subject {
  const shape = [...c.output, c.window.outputs]
  return {
    name,
    input,
    shape,
    type: c.window.result,
    call: convCall(c, weightTypes),
    reference: x => conv2d(x, c).raws,
  }
}

const tableType = fixed(18, 8)
const table = (range: number, size = 128): TableReference => ({
  values: randomRaws(random, fixed(12, 2).to, size),
  frac: tableType.to.frac,
  range,
})
const accumulator = fixed(15, 6)
const lstmReference: LstmReference = {
  inputs: 3,
  units: 4,
  kernel: layer(3, 16, accumulator, accumulator),
  recurrent: layer(4, 16, accumulator, accumulator),
  accumulator,
  state: fixed(13, 4),
  gate: table(16),
  cell: table(8),
}
const sequence = (name: string, form: HlsTensor['form']): HlsTensor =>
  tensor(name, [5, 3], fixed(11, 4), form)
const zeros = [0n, 0n, 0n, 0n]

function lstmSubject(name: string, all: boolean, input: HlsTensor): Subject {
  const call = lstmCall(lstmReference, weightTypes, tableType, 5, all)
  const reference = (x: Values): bigint[] => {
    let state = { h: zeros, s: zeros }
    const outputs = Array.from({ length: 5 }, (_, t) => {
      state = lstmStep(
        { raws: x.raws.slice(3 * t, 3 * t + 3), frac: x.frac },
        state.h,
        state.s,
        lstmReference,
      )
      return state.h
    })
    return all ? outputs.flat() : outputs[4]!
  }
  return { name, input, shape: all ? [5, 4] : [4], type: lstmReference.state, call, reference }
}

function continuedLstm(): Subject {
  let state = { h: zeros, s: zeros }
  const reference = (x: Values): bigint[] => {
    state = lstmStep(x, state.h, state.s, lstmReference)
    return state.h
  }
  const call = lstmCall(lstmReference, weightTypes, tableType, 1, false, true)
  return {
    name: 'lstm_continued',
    input: tensor('step', [3], fixed(11, 4)),
    shape: [4],
    type: lstmReference.state,
    call,
    reference,
  }
}

const logits = tensor('logits', [5], fixed(12, 5))
const softmaxReference: SoftmaxReference = {
  exp: randomRaws(random, ufixed(15, 1).to, 64),
  expType: fixed(18, 4, 'RND', 'SAT'),
  inverse: randomRaws(random, ufixed(15, 1).to, 128),
  inverseType: fixed(18, 4, 'RND', 'SAT'),
  accumulator: fixed(17, 6, 'RND', 'SAT'),
  inverseInput: fixed(15, 6, 'RND', 'SAT'),
  difference: ufixed(11, 4),
  inputType: logits.type,
  result: fixed(16, 6),
}

function softmaxSubject(form: SoftmaxForm, input = logits): Subject {
  const call = softmaxCall(form, softmaxReference, 5)
  const reference = (x: Values): bigint[] => softmax(x.raws, form, softmaxReference)
  return {
    name: `softmax_${form}_${input.form}`,
    input,
    shape: [5],
    type: softmaxReference.result,
    call,
    reference,
  }
}

/** y = x0 + a constant that no double holds. */
function wideCode(): Subject {
  const type = fixed(110, 60)
  const constant = -(2n ** 99n) - 12345678901234567890123n
  const code: HlsStraightLine = {
    statements: [{ op: 'add', a: { input: 0 }, b: { constant, of: type } }],
    outputs: [{ step: 0 }],
  }
  const reference = (x: Values): bigint[] => [convertRaw((x.raws[0]! << 20n) + constant, 50, type)]
  return { name: 'wide_code', input: wideInput, shape: [1], type, call: code, reference }
}

/** y0 = 3 x0 − x1 / 4 stored in 10 bits, y1 = −x1 + 0.75, per beat. */
function straightLine(input: HlsTensor, beats: number): Subject {
  const stored = fixed(10, 6, 'RND_ZERO', 'SAT')
  const code: HlsStraightLine = {
    statements: [
      { op: 'add', a: { input: 0 }, b: { input: 0 }, shift: 1 },
      { op: 'subtract', a: { step: 0 }, b: { input: 1 }, shift: -2, to: stored },
      { op: 'negate', a: { input: 1 } },
      { op: 'add', a: { step: 2 }, b: { constant: 3n, of: ufixed(2, 0) } },
    ],
    outputs: [{ step: 1 }, { step: 3 }],
    beats,
  }
  const type = fixed(24, 10)
  const from = input.type.to.frac
  const reference = (x: Values): bigint[] =>
    Array.from({ length: beats }, (_, k) => {
      const [a, b] = [x.raws[2 * k]!, x.raws[2 * k + 1]!]
      const first = convertRaw(convertRaw(12n * a - b, from + 2, stored), stored.to.frac, type)
      return [first, convertRaw(4n * -b + (3n << BigInt(from)), from + 2, type)]
    }).flat()
  return { name: `code_${input.form}`, input, shape: [beats, 2], type, call: code, reference }
}

describe.skipIf(findCxx() === undefined)('C++ kernels equal their references', () => {
  it('on whole tensors', async () => {
    const subjects: Subject[] = [
      denseSubject('dense_latency', saturating, 1, false),
      denseSubject('dense_reuse_4', { ...saturating, order: turns(4) }, 4, true),
      denseSubject('dense_reuse_8', saturating, 8, true),
      denseSubject('dense_reuse_16', saturating, 16, true),
      denseSubject(
        'dense_wide',
        layer(8, 3, fixed(95, 50), fixed(80, 45, 'RND', 'SAT')),
        1,
        false,
        wideInput,
      ),
      denseSubject('dense_zero', layer(8, 2, conversion(fixedType(true, 0, 4)), fixed(6, 3)), 1, false),
      denseSubject('dense_from_zero', layer(8, 2, narrow, fixed(6, 3)), 1, false, zeroInput),
      denseSubject('dense_into_zero', layer(8, 2, narrow, conversion(fixedType(false, 0, 0))), 1, false),
      wideCode(),
      convSubject('conv_same', conv(1, [5, 7], [1, 1]), image('image', 'array')),
      lstmSubject('lstm_all', true, sequence('seq', 'array')),
      continuedLstm(),
      ...(['stable', 'latency', 'argmax', 'legacy'] as const).map(form => softmaxSubject(form)),
      ...activations,
      straightLine(tensor('pair', [2], fixed(9, 3)), 1),
    ]
    expect(await differences('arrays', subjects, random, compileAndRun)).toEqual([])
  })

  it('on streams', async () => {
    const streamed = tensor('logits_s', [5], logits.type, 'stream')
    const subjects: Subject[] = [
      convSubject('conv_same', conv(1, [5, 7], [1, 1]), image('i1', 'stream')),
      convSubject('conv_valid', conv(1, [3, 5], [0, 0]), image('i2', 'stream')),
      convSubject('conv_stride', conv(2, [3, 4], [1, 1]), image('i3', 'stream')),
      denseSubject('dense', saturating, 1, false, tensor('d', [8], fixed(12, 5), 'stream')),
      lstmSubject('lstm_all', true, sequence('s1', 'stream')),
      lstmSubject('lstm_last', false, sequence('s2', 'stream')),
      softmaxSubject('stable', streamed),
      ...activations
        .filter(({ name }) => /^(relu|table_lookup|batchnorm)_test$/.test(name))
        .map(s => ({
          ...s,
          input: tensor(`x_${s.name}`, [2, 4], s.input.type, 'stream'),
          shape: [2, 4],
          reference: s.reference,
        })),
      straightLine(tensor('pairs', [3, 2], fixed(9, 3), 'stream'), 3),
    ]
    expect(await differences('streams', subjects, random, compileAndRun)).toEqual([])
  })

  it('where the order of a saturating accumulator shows', () => {
    const [raws, frac] = [randomRaws(random, xDense.type.to, 8 * 50), xDense.type.to.frac]
    const rows = Array.from({ length: 50 }, (_, k) => ({ raws: raws.slice(8 * k, 8 * k + 8), frac }))
    const shown = rows.filter(
      row =>
        dense(row, saturating).raws.join() !== dense(row, { ...saturating, order: turns(4) }).raws.join(),
    )
    expect(shown.length).toBeGreaterThan(0)
  })
})

describe('the references equal the emulator’s kernels', () => {
  const accumulate = (d: DenseReference, from: number, into: number, rows: number): Step => ({
    kernel: 'multiply-accumulate',
    from,
    into,
    rows,
    inputs: d.inputs,
    outputs: d.outputs,
    weights: d.weights.raws,
    weightFrac: d.weights.frac,
    bias: d.bias.raws,
    biasFrac: d.bias.frac,
    product: { kind: 'multiply' },
    accumulator: d.accumulator,
    order: d.order === undefined ? undefined : () => d.order!,
    conversions: [d.result],
  })

  it.each([undefined, turns(4)])('dense, inputs in order %s', order => {
    const d = order === undefined ? saturating : { ...saturating, order }
    const plan: Plan = {
      buffers: [
        { size: 8, types: [xDense.type.to] },
        { size: 6, types: [d.result.to] },
      ],
      inputs: [0],
      output: 1,
      steps: [accumulate(d, 0, 1, 1)],
    }
    for (let k = 0; k < 50; k++) {
      const raws = randomRaws(random, xDense.type.to, 8)
      expect(runPlan(plan, [raws])).toEqual(dense({ raws, frac: xDense.type.to.frac }, d).raws)
    }
  })
})

describe.skipIf(findCxx() === undefined)('every header', () => {
  it('stands alone in C++11 without a warning, and beside the others', async () => {
    const include = (header: string): string => `#include "${header}"\n`
    const headers = Object.keys(kernels)
    const units = headers.map(header => [`${header}.cpp`, include(header)])
    const files = { ...kernels, ...Object.fromEntries(units), 'all.cpp': headers.map(include).join('') }
    const flags = ['-std=c++11', '-Wall', '-Wextra', '-pedantic', '-Werror', '-Wno-unknown-pragmas', '-O0']
    expect(await compileAndRun(files, 'int main() {}', new Uint8Array(), { flags })).toEqual(new Uint8Array())
  })
})

describe('embedded kernels', () => {
  it('are the headers as they stand (else: npx tsx scripts/embed-kernels.ts)', () => {
    const generated = readFileSync(new URL('generated/kernels.ts', import.meta.url), 'utf8')
    expect(generated === embeddedKernels()).toBe(true)
  })
})
