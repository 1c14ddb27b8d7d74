// What the C++ of operators is tested on: their examples, and the same with types of their own for elements.

import type { FixedType } from '../../src/fixed/types.ts'
import { type ElementTypes, type Shape, sizeOf } from '../../src/ir/tensor-type.ts'
import { isRefusal, type OpExample, type TypedOp } from '../../src/ops/definition.ts'
import { definitionOf, type OpKind, ops } from '../../src/ops/index.ts'
import { typedOpOfExample } from '../../src/ops/typed-op.ts'
import type { Built, Subject } from './hls-differences.ts'

/** Operators that also run beat by beat on streams, whatever their example's shape. */
const streamed: readonly OpKind[] = [
  'dense',
  'conv',
  'pool',
  'global-pool',
  'lstm',
  'gru',
  'simple-rnn',
  'bidirectional',
  'integrate-fire',
  'spike-readout',
  'quantise',
  'relu',
  'leaky-relu',
  'prelu',
  'thresholded-relu',
  'elu',
  'selu',
  'merge',
  'dot',
  'einsum',
  'einsum-dense',
  'hard-activation',
  'hard-swish',
  'power-of-two',
  'table-activation',
  'unary-table',
  'softmax',
  'batch-norm',
  'binary-tanh',
  'ternary-tanh',
  'threshold',
  'reshape',
  'permute',
  'pad',
  'crop',
  'upsample',
  'concatenate',
  'embedding',
  'layer-norm',
]

const examples: readonly Subject[] = (Object.keys(ops) as OpKind[]).flatMap(kind => {
  const definition = definitionOf(kind)
  return definition.examples.map((example: OpExample<unknown>, k) => ({
    name: `${kind.replace(/\W/g, '_')}_${k}`,
    title: `${kind}: ${example.title}`,
    definition,
    op: typedOpOfExample(definition, example),
  }))
})

/** Some of them without their zeros, in three turns. */
const compressed: readonly Subject[] = examples
  .filter(({ op }, k) => 'Strategy' in op.choices && 'ReuseFactor' in op.choices && k % 3 === 0)
  .map(({ name, title, definition, op }) => ({
    name: `${name}_compressed`,
    title: `${title}, compressed`,
    definition,
    op: { ...op, choices: { ...op.choices, Strategy: 'Compressed', ReuseFactor: 3 } },
  }))

/** What is compared: the operators' examples, and more settings of some. */
export const subjects: readonly Subject[] = [...examples, ...compressed]

/** A type of its own for every element along the last axes, or for all of them; every seventh is constant 0. */
function ownTypes(shape: Shape, base: FixedType, axes: number): ElementTypes {
  const own = shape.slice(-axes)
  const types = Array.from({ length: sizeOf(own) }, (_, k) =>
    k % 7 === 6
      ? { signed: false, width: 0, frac: base.frac }
      : { ...base, width: base.width + ((k * 5) % 3), frac: base.frac + ((k * 7) % 4) },
  )
  return { shape: own, types }
}

/** The operator with such types of its result, and of its inputs where `inputs`. */
function byElement(op: TypedOp<unknown>, axes: number, inputs: boolean): TypedOp<unknown> {
  const { shape } = op.output
  const element = ownTypes(shape, op.output.element.types[0]!, axes)
  const given = inputs
    ? op.inputs.map(type => ({ ...type, element: ownTypes(type.shape, type.element.types[0]!, axes) }))
    : op.inputs
  return { ...op, inputs: given, output: { shape, element }, result: { ...op.result, to: element } }
}

/** What does not refuse elements that have types of their own. */
export function builtByElement(subjects: readonly Subject[], axes: number, inputs: boolean): Built[] {
  return subjects.flatMap((subject): Built[] => {
    const op = byElement(subject.op, axes, inputs)
    const body = subject.definition.hls(op)
    return isRefusal(body) ? [] : [{ ...subject, op, body }]
  })
}

/** Whether it runs on streams too. */
export function isStreamed(subject: Subject): boolean {
  return streamed.includes(subject.definition.kind)
}
