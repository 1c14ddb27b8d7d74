// The processor beside an accelerator: an access at a time, over the AXI4-Lite port or on flat registers.

import { type RegisterName, registerMap } from '../register-map.ts'
import { flatPort } from '../registers.ts'
import type { Pins } from './pins.ts'
import type { AccessResult, BusAccess, BusSubject } from './script.ts'

export interface Master {
  drive(): void
  observe(): void
  isDone(): boolean
  progress(): string
  readonly results: AccessResult[]
}

/** Goes through the accesses, one after another. */
export function createMaster(
  pins: Pins,
  accesses: readonly BusAccess[],
  { ports }: BusSubject,
  streamsDone: () => boolean,
): Master {
  const results: AccessResult[] = []
  const port = ports === 'comblock' ? createFlatPort(pins) : createLitePort(pins)
  const start = () => {
    began = pins.cycle
    port.begin(accesses[results.length]!)
  }
  const end = (value: number) => {
    results.push({ start: began, end: pins.cycle, value })
    pins.moved()
    started = false
  }
  let started = false
  let began = 0
  let line = 0
  const waits = (access: BusAccess): boolean => {
    if (access.op === 'wait') return pins.cycle - began < access.cycles
    if (access.op === 'streams') return !streamsDone()
    return access.op === 'interrupt' && line !== access.level
  }
  return {
    results,
    drive() {
      for (let access = accesses[results.length]; access !== undefined; access = accesses[results.length]) {
        if (!started) start()
        started = true
        if (onPort(access) || waits(access)) break
        end(0)
      }
      port.drive()
    },
    observe() {
      if (ports === 'axi_master') line = pins.get('irq')
      const access = accesses[results.length]
      const value = port.observe()
      if (value === undefined || access === undefined) return
      if (access.op === 'poll' && ((value ^ access.value) & access.mask) !== 0) port.begin(access)
      else end(value)
    },
    isDone: () => results.length === accesses.length,
    progress: () =>
      `access ${results.length} of ${accesses.length} (${accesses[results.length]?.op ?? 'none'})`,
  }
}

const onPort = ({ op }: BusAccess) => op === 'write' || op === 'read' || op === 'poll'

/** A port to registers; `observe` gives an access's value, 0 for a write, in the cycle in which it is over. */
interface RegisterPort {
  begin(access: BusAccess): void
  drive(): void
  observe(): number | undefined
}

function createLitePort(pins: Pins): RegisterPort {
  const left = { aw: false, w: false, ar: false }
  const offers = { aw: false, w: false, ar: false }
  let waitsFor: 'b' | 'r' | undefined
  const offer = (channel: 'aw' | 'w' | 'ar') => {
    if (left[channel] && !offers[channel]) offers[channel] = pins.goes(channel)
    pins.set(`s_axi_${channel}valid`, offers[channel] ? 1 : 0)
  }
  const take = (channel: 'aw' | 'w' | 'ar') => {
    if (!offers[channel] || pins.get(`s_axi_${channel}ready`) === 0) return
    left[channel] = false
    offers[channel] = false
  }
  return {
    begin(access) {
      if (access.op === 'write') {
        Object.assign(left, { aw: true, w: true })
        pins.set('s_axi_awaddr', access.address)
        pins.set('s_axi_wdata', access.data)
        pins.set('s_axi_wstrb', access.strobes ?? 15)
        waitsFor = 'b'
      } else if (access.op === 'read' || access.op === 'poll') {
        left.ar = true
        pins.set('s_axi_araddr', access.address)
        waitsFor = 'r'
      }
    },
    drive() {
      offer('aw')
      offer('w')
      offer('ar')
      pins.set('s_axi_bready', pins.goes('b') ? 1 : 0)
      pins.set('s_axi_rready', pins.goes('r') ? 1 : 0)
    },
    observe() {
      take('aw')
      take('w')
      take('ar')
      if (waitsFor === undefined || !pins.goes(waitsFor) || pins.get(`s_axi_${waitsFor}valid`) === 0)
        return undefined
      const value = waitsFor === 'r' ? pins.get('s_axi_rdata') : 0
      waitsFor = undefined
      return value
    },
  }
}

const namesByAddress = new Map(
  Object.entries(registerMap).map(([name, { address }]) => [address as number, name as RegisterName]),
)

/** Registers that are ports: what is written stays, what is read is there. */
function createFlatPort(pins: Pins): RegisterPort {
  let access: BusAccess | undefined
  let control = 0
  return {
    begin(next) {
      access = next
    },
    drive() {
      if (access?.op === 'write') control = access.data
      pins.set('control', control)
    },
    observe() {
      const now = access
      access = undefined
      if (now?.op === 'write') return 0
      if (now?.op !== 'read' && now?.op !== 'poll') return undefined
      const name = namesByAddress.get(now.address)!
      return name === 'CONTROL' ? control : pins.get(flatPort(name))
    },
  }
}
