// Layers put to the test: one program with each on an output of its own, and what every output must hold.
import type { Conversion } from '../../fixed/types.ts'
import {
  type HlsCall,
  type HlsLayer,
  type HlsProgram,
  type HlsStraightLine,
  type HlsTensor,
  tensorSize,
} from '../call.ts'
import { emitProgram, tensorOf } from '../print.ts'
import { decodeFrames, emitTestBench, encodeFrames } from '../test-bench.ts'
import { tensor } from './calls.ts'
import { type Random, randomRaws } from './random.ts'
import type { Values } from './references.ts'

const frames = 40

/** A layer under test: its call, and what it makes of one frame of its input. */
export interface Subject {
  readonly name: string
  readonly input: HlsTensor
  readonly shape: readonly number[]
  readonly type: Conversion
  readonly call: HlsCall | HlsStraightLine
  readonly reference: (x: Values) => readonly bigint[]
}

/** A program with every subject on its own output; inputs shared by several subjects must be arrays. */
export function programOf(name: string, subjects: readonly Subject[]): HlsProgram {
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

/** Compiles and runs files and a test bench on one stdin: `compileAndRun`. */
export type Run = (files: Record<string, string>, main: string, stdin: Uint8Array) => Promise<Uint8Array>

/** Runs all subjects in one program on random frames; for each that differs, its first wrong element. */
export async function differences(
  name: string,
  subjects: readonly Subject[],
  random: Random,
  run: Run,
): Promise<string[]> {
  const program = programOf(name, subjects)
  const tensors = program.inputs.map(id => tensorOf(program, id))
  const inputs = tensors.map(t => randomRaws(random, t.type.to, frames * tensorSize(t)))
  const stdout = await run(emitProgram(program), emitTestBench(program), encodeFrames(program, inputs))
  return decodeFrames(program, stdout).flatMap((results, k) => {
    const subject = subjects[k]!
    const wanted = expectedOf(subject, inputs[tensors.indexOf(subject.input)]!)
    const found = Array.from(results as ArrayLike<number | bigint>, BigInt)
    const at = wanted.findIndex((raw, i) => raw !== found[i])
    if (at < 0 && found.length === wanted.length) return []
    return [`${subject.name}: element ${at} of ${wanted.length} is ${found[at]}, expected ${wanted[at]}`]
  })
}

// Frame after frame: a subject may have a state.
function expectedOf({ input, reference }: Subject, raws: readonly bigint[]): bigint[] {
  const size = tensorSize(input)
  const wanted: bigint[] = []
  for (let at = 0; at < raws.length; at += size) {
    wanted.push(...reference({ raws: raws.slice(at, at + size), frac: input.type.to.frac }))
  }
  return wanted
}
