// Convolutions and an LSTM of recorded models, layer by layer: what hls4ml's own C simulation traced, against the plan
// with inferred types, and against the process in simulation.

import { existsSync, readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { quantiseNumber } from '../../src/fixed/convert.ts'
import { runPlan } from '../../src/fixed/kernel-meaning.ts'
import { type Conversion, conversion, type FixedType } from '../../src/fixed/types.ts'
import { type Hdf5File, openHdf5 } from '../../src/formats/hdf5/read.ts'
import { parseNpy } from '../../src/formats/npy.ts'
import { sizeOf, uniform } from '../../src/ir/tensor-type.ts'
import { type ConvAttrs, conv } from '../../src/ops/conv/index.ts'
import { inferConvAuto } from '../../src/ops/conv/type.ts'
import { isRefusal, type OpDefinition, type OpExample, type TypedOp } from '../../src/ops/definition.ts'
import { lstm } from '../../src/ops/lstm/index.ts'
import { typedOpOfExample } from '../../src/ops/typed-op.ts'
import { createStreamSimulation } from '../../src/rtl/run-stream.ts'

const cases = new URL('../../../shared/reference/hls4ml/', import.meta.url)
const missing = existsSync(cases) ? '' : `no recorded cases at ${cases.pathname}`
if (missing !== '') console.warn(`recorded layers skipped: ${missing}`)

const open: Hdf5File[] = []
afterAll(() => {
  for (const file of open) file.close()
})

async function modelOf(name: string): Promise<Hdf5File> {
  const file = await openHdf5(readFileSync(new URL(`${name}/model.h5`, cases)), name)
  open.push(file)
  return file
}

const narrow: FixedType = { signed: true, width: 16, frac: 10 }
const standard = conversion(narrow)

/** Weights as the project's text files give them: as many decimals as the type has fraction bits. */
function weightOf(file: Hdf5File, layer: string, name: string) {
  const below = (at: string): string[] =>
    file.isDataset(at) ? [at] : file.children(at).flatMap(child => below(`${at}/${child}`))
  const path = below(`model_weights/${layer}`).find(at => at.endsWith(`/${name}:0`))!
  const { data, shape } = file.dataset(path)
  const raw = Array.from(data, value => quantiseNumber(Number(Number(value).toFixed(10)), standard))
  return { shape: [...shape], type: narrow, raw }
}

/** Rows of raw values under a type, from recorded floats. */
function rowsOf(path: string, type: FixedType, size: number): bigint[][] {
  const { data } = parseNpy(readFileSync(new URL(path, cases)), path)
  const raws = Array.from(data as ArrayLike<number>, value => quantiseNumber(Number(value), conversion(type)))
  return Array.from({ length: raws.length / size }, (_, row) => raws.slice(row * size, (row + 1) * size))
}

function beats(raws: readonly bigint[], size: number) {
  return Array.from({ length: raws.length / size }, (_, k) => raws.slice(k * size, (k + 1) * size))
}

/** The plan, and the process on the first rows, give the traced rows. */
function expectRecorded<K extends string, A>(
  definition: OpDefinition<K, A>,
  op: TypedOp<A>,
  inputs: readonly bigint[][],
  traced: readonly bigint[][],
  simulated: number,
): void {
  const plan = definition.emulate(op)
  expect(traced.length).toBeGreaterThan(5)
  expect(traced.map((_, row) => [...runPlan(plan, [inputs[row]!])])).toEqual(traced)
  const answer = definition.rtl(op)
  if (isRefusal(answer) || answer.form !== 'process') throw new Error('a process was expected')
  const { module } = answer.build({ clockNs: 5, family: 'xcup', name: 'layer' })
  const [taken, given] = [op.inputs[0]!.shape.at(-1)!, op.output.shape.at(-1)!]
  const run = createStreamSimulation(module).run(
    { s_data: inputs.slice(0, simulated).map(row => beats(row, taken)) },
    { beatsPerFrame: { m_data: sizeOf(op.output.shape) / given } },
  )
  expect(run.outputs.m_data!.map(frame => frame.flat())).toEqual(traced.slice(0, simulated))
}

async function convolution(layer: string, attrs: ConvAttrs, shape: readonly number[]) {
  const file = await modelOf('conv2d_rect_strides')
  const weights = { weight: weightOf(file, layer, 'kernel'), bias: weightOf(file, layer, 'bias') }
  const auto = { kind: 'fixed', conversion: standard } as const
  const types = inferConvAuto({
    name: layer,
    attrs,
    inputs: [{ shape, element: uniform(narrow) }],
    inputConversions: [],
    shape: [],
    quantisers: {},
    asked: role => (role === 'weight' || role === 'bias' ? auto : { kind: 'auto' }),
    modelDefault: standard,
    maximum: undefined,
    weight: () => ({ shape: [], data: new Float64Array() }),
    rawWeight: () => undefined,
  })
  const example: OpExample<ConvAttrs> = {
    title: layer,
    attrs,
    inputs: [{ shape, type: narrow }],
    weights,
    conversions: types,
  }
  return { op: typedOpOfExample(conv, example), result: types.result as Conversion }
}

describe.skipIf(missing !== '')('recorded layers', () => {
  it('a convolution of 3 × 5, same, strides 2 and 1', async () => {
    const attrs = {
      filters: 5,
      kernelSize: [3, 5],
      strides: [2, 1],
      dilation: [1, 1],
      before: [1, 2],
      after: [1, 2],
      groups: 1,
    }
    const { op, result } = await convolution('c1', attrs, [9, 11, 2])
    expect(result.to).toEqual({ signed: true, width: 38, frac: 20 })
    const inputs = rowsOf('conv2d_rect_strides/X.npy', narrow, 9 * 11 * 2)
    const traced = rowsOf('conv2d_rect_strides/trace/c1.npy', result.to, 5 * 11 * 5)
    expectRecorded(conv, op, inputs, traced, 4)
  })

  it('a convolution of 2 × 3, valid, strides 1 and 2', async () => {
    const attrs = {
      filters: 6,
      kernelSize: [2, 3],
      strides: [1, 2],
      dilation: [1, 1],
      before: [0, 0],
      after: [0, 0],
      groups: 1,
    }
    const { op, result } = await convolution('c2', attrs, [5, 11, 5])
    const inputs = rowsOf('conv2d_rect_strides/trace/c1_relu.npy', narrow, 5 * 11 * 5)
    const traced = rowsOf('conv2d_rect_strides/trace/c2.npy', result.to, 4 * 5 * 6)
    expectRecorded(conv, op, inputs, traced, 4)
  })

  it.each([
    ['rnn_lstm', false],
    ['rnn_lstm_seq_stream', true],
  ] as const)('the LSTM of %s, every product truncated', async (name, returnSequences) => {
    const file = await modelOf(name)
    const { data, shape } = parseNpy(readFileSync(new URL(`${name}/X.npy`, cases)), name)
    expect(data.length).toBeGreaterThan(0)
    const [, steps, features] = shape
    const weights = {
      weight: weightOf(file, 'lstm', 'kernel'),
      recurrent_weight: weightOf(file, 'lstm', 'recurrent_kernel'),
      bias: weightOf(file, 'lstm', 'bias'),
    }
    const units = weights.bias.raw.length / 4
    const attrs = {
      units,
      returnSequences,
      goBackwards: false,
      activation: 'tanh',
      recurrentActivation: 'sigmoid',
    } as const
    const op = typedOpOfExample(lstm, {
      title: name,
      attrs,
      inputs: [{ shape: [steps!, features!], type: narrow }],
      weights,
      conversions: { accum: standard, result: standard },
    })
    const inputs = rowsOf(`${name}/X.npy`, narrow, steps! * features!)
    const traced = rowsOf(`${name}/trace/lstm.npy`, narrow, sizeOf(op.output.shape))
    expectRecorded(lstm, op, inputs, traced, 3)
  })
})
