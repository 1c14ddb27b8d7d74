import { expect, it } from 'vitest'
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts'
import type { Snapshot } from './loop.ts'

const snapshot: Snapshot = {
  weights: { 'fc1/kernel': Float32Array.of(0.1, -2, 3e-9), 'fc1/bias': Float32Array.of(0) },
  slots: { 'mean/fc1/kernel': Float32Array.of(1, 2, 3) },
  best: { value: -0.25, epoch: 1, weights: { 'fc1/kernel': Float32Array.of(7, 8, 9) } },
  history: [{ epoch: 1, rate: 0.001, loss: 0.25, accuracy: 0.5, best: true }],
  schedule: { factor: 0.5, waited: 2 },
  waited: 1,
}

it('gives back what was written, bit for bit', () => {
  expect(readCheckpoint(writeCheckpoint(snapshot, 'a'), 'c', 'a')).toEqual(snapshot)
  const first = { ...snapshot, best: null }
  expect(readCheckpoint(writeCheckpoint(first, 'a'), 'c', 'a')).toEqual(first)
})

it('tells damaged ones at any length and any changed byte', () => {
  const bytes = writeCheckpoint(snapshot, 'a')
  for (let length = 0; length < bytes.length; length += 7)
    expect(() => readCheckpoint(bytes.slice(0, length), 'c', 'a')).toThrow('train/checkpoint-damaged')
  for (let at = 0; at < bytes.length; at += 5) {
    const changed = bytes.slice()
    changed[at]! ^= 4
    expect(() => readCheckpoint(changed, 'c', 'a')).toThrow('train/checkpoint-damaged')
  }
})

it('refuses those of another run', () => {
  expect(() => readCheckpoint(writeCheckpoint(snapshot, 'a'), 'c', 'b')).toThrow('train/checkpoint-other-run')
})
