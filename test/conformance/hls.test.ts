// Every operator's C++ answer, printed, compiled by g++ and compared raw with its plan, on its examples: with the types
// that they have, and with types of their own for elements of results and inputs.

import { describe, expect, it } from 'vitest'
import { isRefusal } from '../../src/ops/definition.ts'
import { findCxx } from '../../src/tools/cxx.ts'
import { type Built, differences, type Subject } from './hls-differences.ts'
import { builtByElement, isStreamed, subjects } from './hls-subjects.ts'

const answers = subjects.map(subject => ({ subject, answer: subject.definition.hls(subject.op) }))
const built = answers.flatMap(({ subject, answer }): Built[] =>
  isRefusal(answer) ? [] : [{ ...subject, body: answer }],
)

const compiler = findCxx()
if (compiler === undefined) console.warn('C++ of operators not compiled: no g++')

/** All in parts of which the compiler is soon done with each. */
const shares = [0, 1, 2, 3].map(share => ({
  title: `part ${share + 1}`,
  all: built.filter((_, k) => k % 4 === share),
}))

const ownForms = (['array', 'stream'] as const).flatMap(form => [
  { title: `results by channel, ${form}`, form, axes: 1, inputs: false },
  { title: `results by element, ${form}`, form, axes: 9, inputs: false },
  { title: `all by element, ${form}`, form, axes: 9, inputs: true },
])

/** One example of every kernel of every operator: types are what differs here. */
const oneOfEach: Subject[] = [
  ...new Map(
    built.map(subject => [
      `${subject.definition.kind} ${'kernel' in subject.body ? subject.body.kernel : ''}`,
      subject,
    ]),
  ).values(),
]

describe('C++ answers of operators', () => {
  it('are refused by a code and a reason, or built', () => {
    for (const { subject, answer } of answers) {
      if (!isRefusal(answer)) continue
      console.info(`${subject.title} has no C++: ${answer.code}: ${answer.reason}`)
      expect(answer.code).toMatch(/^hls\/[a-z0-9-]+$/)
      expect(answer.reason).not.toBe('')
    }
    expect(built.length).toBeGreaterThan(0)
  })

  it.skipIf(compiler === undefined).each(shares)(
    'give the bits of the plan on every example: $title',
    async own => {
      expect(await differences(own.all, 'array')).toEqual([])
    },
  )

  it.skipIf(compiler === undefined).each(shares)('give the same bits on streams: $title', async own => {
    expect(await differences(own.all.filter(isStreamed), 'stream')).toEqual([])
  })

  it.skipIf(compiler === undefined).each(ownForms)('give them with types of elements: $title', async own => {
    const all = builtByElement(oneOfEach, own.axes, own.inputs)
    console.info(`${own.title}: ${[...new Set(all.map(({ definition }) => definition.kind))].join(', ')}`)
    expect(await differences(own.form === 'stream' ? all.filter(isStreamed) : all, own.form)).toEqual([])
  })
})
