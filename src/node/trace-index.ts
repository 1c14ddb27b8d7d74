// What the files of a trace are: a layer each, under the name that hls4ml's trace has it by.

import type { CompiledModel } from '../compile.ts'
import { fixedPrecision, printPrecision } from '../fixed/precision.ts'
import { unionType } from '../ir/tensor-type.ts'
import type { OpNode } from '../ops/index.ts'

/** A layer of a trace. */
export interface TraceEntry {
  readonly name: string
  /** Its file in the folder of the trace: the name, with what a file system may not take replaced. */
  readonly file: string
  /** hls4ml's layer class. */
  readonly layerClass: string
  /** Names of the model's layers that it stands for: its own, and those folded into it. */
  readonly standsFor: readonly string[]
  /** Shape of a row. */
  readonly shape: readonly number[]
  /** The type of its values, the narrowest for all; absent for the float model. */
  readonly type?: string
}

/** `trace.json`. */
export interface TraceIndex {
  readonly model: string
  readonly engine: 'fixed' | 'float'
  readonly rows: number
  /** In the order of the graph that ran. */
  readonly layers: readonly TraceEntry[]
}

export function indexOf(
  { source, typed }: Pick<CompiledModel, 'source' | 'typed'>,
  engine: 'fixed' | 'float',
  rows: number,
): TraceIndex {
  const { nodes } = engine === 'float' ? source : typed
  const files = fileNames(nodes.map(({ name }) => name))
  const layers = nodes.map((node, k): TraceEntry => {
    const { name, shape, origin } = node
    return {
      name,
      file: files[k]!,
      layerClass: origin.layerClass,
      standsFor: [...new Set([name, ...origin.mergedNames])],
      shape,
      ...(engine === 'float' ? {} : { type: typeOf(node) }),
    }
  })
  return { model: source.name, engine, rows, layers }
}

function typeOf(node: OpNode): string {
  const result = node.resolved.result!
  const union = unionType({ shape: node.shape, element: result.to })
  return printPrecision(fixedPrecision({ ...result, to: union }), 'short')
}

/** A file for each name, no two alike even where upper and lower case are one. */
function fileNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map(name => {
    const stem = name.replace(/[^\w.-]/g, '_') || '_'
    let file = `${stem}.npy`
    for (let count = 2; taken.has(file.toLowerCase()); count++) file = `${stem}_${count}.npy`
    taken.add(file.toLowerCase())
    return file
  })
}
