// A layer of Keras that a user's own operator reads.

import { fail } from '../../diagnostics/diagnostic.ts'
import { type OwnLayer, ownKerasLayer } from '../../ops/own-operators.ts'
import { shown } from '../json.ts'
import { collected, ownDraft } from '../own-layers.ts'
import type { LayerContext, LayerReader } from './layer.ts'

/** The reader of a class that a registered operator has a mapping for. */
export function ownLayerReader(className: string): LayerReader | undefined {
  const own = ownKerasLayer(className)
  if (own === undefined) return undefined
  return context => {
    const { inputShapes, problems, layer } = context
    if (inputShapes.some(shape => shape === undefined)) return []
    const draft = collected(problems, () =>
      ownDraft(own.operator, plainName(layer.className), viewOf(context), own.mapping.read),
    )
    return draft === undefined ? [] : [draft]
  }
}

const plainName = (className: string) => className.slice(className.indexOf('>') + 1)

function viewOf({ layer, attributes, weights, inputShapes, problems }: LayerContext): OwnLayer {
  const refuse = (problem: string, remedy: string) =>
    fail({ code: 'operator/refused', place: layer.place, problem, remedy })
  return {
    name: layer.name,
    inputs: inputShapes.flatMap(shape => (shape === undefined ? [] : [shape])),
    attribute: attributes.value,
    number: (name, usual) => {
      const value = attributes.value(name) ?? usual
      if (typeof value === 'number' && Number.isFinite(value)) return value
      return fail({
        code: 'keras/attribute-value',
        place: layer.place,
        problem: `the attribute '${name}' is ${shown(value)}`,
        expected: 'a number',
        remedy: 'Save the model again.',
      })
    },
    weight: (variable, shape) => {
      const values = weights.take(variable, shape)
      if (values === undefined) problems.throwIfAny()
      return values!
    },
    refuse,
  }
}
