// The C++ kernels, printed as whole programs, compiled by g++ and compared raw with plain bigint references.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { embeddedKernels } from '../../scripts/embed-kernels.ts'
import { convertRaw } from '../fixed/convert.ts'
import type { Conversion } from '../fixed/types.ts'
import { compileAndRun, findCxx } from '../tools/cxx.ts'
import {
  type HlsCall,
  type HlsLayer,
  type HlsProgram,
  type HlsStraightLine,
  type HlsTensor,
  tensorSize,
} from './call.ts'
import { emitProgram } from './print.ts'
import { decodeFrames, emitTestBench, encodeFrames } from './test-bench.ts'
import { convCall, denseCall, fixed, lstmCall, softmaxCall, tensor, ufixed } from './testing/calls.ts'
import { randomRaws, seeded } from './testing/random.ts'
import {
  type ConvReference,
  conv2d,
  type DenseReference,
  dense,
  entry,
  type LstmReference,
  lstmStep,
  type SoftmaxForm,
  type SoftmaxReference,
  softmax,
  type TableReference,
  type Values,
} from './testing/references.ts'

const random = seeded(7)
const frames = 40
const weightTypes = { weightType: fixed(8, 2), biasType: fixed(9, 4) }
const values = (type: Conversion, count: number): Values => ({
  raws: randomRaws(random, type.to, count),
  frac: type.to.frac,
})

function layer(inputs: number, outputs: number, accumulator: Conversion, result: Conversion): DenseReference {
  const weights = values(weightTypes.weightType, inputs * outputs)
  return { inputs, outputs, weights, bias: values(weightTypes.biasType, outputs), accumulator, result }
}

/** A layer under test: its call, and what it makes of one frame of its input. */
interface Subject {
  readonly name: string
  readonly input: HlsTensor
  readonly shape: readonly number[]
  readonly type: Conversion
  readonly call: HlsCall | HlsStraightLine
  readonly reference: (x: Values) => readonly bigint[]
}

/** A program with every subject on its own output; inputs shared by several subjects must be arrays. */
function programOf(name: string, subjects: readonly Subject[]): HlsProgram {
  const inputs = [...new Set(subjects.map(({ input }) => input))]
  const outputs = subjects.map(s => tensor(`${s.name}_out`, s.shape, s.type, s.input.form))
  const layers: HlsLayer[] = subjects.map((s, k) => ({
    name: s.name,
    call: s.call,
    inputs: [s.input.name],
    outputs: [outputs[k]!.name],
  }))
  const names = (tensors: readonly HlsTensor[]): string[] => tensors.map(t => t.name)
  return { name, tensors: [...inputs, ...outputs], layers, inputs: names(inputs), outputs: names(outputs) }
}

/** Runs the program on random frames; per subject, the first frame that differs. */
async function differences(name: string, subjects: readonly Subject[]): Promise<string[]> {
  const program = programOf(name, subjects)
  const tensors = program.inputs.map(id => program.tensors.find(t => t.name === id)!)
  const inputs = tensors.map(t => randomRaws(random, t.type.to, frames * tensorSize(t)))
  const stdout = await compileAndRun(
    emitProgram(program),
    emitTestBench(program),
    encodeFrames(program, inputs),
  )
  const results = decodeFrames(program, stdout)
  return subjects.flatMap((subject, k) => {
    const size = tensorSize(subject.input)
    const raws = inputs[tensors.indexOf(subject.input)]!
    const wanted = Array.from({ length: frames }, (_, f) =>
      subject.reference({ raws: raws.slice(f * size, (f + 1) * size), frac: subject.input.type.to.frac }),
    ).flat()
    const found = Array.from(results[k] as ArrayLike<number | bigint>, BigInt)
    const at = wanted.findIndex((raw, i) => raw !== found[i])
    if (at < 0 && found.length === wanted.length) return []
    return [`${subject.name}: element ${at} of ${wanted.length} is ${found[at]}, expected ${wanted[at]}`]
  })
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
  const reference = (x: Values): bigint[] =>
    x.raws.map((raw, at) => {
      const [exact, frac] = each(raw, at)
      return convertRaw(exact, frac, activated)
    })
  return { name: `${name}_test`, input: xDense, shape: [8], type: activated, call, reference }
}

const frac = xDense.type.to.frac
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

const activations: Subject[] = [
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
  activation('ternary_tanh', {}, [], raw => {
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
  activation('batchnorm', { n_filt: 4 }, [weights('scale', scales), weights('bias', shifts)], (raw, at) => [
    raw * scales.raws[at % 4]! + (shifts.raws[at % 4]! << BigInt(frac)),
    frac + 5,
  ]),
]

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
      convSubject('conv_same', conv(1, [5, 7], [1, 1]), image('image', 'array')),
      lstmSubject('lstm_all', true, sequence('seq', 'array')),
      continuedLstm(),
      ...(['stable', 'latency', 'argmax', 'legacy'] as const).map(form => softmaxSubject(form)),
      ...activations,
      straightLine(tensor('pair', [2], fixed(9, 3)), 1),
    ]
    expect(await differences('arrays', subjects)).toEqual([])
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
          input: tensor(`x_${s.name}`, [2, 4], xDense.type, 'stream'),
          shape: [2, 4],
          reference: s.reference,
        })),
      straightLine(tensor('pairs', [3, 2], fixed(9, 3), 'stream'), 3),
    ]
    expect(await differences('streams', subjects)).toEqual([])
  })

  it('where the order of a saturating accumulator shows', () => {
    const x = { raws: randomRaws(random, xDense.type.to, 8 * 50), frac }
    const rows = Array.from({ length: 50 }, (_, k) => ({ raws: x.raws.slice(8 * k, 8 * k + 8), frac }))
    const shown = rows.filter(
      row =>
        dense(row, saturating).raws.join() !== dense(row, { ...saturating, order: turns(4) }).raws.join(),
    )
    expect(shown.length).toBeGreaterThan(0)
  })
})

describe('embedded kernels', () => {
  it('are the headers as they stand (else: npx tsx scripts/embed-kernels.ts)', () => {
    const generated = readFileSync(new URL('generated/kernels.ts', import.meta.url), 'utf8')
    expect(generated === embeddedKernels()).toBe(true)
  })
})
