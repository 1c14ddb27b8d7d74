// Frames through every interface in the built-in simulator, whatever waits.

import { describe, expect, it } from 'vitest'
import { stallPattern } from '../../stream-ports.ts'
import { type AcceleratorShape, shapeName, shapes, smallAccelerator } from '../testing/small-accelerator.ts'
import { filledUp, planFrames } from './frames.ts'
import { createBusSimulation } from './run-bus.ts'

describe.each(shapes.map((shape): [string, AcceleratorShape] => [shapeName(shape), shape]))(
  '%s',
  (_, shape) => {
    const { module, subject, rows, results, wordsOut } = smallAccelerator(shape)
    const simulation = createBusSimulation(module, subject)
    const expected = results.map(row => filledUp(row, subject.wordsPerBeat))

    it.each([undefined, 1, 2, 3])('stalls %s', seed => {
      for (const transfers of ['each', 'one'] as const) {
        const { script, read } = planFrames(subject, rows, wordsOut, transfers)
        const stall = seed === undefined ? {} : { stall: stallPattern(seed) }
        const { frames, fault } = read(simulation.run(script, stall))
        expect(frames).toEqual(expected)
        expect(fault).toBeUndefined()
      }
    })
  },
)
