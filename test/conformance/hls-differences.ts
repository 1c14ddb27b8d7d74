// C++ of operators beside their plans: many layers in one program, printed, compiled by g++ and run on the same vectors.

import { runPlan } from '../../src/fixed/kernel-meaning.ts'
import { conversion, type FixedType, maxRaw, minRaw } from '../../src/fixed/types.ts'
import { type HlsBody, type HlsProgram, type HlsTensor, tensorSize } from '../../src/hls/call.ts'
import { emitProgram, tensorOf } from '../../src/hls/print.ts'
import { decodeFrames, emitTestBench, encodeFrames } from '../../src/hls/test-bench.ts'
import { randomRaws, seeded } from '../../src/hls/testing/random.ts'
import { tensorConversion, typeAt } from '../../src/ir/tensor-type.ts'
import type { OpDefinition, TypedOp } from '../../src/ops/definition.ts'
import { hlsHolding } from '../../src/ops/hls-answer.ts'
import type { OpKind } from '../../src/ops/index.ts'
import { compileAndRun } from '../../src/tools/cxx.ts'

const frames = 200
const random = seeded(11)

export interface Subject {
  readonly name: string
  readonly title: string
  readonly definition: OpDefinition<OpKind, unknown>
  readonly op: TypedOp<unknown>
}

export interface Built extends Subject {
  readonly body: HlsBody
}

function inputTensors({ name, op }: Subject, form: HlsTensor['form']): HlsTensor[] {
  return op.inputs.map((type, k) => ({
    name: `${name}_x${k}`,
    shape: type.shape,
    form,
    ...hlsHolding({ ...tensorConversion(conversion(typeAt(type, 0))), to: type.element }, type.shape),
  }))
}

/** One program with a layer per example, each on tensors of its own. */
export function programOfAll(all: readonly Built[], form: HlsTensor['form']): HlsProgram {
  const inputs = all.map(subject => inputTensors(subject, form))
  const outputs = all.map(
    ({ name, op }): HlsTensor => ({
      name: `${name}_y`,
      shape: op.output.shape,
      form,
      ...hlsHolding(op.result, op.output.shape),
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

/** Of elements that have types of their own, each its own values. */
function vectorsOf(tensor: HlsTensor): bigint[] {
  const { elements, type } = tensor
  if (elements === undefined) return vectors(type.to, tensorSize(tensor))
  const columns = elements.map(({ to }) => vectors(to, 1))
  return Array.from({ length: frames }, (_, frame) => columns.map(column => column[frame]!)).flat()
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
export async function differences(all: readonly Built[], form: HlsTensor['form']): Promise<string[]> {
  const program = programOfAll(all, form)
  const inputs = program.inputs.map(name => {
    return vectorsOf(tensorOf(program, name))
  })
  const files = emitProgram(program)
  const stdout = await compileAndRun(files, emitTestBench(program), encodeFrames(program, inputs), {
    flags: ['-O0'],
  })
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
