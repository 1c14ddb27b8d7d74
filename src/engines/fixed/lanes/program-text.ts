// A whole program as a WebAssembly module and what runs around it.

import { type Context, createTables } from './emission.ts'
import { inputText } from './input-text.ts'
import { layOut } from './layout.ts'
import { mapText } from './map-text.ts'
import { productText } from './product-text.ts'
import type { LaneProgram, PlainStep } from './program.ts'

/** What is run for a block of samples, in order. */
export type Segment =
  /** The exported function of this name. */
  { readonly kind: 'lanes'; readonly name: string } | { readonly kind: 'plain'; readonly step: PlainStep }

export interface ProgramText {
  readonly text: string
  readonly block: number
  readonly memoryBytes: number
  readonly addresses: readonly number[]
  readonly image: { readonly address: number; readonly bytes: Uint8Array }
  /** By input: where its rows go, and the function that takes them in, if there is one. */
  readonly inputs: readonly { readonly rows: number; readonly take: string | undefined }[]
  readonly segments: readonly Segment[]
}

export function emitProgram(program: LaneProgram): ProgramText {
  const layout = layOut(program)
  const context: Context = { program, layout, tables: createTables(layout.end) }
  const functions: string[] = []
  const inputs = program.inputs.map((input, k) => {
    const inLanes = input.classes !== undefined && program.buffers[input.buffer]!.cell !== 'plain'
    if (inLanes) functions.push(inputText(context, input, input.classes, layout.inputs[k]!, `take${k}`))
    return { rows: layout.inputs[k]!, take: inLanes ? `take${k}` : undefined }
  })
  const segments = segmentsOf(context, functions)
  const bytes = context.tables.image()
  return {
    text: `(module (import "env" "memory" (memory 1))\n${functions.join('\n')})`,
    block: layout.block,
    memoryBytes: layout.end + bytes.length + 64,
    addresses: layout.addresses,
    image: { address: layout.end, bytes },
    inputs,
    segments,
  }
}

function segmentsOf(context: Context, functions: string[]): Segment[] {
  const segments: Segment[] = []
  let calls: string[] = []
  const flush = () => {
    if (calls.length === 0) return
    const name = `run${segments.length}`
    functions.push(`(func (export "${name}") ${calls.join(' ')})`)
    segments.push({ kind: 'lanes', name })
    calls = []
  }
  context.program.steps.forEach((step, n) => {
    if (step.kind === 'plain') {
      flush()
      segments.push({ kind: 'plain', step })
      return
    }
    const made = step.kind === 'map' ? mapText(context, step, `$m${n}`) : productText(context, step, `$m${n}`)
    functions.push(made.text)
    calls.push(...made.calls)
  })
  flush()
  return segments
}
