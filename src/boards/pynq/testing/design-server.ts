// A simulated accelerator behind a DMA, for the driver's tests: answers requests that the stub of PYNQ sends as lines of
// JSON, a few thousand cycles at a time.

import { createSimulator, type Simulator } from '../../../netlist/simulate.ts'
import { registerMap } from '../../../rtl/axi/register-map.ts'
import { flatten } from '../../../rtl/flatten.ts'
import type { RtlModule } from '../../../rtl/module.ts'
import {
  type Channel,
  type DmaRequest,
  type FaultRequest,
  type RegisterRequest,
  textOf,
  wordsOf,
} from '../../testing/requests.ts'
import { createRegisterPort } from './register-port.ts'

/** What goes wrong at the next transfers, as a broken system would have it. */
export interface Faults {
  /** CONTROL's start reads and stays 0. */
  held?: boolean
  /** The design's output is not taken: a DMA that has lost its connection. */
  unconnected?: boolean
  /** Words fewer, or more where negative, than the next transfer should have. */
  cut?: number
}

type Request = RegisterRequest | DmaRequest | FaultRequest<Faults>

type State = 'fresh' | 'idle' | 'busy' | 'error' | 'halted'

const cyclesOfRun = 4000
/** Cycles from one access to the registers to the next, as a processor takes them. */
const cyclesOfAccess = 40

export interface DesignServer {
  /** A line of JSON for a line of JSON. */
  answer(line: string): string | Promise<string>
}

/** `module` is a design on AXI4-Stream and AXI4-Lite whose beats have so many words. */
export function createDesignServer(module: RtlModule, wordsPerBeat: number): DesignServer {
  const simulator = createSimulator(flatten(module))
  simulator.tick(true)
  const dma = createDma(simulator, wordsPerBeat)
  const faults: Faults = {}
  const bus = createRegisterPort(simulator, () => dma.cycle(faults.unconnected === true))
  const answer = (request: Request): unknown => {
    switch (request.op) {
      case 'read':
        bus.rest(cyclesOfAccess)
        return { value: bus.read(request.address) }
      case 'write': {
        bus.rest(cyclesOfAccess)
        const held = faults.held === true && request.address === registerMap.CONTROL.address
        bus.write(request.address, held ? request.value & ~1 : request.value)
        return {}
      }
      case 'send': {
        dma.send(cutWords(wordsOf(request.words), faults.cut ?? 0))
        faults.cut = 0
        return {}
      }
      case 'receive':
        dma.receive(request.words)
        return {}
      case 'run':
        for (let k = 0; k < cyclesOfRun && dma.isBusy(); k++) bus.rest(1)
        return dma.states()
      case 'received':
        return { words: textOf(dma.received()) }
      case 'reset':
        dma.reset()
        return {}
      case 'start':
        dma.start(request.channel)
        return {}
      case 'fault':
        Object.assign(faults, request.faults)
        return {}
    }
  }
  return { answer: line => JSON.stringify(answer(JSON.parse(line) as Request)) }
}

function cutWords(words: readonly number[], cut: number): readonly number[] {
  return cut >= 0 ? words.slice(0, words.length - cut) : [...words, ...words.slice(0, -cut)]
}

/** Both channels of a DMA without scatter-gather: a transfer is a packet, its last beat marked. */
function createDma(simulator: Simulator, wordsPerBeat: number) {
  const states: Record<Channel, State> = { send: 'fresh', receive: 'fresh' }
  let toSend: readonly number[] = []
  let sent = 0
  let room = 0
  let received: number[] = []
  const set = (port: string, lane: number, value: number) => simulator.set(`${port}[${lane}]`, value)
  const offer = () => {
    const offers = states.send === 'busy'
    set('s_valid', 0, offers ? 1 : 0)
    set('s_last', 0, offers && sent + wordsPerBeat >= toSend.length ? 1 : 0)
    for (let lane = 0; lane < wordsPerBeat; lane++)
      set('s_data', lane, offers ? (toSend[sent + lane] ?? 0) : 0)
    return offers
  }
  const take = () => {
    if (received.length >= room) {
      states.receive = 'error'
      return
    }
    for (let lane = 0; lane < wordsPerBeat; lane++) received.push(simulator.getNumber(`m_data[${lane}]`))
    if (simulator.getNumber('m_last[0]') === 1) states.receive = 'idle'
  }
  return {
    /** What it does in a cycle, before the clock's edge. */
    cycle(unconnected: boolean): void {
      const offers = offer()
      const wants = states.receive === 'busy' && !unconnected
      set('m_ready', 0, wants && received.length < room ? 1 : 0)
      if (wants && simulator.getNumber('m_valid[0]') === 1) take()
      if (!offers || simulator.getNumber('s_ready[0]') === 0) return
      sent += wordsPerBeat
      if (sent >= toSend.length) states.send = 'idle'
    },
    send(words: readonly number[]): void {
      toSend = words
      sent = 0
      states.send = 'busy'
    },
    receive(words: number): void {
      room = words
      received = []
      states.receive = 'busy'
    },
    reset(): void {
      states.send = 'halted'
      states.receive = 'halted'
    },
    start(channel: Channel): void {
      states[channel] = 'fresh'
    },
    isBusy: () => states.send === 'busy' || states.receive === 'busy',
    states: () => states,
    received: () => received,
  }
}
