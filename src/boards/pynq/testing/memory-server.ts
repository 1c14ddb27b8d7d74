// A simulated accelerator that takes frames from memory, or through windows of its registers: answers requests that the
// stand-ins for PYNQ and XRT send as lines of JSON. Memory is what was allocated and nothing else.

import { createSimulator, type Simulator } from '../../../netlist/simulate.ts'
import { registerMap } from '../../../rtl/axi/register-map.ts'
import { flatten } from '../../../rtl/flatten.ts'
import type { RtlModule } from '../../../rtl/module.ts'
import { type BusInterface, registerBase } from '../../bus.ts'
import {
  type FaultRequest,
  type MemoryRequest,
  pitchOf,
  type RegisterRequest,
  textOf,
  wordsOf,
} from '../../testing/requests.ts'
import type { DesignServer } from './design-server.ts'
import { createRegisterPort } from './register-port.ts'

/** What is broken from here on. */
interface Faults {
  /** CONTROL's start reads and stays 0. */
  held?: boolean
  /** Memory takes no address. */
  deaf?: boolean
  /** Memory answers with errors. */
  broken?: boolean
}

type Request = RegisterRequest | MemoryRequest | FaultRequest<Faults>

/** Cycles from one access to the registers to the next. */
const cyclesOfAccess = 12
/** Above 4 GiB, so that the upper halves of addresses matter. */
const firstAddress = 0x1_2340_0000

export interface MemoryServer extends DesignServer {
  /** Accesses of the accelerator to memory that nobody allocated. */
  readonly strays: string[]
  /** Bursts that were read and written: their first address and beats. */
  readonly bursts: { readonly address: number; readonly beats: number }[]
}

/** `module` is a design with registers on AXI4-Lite whose interface is not streams. */
export function createMemoryServer(module: RtlModule, bus: BusInterface, wordsPerBeat: number): MemoryServer {
  const simulator = createSimulator(flatten(module))
  simulator.tick(true)
  const faults: Faults = {}
  const memory = createMemory()
  const port = bus === 'axi_master' ? createPort(simulator, memory, wordsPerBeat, faults) : undefined
  const registers = createRegisterPort(simulator, () => port?.drive())
  const held = registerBase({ interface: bus }) + registerMap.CONTROL.address
  const answer = (request: Request): unknown => {
    switch (request.op) {
      case 'read':
        registers.rest(cyclesOfAccess)
        return { value: registers.read(request.address) }
      case 'write': {
        registers.rest(cyclesOfAccess)
        const isHeld = faults.held === true && request.address === held
        registers.write(request.address, isHeld ? request.value & ~1 : request.value)
        return {}
      }
      case 'allocate':
        return { address: memory.allocate(request.words) }
      case 'free':
        memory.free(request.address)
        return {}
      case 'store':
        memory.store(request.address, wordsOf(request.words))
        return {}
      case 'load':
        return { words: textOf(memory.load(request.address, request.words)) }
      case 'cycles':
        registers.rest(request.count)
        return {}
      case 'fault':
        Object.assign(faults, request.faults)
        return {}
    }
  }
  return {
    answer: line => JSON.stringify(answer(JSON.parse(line) as Request)),
    strays: memory.strays,
    bursts: port?.bursts ?? [],
  }
}

function createMemory() {
  const regions = new Map<number, Uint32Array>()
  const strays: string[] = []
  let next = firstAddress
  const find = (address: number) => {
    for (const [base, words] of regions) {
      const at = (address - base) / 4
      if (at >= 0 && at < words.length) return { words, at }
    }
    return undefined
  }
  return {
    strays,
    allocate(count: number): number {
      const address = next
      next += pitchOf(count)
      regions.set(address, new Uint32Array(count).fill(0xdeadbeef))
      return address
    },
    free(address: number): void {
      regions.delete(address)
    },
    store(address: number, words: readonly number[]): void {
      const place = find(address)!
      place.words.set(words, place.at)
    },
    load(address: number, count: number): number[] {
      const place = find(address)!
      return [...place.words.subarray(place.at, place.at + count)]
    },
    read(address: number): number | undefined {
      const place = find(address)
      if (place === undefined) strays.push(`read ${address.toString(16)}`)
      return place?.words[place.at]
    },
    write(address: number, word: number): boolean {
      const place = find(address)
      if (place === undefined) strays.push(`write ${address.toString(16)}`)
      else place.words[place.at] = word
      return place !== undefined
    },
  }
}

interface Burst {
  readonly address: number
  readonly beats: number
  done: number
  failed: boolean
}

const slaveError = 2
const decodeError = 3

/** The other end of `m_axi`: a memory that answers after some cycles, and stalls now and then, always the same. */
function createPort(
  simulator: Simulator,
  memory: ReturnType<typeof createMemory>,
  wordsPerBeat: number,
  faults: Faults,
) {
  const set = (name: string, value: number, lane = 0) => simulator.set(`m_axi_${name}[${lane}]`, value)
  const get = (name: string, lane = 0) => simulator.getNumber(`m_axi_${name}[${lane}]`)
  const bursts: { address: number; beats: number }[] = []
  const reads: Burst[] = []
  const writes: Burst[] = []
  const answers: number[] = []
  let state = 7
  const stalls = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 30 === 0
  }
  const take = (channel: 'ar' | 'aw', list: Burst[], ready: boolean) => {
    set(`${channel}ready`, ready ? 1 : 0)
    if (!ready || get(`${channel}valid`) === 0) return
    const burst = { address: get(`${channel}addr`), beats: get(`${channel}len`) + 1, done: 0, failed: false }
    list.push(burst)
    bursts.push(burst)
  }
  const give = () => {
    const burst = reads[0]
    const valid = burst !== undefined && !stalls()
    set('rvalid', valid ? 1 : 0)
    if (!valid) return
    const address = burst.address + 4 * wordsPerBeat * burst.done
    const words = Array.from({ length: wordsPerBeat }, (_, lane) => memory.read(address + 4 * lane))
    words.forEach((word, lane) => {
      set('rdata', word ?? 0, lane)
    })
    set('rresp', faults.broken === true ? slaveError : words.includes(undefined) ? decodeError : 0)
    if (get('rready') === 1 && ++burst.done === burst.beats) reads.shift()
  }
  const receive = () => {
    const burst = writes[0]
    const ready = burst !== undefined && !stalls()
    set('wready', ready ? 1 : 0)
    if (!ready || get('wvalid') === 0) return
    const address = burst.address + 4 * wordsPerBeat * burst.done
    for (let lane = 0; lane < wordsPerBeat; lane++)
      if (!memory.write(address + 4 * lane, get('wdata', lane))) burst.failed = true
    burst.done++
    if ((get('wlast') === 1) !== (burst.done === burst.beats)) throw new Error('WLAST is not at the end')
    if (burst.done < burst.beats) return
    writes.shift()
    answers.push(faults.broken === true ? slaveError : burst.failed ? decodeError : 0)
  }
  const acknowledge = () => {
    const valid = answers.length > 0 && !stalls()
    set('bvalid', valid ? 1 : 0)
    set('bresp', answers[0] ?? 0)
    if (valid && get('bready') === 1) answers.shift()
  }
  return {
    bursts,
    /** What memory does in a cycle, before the clock's edge. */
    drive(): void {
      give()
      receive()
      acknowledge()
      const hears = faults.deaf !== true
      take('ar', reads, hears && !stalls())
      take('aw', writes, hears && !stalls())
    },
  }
}
