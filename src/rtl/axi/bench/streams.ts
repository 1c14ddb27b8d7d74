// The streams on either side of an accelerator: beats are offered until they are taken, and taken when ready.

import type { Pins } from './pins.ts'
import type { BusRun, BusScript, BusSubject } from './script.ts'

export interface Streams {
  drive(): void
  observe(): string | undefined
  isDone(): boolean
  progress(): string
  result(): Pick<BusRun, 'taken' | 'received' | 'offered'>
}

/** Where there are none. */
export const noStreams: Streams = {
  drive: () => {},
  observe: () => undefined,
  isDone: () => true,
  progress: () => 'no streams',
  result: () => ({
    taken: [],
    offered: [],
    received: { words: new Uint32Array(0), lasts: new Uint8Array(0) },
  }),
}

export function createStreams(pins: Pins, script: BusScript, { wordsPerBeat }: BusSubject): Streams {
  const { words, lasts } = script.sent!
  const expected = script.expected ?? 0
  const taken: number[] = []
  const offered: number[] = []
  const data: bigint[][] = []
  const marks: bigint[][] = []
  let presenting = false
  return {
    drive() {
      const own = taken.length
      if (!presenting) {
        presenting = own < lasts.length && pins.goes('source')
        pins.set('s_valid', presenting ? 1 : 0)
        pins.set('s_last', presenting ? lasts[own]! : 0)
        for (let lane = 0; lane < wordsPerBeat; lane++)
          pins.set('s_data', presenting ? words[own * wordsPerBeat + lane]! : 0, lane)
      }
      pins.set('m_ready', pins.goes('sink') ? 1 : 0)
    },
    observe() {
      if (presenting && pins.get('s_ready') === 1) {
        taken.push(pins.cycle)
        presenting = false
        pins.moved()
      }
      if (pins.get('m_valid') === 0) return undefined
      if (data.length === expected) return 'extra'
      if (offered.length === data.length) offered.push(pins.cycle)
      if (!pins.goes('sink')) return undefined
      data.push(pins.capture('m_data', wordsPerBeat))
      marks.push(pins.capture('m_last', 1))
      pins.moved()
      return undefined
    },
    isDone: () => taken.length === lasts.length && data.length === expected,
    progress: () => `${taken.length} of ${lasts.length} beats taken, ${data.length} of ${expected} have come`,
    result: () => ({
      taken,
      offered,
      received: {
        words: Uint32Array.from(data.flat(), Number),
        lasts: Uint8Array.from(marks, ([mark]) => Number(mark)),
      },
    }),
  }
}
