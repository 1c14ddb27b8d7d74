import { describe, expect, it } from 'vitest'
import { typeAt } from '../ir/tensor-type.ts'
import { conv } from '../ops/conv/index.ts'
import { typedOpOfExample } from '../ops/typed-op.ts'
import { observePlan } from './observe-plan.ts'

describe('a plan that is watched', () => {
  it('tells the groups of a convolution as one', () => {
    const example = conv.examples.find(({ title }) => title === 'depthwise, two filters a channel')!
    const op = typedOpOfExample(conv, example)
    const observer = observePlan(conv.emulate(op), (_, use) => (use === 'result' ? 'result' : 'accum'))
    const size = example.inputs[0]!.shape.reduce((a, b) => a * b, 1)
    observer.run([Float64Array.from({ length: size }, (_, k) => (k % 7) - 3)])
    const found = observer.conversions()
    expect(found.map(({ role }) => role)).toEqual(['accum', 'result'])
    // Each sum is told when it is made and when it leaves the group.
    expect(found.map(({ of }) => of)).toEqual([2 * 80, 80])
    expect(found[1]!.conversions[0]!.to).toEqual(typeAt(op.output, 0))
  })
})
