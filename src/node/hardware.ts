// From a model's options to a design: what `build` and `verify` share.

import { buildDesign, type Design } from '../backends/verilog/design.ts'
import type { Board } from '../boards/boards.ts'
import type { ModelConfig } from '../config/model-config.ts'
import { type Diagnostic, fail } from '../diagnostics/diagnostic.ts'
import type { Batch } from '../engines/engine.ts'
import { type Device, findDevice } from '../estimate/devices.ts'
import { rawToNumber } from '../fixed/convert.ts'
import { maxRaw, minRaw } from '../fixed/types.ts'
import { sizeOf, typeAt } from '../ir/tensor-type.ts'
import { speedGradeOf } from '../netlist/delay.ts'
import { createNameScope } from '../netlist/verilog-names.ts'
import { type OpGraph, typeOfNode } from '../ops/typed-node.ts'
import type { Handshake } from '../rtl/top.ts'
import { type ModelOptions, type PreparedModel, prepareModel } from './prepare.ts'
import { scaleBatches, unscaledBatch } from './scaler.ts'
import { resolveTarget, type Target } from './target.ts'

export interface HardwareOptions extends ModelOptions, Target {
  /** Clock period in ns; the config's, else 5. */
  readonly clock?: number
  /** Name of the project and its top module; the config's, else `myproject`. */
  readonly project?: string
  readonly handshake?: Handshake
  readonly elementsPerBeat?: number
  /** Whether folded layers may multiply in DSP blocks; by default they do. */
  readonly dsp?: boolean
  /** Work that goes into constant products: 1 by default, 0 for one pass, more for smaller circuits. */
  readonly effort?: number
}

export interface PreparedDesign {
  readonly prepared: PreparedModel
  readonly part: string
  /** The board that flags or config name, where they name one. */
  readonly board?: Board
  readonly device: Device
  readonly design: Design
  /** Vectors to verify on: the user's, or random ones of the inputs' types. */
  readonly vectors: readonly Batch[]
  /** The same before they were scaled; the same arrays where no scaler stands before the network. */
  readonly given: readonly Batch[]
  /** True when no vectors were given. */
  readonly randomVectors: boolean
  readonly findings: readonly Diagnostic[]
}

const randomRows = 256

/**
 * `boardClock`: a board gives the clock where nothing else does; one that a flag names, unless a flag gives that too.
 */
export async function prepareDesign(options: HardwareOptions, boardClock = false): Promise<PreparedDesign> {
  const targetOf = async (config: ModelConfig) => {
    const target = await resolveTarget(options, config)
    return { ...target, device: findDevice(target.part) }
  }
  const prepared = await prepareModel(options, { judge: targetOf })
  const { config } = prepared
  const { part, board, device } = await targetOf(config)
  const boardNs = boardClock && board !== undefined ? 1000 / board.clockMhz : undefined
  const design = buildDesign(prepared.compiled.typed, {
    project: checkedProject(options.project ?? config.projectName ?? 'myproject'),
    clockNs:
      options.clock ?? (options.board === undefined ? undefined : boardNs) ?? config.clockNs ?? boardNs ?? 5,
    family: device.family,
    grade: speedGradeOf(part),
    ...(options.handshake === undefined ? {} : { handshake: options.handshake }),
    ...(options.elementsPerBeat === undefined ? {} : { elementsPerBeat: options.elementsPerBeat }),
    ...(options.dsp === undefined ? {} : { dsp: options.dsp }),
    ...(options.effort === undefined ? {} : { effort: options.effort }),
  })
  return {
    prepared,
    part,
    ...(board === undefined ? {} : { board }),
    device,
    design,
    ...vectorsOf(prepared),
    randomVectors: prepared.vectors === undefined,
    findings: [...prepared.findings, ...design.findings],
  }
}

/** Vectors to verify on, and what they were before they were scaled; made-up ones too are of rows that a user can give. */
function vectorsOf({ vectors, given, scaling: { scaler }, compiled }: PreparedModel) {
  if (vectors !== undefined) return { vectors, given: given ?? vectors }
  const random = randomVectors(compiled.typed, randomRows)
  if (scaler === undefined) return { vectors: random, given: random }
  const unscaled = random.map((batch, k) => unscaledBatch(scaler.scalers[k], batch))
  const batches = scaleBatches(scaler, unscaled)
  return { vectors: batches.scaled, given: batches.given }
}

/** The name, which the top module bears as it is. */
function checkedProject(name: string): string {
  const possible = createNameScope().take(name)
  if (possible === name) return name
  return fail({
    code: 'project/name',
    place: '--project',
    problem: `the project is called '${name}', which its Verilog modules cannot be`,
    expected: 'letters, digits and single underscores, a letter first, and no word of the language',
    remedy: `Take e.g. '${possible}'.`,
  })
}

/** Rows over the whole range of every input's type, its ends among them. Same graph, same rows. */
export function randomVectors(graph: OpGraph, rows: number): Batch[] {
  let state = 0x2545f491
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  return graph.nodes
    .filter(node => node.kind === 'input')
    .map(node => {
      const type = typeOfNode(node)
      const size = sizeOf(node.shape)
      const data = Float64Array.from({ length: rows * size }, (_, k) => {
        const element = typeAt(type, k % size)
        const [low, high] = [
          rawToNumber(minRaw(element), element.frac),
          rawToNumber(maxRaw(element), element.frac),
        ]
        const row = Math.floor(k / size)
        if (row === 0) return low
        return row === 1 ? high : low + next() * (high - low)
      })
      return { rows, shape: node.shape, data }
    })
}
