// Every operator's C++ answer, printed, compiled by g++ and compared raw with its plan, on its examples.

import { describe, expect, it } from 'vitest'
import { runPlan } from '../../src/fixed/kernel-meaning.ts'
import { conversion, type FixedType, maxRaw, minRaw } from '../../src/fixed/types.ts'
import { type HlsBody, type HlsProgram, type HlsTensor, tensorSize } from '../../src/hls/call.ts'
import { emitProgram, tensorOf } from '../../src/hls/print.ts'
import { decodeFrames, emitTestBench, encodeFrames } from '../../src/hls/test-bench.ts'
import { randomRaws, seeded } from '../../src/hls/testing/random.ts'
import { conversionAt, typeAt } from '../../src/ir/tensor-type.ts'
import { isRefusal, type OpDefinition, type OpExample, type TypedOp } from '../../src/ops/definition.ts'
import { definitionOf, type OpKind, ops } from '../../src/ops/index.ts'
import { typedOpOfExample } from '../../src/ops/typed-op.ts'
import { compileAndRun, findCxx } from '../../src/tools/cxx.ts'

const frames = 200
const random = seeded(11)

/** Operators that also run beat by beat on streams, whatever their example's shape. */
const streamed: readonly OpKind[] = [
  'dense',
  'conv',
  'pool',
  'global-pool',
  'lstm',
  'gru',
  'simple-rnn',
  'integrate-fire',
  'spike-readout',
  'quantise',
  'relu',
  'leaky-relu',
  'prelu',
  'thresholded-relu',
  'elu',
  'selu',
  'merge',
  'dot',
  'einsum',
  'einsum-dense',
  'hard-activation',
  'hard-swish',
  'power-of-two',
  'table-activation',
  'unary-table',
  'softmax',
  'batch-norm',
  'binary-tanh',
  'ternary-tanh',
  'threshold',
  'reshape',
  'permute',
  'pad',
  'crop',
  'upsample',
  'concatenate',
  'embedding',
  'layer-norm',
]

interface Subject {
  readonly name: string
  readonly title: string
  readonly definition: OpDefinition<OpKind, unknown>
  readonly op: TypedOp<unknown>
}

const subjects: Subject[] = (Object.keys(ops) as OpKind[]).flatMap(kind => {
  const definition = definitionOf(kind)
  return definition.examples.map((example: OpExample<unknown>, k) => ({
    name: `${kind.replace(/\W/g, '_')}_${k}`,
    title: `${kind}: ${example.title}`,
    definition,
    op: typedOpOfExample(definition, example),
  }))
})

const answers = subjects.map(subject => ({ subject, answer: subject.definition.hls(subject.op) }))
const built = answers.flatMap(({ subject, answer }) =>
  isRefusal(answer) ? [] : [{ ...subject, body: answer }],
)
type Built = Subject & { readonly body: HlsBody }

function inputTensors({ name, op }: Subject, form: HlsTensor['form']): HlsTensor[] {
  return op.inputs.map((type, k) => ({
    name: `${name}_x${k}`,
    shape: type.shape,
    type: conversion(typeAt(type, 0)),
    form,
  }))
}

/** One program with a layer per example, each on tensors of its own. */
function programOfAll(all: readonly Built[], form: HlsTensor['form']): HlsProgram {
  const inputs = all.map(subject => inputTensors(subject, form))
  const outputs = all.map(
    ({ name, op }): HlsTensor => ({
      name: `${name}_y`,
      shape: op.output.shape,
      type: conversionAt(op.result, op.output.shape, 0),
      form,
    }),
  )
  const names = (tensors: readonly HlsTensor[]) => tensors.map(tensor => tensor.name)
  return {
    name: 'examples',
    tensors: [...inputs.flat(), ...outputs],
    layers: all.map(({ name, body }, k) => ({
      name,
      call: body,
      inputs: names(inputs[k]!),
      outputs: [outputs[k]!.name],
    })),
    inputs: names(inputs.flat()),
    outputs: names(outputs),
  }
}

/** The first frames hold a corner of the type in every element, the others random values. */
function vectors(type: FixedType, size: number): bigint[] {
  const corners = [minRaw(type), maxRaw(type), 0n, 1n, -1n].filter(
    raw => raw >= minRaw(type) && raw <= maxRaw(type),
  )
  const constant = corners.flatMap(raw => Array.from({ length: size }, () => raw))
  return [...constant, ...randomRaws(random, type, frames * size - constant.length)]
}

function expectedOf({ op, definition }: Subject, inputs: readonly (readonly bigint[])[]): bigint[] {
  const plan = definition.emulate(op)
  const sizes = inputs.map(raws => raws.length / frames)
  return Array.from({ length: frames }, (_, frame) =>
    runPlan(
      plan,
      inputs.map((raws, k) => raws.slice(frame * sizes[k]!, (frame + 1) * sizes[k]!)),
    ),
  ).flat()
}

/** Runs all in one program; for each that differs, its first wrong element. */
async function differences(all: readonly Built[], form: HlsTensor['form']): Promise<string[]> {
  const program = programOfAll(all, form)
  const inputs = program.inputs.map(name => {
    const tensor = tensorOf(program, name)
    return vectors(tensor.type.to, tensorSize(tensor))
  })
  const files = emitProgram(program)
  const stdout = await compileAndRun(files, emitTestBench(program), encodeFrames(program, inputs))
  const results = decodeFrames(program, stdout)
  return all.flatMap((subject, k) => {
    const own = inputTensors(subject, form).map(({ name }) => inputs[program.inputs.indexOf(name)]!)
    const wanted = expectedOf(subject, own)
    const found = Array.from(results[k] as ArrayLike<number | bigint>, BigInt)
    const at = wanted.findIndex((raw, i) => raw !== found[i])
    if (at < 0 && wanted.length === found.length) return []
    return [`${subject.title}: element ${at} of ${wanted.length} is ${found[at]}, expected ${wanted[at]}`]
  })
}

const compiler = findCxx()
if (compiler === undefined) console.warn('C++ of operators not compiled: no g++')

/** Recurrent layers that begin at the end of their sequence: a stream cannot be read so. */
function readsBackwards({ op }: Subject): boolean {
  const { attrs } = op
  return typeof attrs === 'object' && attrs !== null && 'goBackwards' in attrs && attrs.goBackwards === true
}

describe('C++ answers of operators', () => {
  it('are refused by a code and a reason, or built', () => {
    for (const { subject, answer } of answers) {
      if (!isRefusal(answer)) continue
      console.info(`${subject.title} has no C++: ${answer.code}: ${answer.reason}`)
      expect(answer.code).toMatch(/^hls\/[a-z0-9-]+$/)
      expect(answer.reason).not.toBe('')
    }
    expect(built.length).toBeGreaterThan(0)
  })

  it.skipIf(compiler === undefined)('give the bits of the plan on every example', async () => {
    expect(await differences(built, 'array')).toEqual([])
  })

  it.skipIf(compiler === undefined)('give the same bits on streams', async () => {
    const overStreams = built.filter(
      subject => streamed.includes(subject.definition.kind) && !readsBackwards(subject),
    )
    expect(await differences(overStreams, 'stream')).toEqual([])
  })
})
