import { expect, it } from 'vitest'
import { endText } from './verdict.ts'

it('counts epochs', () => {
  expect(endText({ history: [{}], bestEpoch: 1, ended: 'epochs' })).toBe(
    '1 epoch; the weights are those of epoch 1',
  )
  expect(endText({ history: [{}, {}], bestEpoch: 1, ended: 'patience' })).toMatch(/^2 epochs, when nothing/)
})
