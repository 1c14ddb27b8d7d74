// Finds input types and, for float weights, the fewest fraction bits per tensor that keep the loss asked for.

import { type CompiledModel, type CompileOptions, compileModel } from '../compile.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import type { Batch } from '../engines/engine.ts'
import { createFixedEngine, toNumbers } from '../engines/fixed/fixed.ts'
import { runFloat } from '../engines/float.ts'
import { exactValue } from '../fixed/convert.ts'
import type { FixedType } from '../fixed/types.ts'
import { nodeNamed } from '../ir/graph.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { type LossKind, lossOf } from './loss.ts'

export interface Calibration {
  readonly inputs: readonly Batch[]
  readonly loss: LossKind
  /** Largest loss accepted, as a share of 1. */
  readonly maxLoss: number
}

const fewest = 4
const most = 16
const calibrationRows = 1000

/** Types a model without a config: input types from the rows, weight bits by search. */
export function compileLossless(
  source: OpGraph,
  calibration: Calibration,
  options: CompileOptions = {},
): CompiledModel {
  const inputs = calibration.inputs.map(firstRows)
  const names = source.nodes.filter(node => node.kind === 'input').map(node => node.name)
  const given = options.inputTypes ?? new Map<string, FixedType>()
  const inputTypes = new Map(names.map((name, k) => [name, given.get(name) ?? typeOfData(inputs[k]!)]))
  const weightFracs = searchFracs(source, { ...calibration, inputs }, { ...options, inputTypes })
  return compileModel(source, { ...options, inputTypes, weightFracs })
}

function firstRows(batch: Batch): Batch {
  const rows = Math.min(batch.rows, calibrationRows)
  return { ...batch, rows, data: batch.data.subarray(0, (batch.data.length / batch.rows) * rows) }
}

/** The narrowest type that holds the values exactly, with at most 16 fraction bits (then rounded to nearest). */
export function typeOfData(batch: Batch): FixedType {
  let frac = 0
  let low = 0
  let high = 0
  for (const value of batch.data) {
    low = Math.min(low, value)
    high = Math.max(high, value)
    while (frac < most && !Number.isInteger(value * 2 ** frac)) frac++
  }
  const signed = low < 0
  const reach = Math.max(Math.round(high * 2 ** frac), -Math.round(low * 2 ** frac) - 1, 0)
  const bits = reach === 0 ? 0 : exactValue(reach).mantissa.toString(2).length
  return { signed, width: bits + (signed ? 1 : 0), frac }
}

/** Tensors with no source type, largest first: they have most to save. */
function floatTensors(source: OpGraph): { key: string; size: number }[] {
  const found = source.nodes.flatMap(node =>
    Object.entries(node.weights)
      .filter(([role]) => node.quantisers[role] === undefined)
      .map(([role, id]) => ({ key: `${node.name}.${role}`, tensor: source.store.get(id) })),
  )
  return found
    .flatMap(({ key, tensor }) => (tensor?.form === 'float' ? [{ key, size: tensor.data.length }] : []))
    .sort((a, b) => b.size - a.size)
}

function searchFracs(
  source: OpGraph,
  calibration: Calibration,
  options: CompileOptions,
): Map<string, number> {
  const tensors = floatTensors(source)
  const fracs = new Map(tensors.map(({ key }) => [key, most]))
  if (tensors.length === 0) return fracs
  const output = source.outputs[0]!
  const float = runFloat(source, calibration.inputs, [output]).get(output)!
  const loss = () => emulatedLoss(source, float, calibration, { ...options, weightFracs: fracs })
  const least = loss()
  const allowed = Math.max(calibration.maxLoss, least)
  if (least > calibration.maxLoss) refuseLoss(least, calibration.maxLoss)
  for (const { key } of tensors) {
    let [low, high] = [fewest, most]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      fracs.set(key, middle)
      if (loss() <= allowed) high = middle
      else low = middle + 1
    }
    fracs.set(key, high)
  }
  return fracs
}

function emulatedLoss(
  source: OpGraph,
  float: Batch,
  calibration: Calibration,
  options: CompileOptions,
): number {
  const { typed } = compileModel(source, options)
  const output = typed.outputs[0]!
  const raw = createFixedEngine(typed).run(calibration.inputs, [output]).get(output)!
  return lossOf(calibration.loss, float, toNumbers(nodeNamed(typed, output), raw))
}

function refuseLoss(found: number, asked: number): never {
  return fail({
    code: 'precision/loss-not-reached',
    place: 'model',
    problem: `with ${most} fraction bits in every float tensor the loss is ${(100 * found).toFixed(2)} %`,
    expected: `at most ${(100 * asked).toFixed(2)} %`,
    remedy: 'Raise --max-loss, or train with quantised weights and activations.',
  })
}
