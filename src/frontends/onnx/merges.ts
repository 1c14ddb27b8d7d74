// Computed tensors merged element by element.

import { definitionOf } from '../../ops/index.ts'
import type { MergeOperation } from '../../ops/merge/index.ts'
import { asInFile } from './layout.ts'
import type { Computed, Draft, NodeReader } from './node.ts'

/** Two or more computed tensors; where they lie alike they stay so, else the file's axes are matched. */
export const readMergeOf =
  (operation: MergeOperation): NodeReader =>
  context => {
    const { inputs, name, place, problems } = context
    const computed = inputs.filter(input => input?.kind === 'computed')
    if (computed.length < inputs.length || computed.length < 2) {
      problems.add({
        code: 'onnx/operand',
        place,
        problem:
          computed.length < 2
            ? 'it merges fewer than two computed tensors'
            : 'one of its tensors is a constant',
        expected: 'two or more computed tensors',
        remedy: 'Merge the constant in the layer before.',
      })
      return undefined
    }
    const { operands, drafts } = alike(computed)
      ? { operands: computed, drafts: [] }
      : matched(computed, name)
    const attrs = { operation }
    const shape = definitionOf('merge').inferShape(
      attrs,
      operands.map(own => own.shape),
      name,
    )
    const draft: Draft = {
      kind: 'merge',
      layerClass: 'Merge',
      attrs,
      name,
      inputs: operands.map(({ node }) => node),
      shape,
    }
    return { drafts: [...drafts, draft], layout: operands[0]!.layout }
  }

function alike(operands: readonly Computed[]): boolean {
  const [first] = operands
  return operands.every(
    ({ layout, shape }) =>
      layout.kind === first!.layout.kind &&
      shape.length === first!.shape.length &&
      (layout.kind !== 'flattened' || shape.join() === first!.shape.join()),
  )
}

function matched(operands: readonly Computed[], name: string) {
  const turned = operands.map((own, k) => asInFile(own, `${name}_${k}`))
  return { operands: turned.map(({ x }) => x), drafts: turned.flatMap(({ drafts }) => drafts) }
}
