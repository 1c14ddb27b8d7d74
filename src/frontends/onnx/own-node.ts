// A node of ONNX that a user's own operator reads.

import { fail } from '../../diagnostics/diagnostic.ts'
import { type OwnLayer, ownOnnxNode } from '../../ops/own-operators.ts'
import { collected, ownDraft } from '../own-layers.ts'
import type { Computed, NodeContext, OperatorReader } from './node.ts'

/** The reader of a node that a registered operator has a mapping for. */
export function ownNodeReader(domain: string, type: string): OperatorReader | undefined {
  const own = ownOnnxNode(domain, type)
  if (own === undefined) return undefined
  const isElementwise = own.mapping.elementwise === true
  return {
    anyLayout: isElementwise,
    read: context => {
      const computed = context.inputs.filter((operand): operand is Computed => operand?.kind === 'computed')
      const draft = collected(context.problems, () =>
        ownDraft(own.operator, type, viewOf(context, computed), own.mapping.read),
      )
      if (draft === undefined) return undefined
      const { weights = {}, shape = [], ...rest } = draft
      const made = Object.entries(weights).flatMap(([role, values]) =>
        values ? [[role, values] as const] : [],
      )
      const [first] = computed
      return {
        drafts: [
          { ...rest, shape, weights: Object.fromEntries(made), inputs: computed.map(({ node }) => node) },
        ],
        ...(isElementwise && first !== undefined && { layout: first.layout }),
      }
    },
  }
}

function viewOf({ name, place, attributes, inputs }: NodeContext, computed: readonly Computed[]): OwnLayer {
  const refuse = (problem: string, remedy: string) =>
    fail({ code: 'operator/refused', place, problem, remedy })
  return {
    name,
    inputs: computed.map(({ shape }) => shape),
    attribute: key => {
      const found = attributes.value(key)
      return found === undefined || !('value' in found) ? undefined : found.value
    },
    number: (key, usual) => {
      const found = attributes.value(key)
      const value = found === undefined ? usual : 'value' in found ? found.value : undefined
      if (typeof value === 'number' && Number.isFinite(value)) return value
      return refuse(`the attribute '${key}' is no number`, 'Export the model again.')
    },
    weight: (at, shape) => {
      const operand = inputs[Number(at)]
      if (operand?.kind !== 'constant')
        return refuse(`its input ${at} is no constant`, 'Fold constants before exporting.')
      const { values } = operand
      const fits =
        values.shape.length === shape.length &&
        shape.every((extent, axis) => extent === undefined || extent === values.shape[axis])
      if (fits) return values
      const wanted = shape.map(extent => extent ?? 'any').join(', ')
      return refuse(
        `its input ${at} has the shape [${values.shape.join(', ')}] where [${wanted}] is read`,
        'Export the model again.',
      )
    },
    refuse,
  }
}
