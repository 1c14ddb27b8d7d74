// An operator's example as a fully typed operator, so that it can be run without a graph around it.

import { bug } from '../diagnostics/diagnostic.ts'
import type { Conversion } from '../fixed/types.ts'
import { type TensorType, tensorConversion, uniform } from '../ir/tensor-type.ts'
import type { OpDefinition, OpExample, TypedOp } from './definition.ts'

/** The operator that an example describes; roles and choices it leaves out have their defaults. */
export function typedOpOfExample<K extends string, A>(
  definition: OpDefinition<K, A>,
  example: OpExample<A>,
): TypedOp<A> {
  const name = definition.kind.replace(/\W/g, '_')
  const inputs = example.inputs.map(({ shape, type }): TensorType => ({ shape, element: uniform(type) }))
  const shape = definition.inferShape(
    example.attrs,
    inputs.map(input => input.shape),
    name,
  )
  const conversions = conversionsOf(definition, example)
  const conversion = (role: string) =>
    conversions.get(role) ?? bug(`example '${example.title}' of ${definition.kind} has no ${role}`)
  const result = tensorConversion(conversion('result'))
  const defaults = definition.choices.map(choice => [choice.key, choice.default] as const)
  return {
    name,
    attrs: example.attrs,
    inputs,
    inputNames: example.inputs.map((_, k) => `'input ${k}'`),
    inputConversions: example.inputs.map(({ type }) =>
      tensorConversion({ to: type, rounding: 'TRN', overflow: 'WRAP', saturationBits: 0 }),
    ),
    output: { shape, element: result.to },
    choices: { ...Object.fromEntries(defaults), ...example.choices },
    origin: { layerClass: definition.kind, source: name, mergedNames: [] },
    result,
    conversion,
    hasRole: role => conversions.has(role),
    weight: role => example.weights[role],
  }
}

function conversionsOf<K extends string, A>(
  definition: OpDefinition<K, A>,
  example: OpExample<A>,
): ReadonlyMap<string, Conversion> {
  const defaults = Object.entries(definition.roles).flatMap(([role, { default: asked }]) =>
    asked === undefined || asked === 'auto' ? [] : [[role, asked] as const],
  )
  const weights = Object.entries(example.weights).map(
    ([role, { type }]) =>
      [role, { to: type, rounding: 'TRN', overflow: 'WRAP', saturationBits: 0 } as const] as const,
  )
  return new Map<string, Conversion>([...defaults, ...weights, ...Object.entries(example.conversions)])
}
