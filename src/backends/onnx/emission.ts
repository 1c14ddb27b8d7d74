// A node while it becomes nodes of ONNX, and what is said of one that has no form there.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { OpNode } from '../../ops/index.ts'
import type { Emitter, Layout } from './emitter.ts'

/** A node with what it reads, while it becomes nodes of ONNX. */
export interface Emission {
  readonly emitter: Emitter
  readonly node: OpNode
  /** Shapes of what it reads. */
  readonly shapes: readonly Shape[]
  /** Whether the weights are of a typed graph. */
  readonly typed: boolean
  /** Whether QONNX's operators may be used. */
  readonly hasQonnx: boolean
  /** The values of a role, undefined when the node has none. */
  values(role: string): FloatValues | undefined
  /** The tensor of a role's values, laid out as `change` says; undefined when the node has none. */
  weight(role: string, change?: (values: FloatValues) => FloatValues): string | undefined
  input(index: number, layout: Layout): string
}

/** The tensor of the result, and its layout. */
export interface Emitted {
  readonly tensor: string
  readonly layout: Layout
}

/** A tensor as in Lutra, channels last. */
export const last = (tensor: string): Emitted => ({ tensor, layout: 'last' })

/** A tensor as ONNX has images, channels first. */
export const first = (tensor: string): Emitted => ({ tensor, layout: 'first' })

/** Fails with `export/no-form`. */
export function refuse({ node }: Emission, what: string): never {
  return fail({
    code: 'export/no-form',
    place: `layer '${node.name}'`,
    problem: `${what} is not written as ONNX`,
    expected: 'an operator that ONNX has, and that is exact there where types are kept',
    remedy: 'Export the model from where it was trained, or end the network before this layer.',
  })
}
