// The registers of a design on streams: behind an AXI4-Lite port, or flat for a ComBlock.

import type { NetlistBuilder } from '../../netlist/builder.ts'
import type { Net } from '../../netlist/netlist.ts'
import type { RtlModule } from '../module.ts'
import { createModule } from '../module-builder.ts'
import {
  type Control,
  commonRegisters,
  giveModes,
  type Identity,
  keepControl,
  takeEvents,
} from './common-registers.ts'
import { wordType } from './float-words.ts'
import { takeReads, takeWrites } from './lite-port.ts'
import { addressBits, type RegisterName, registerMap } from './register-map.ts'

export interface RegistersOptions extends Identity {
  readonly name: string
}

/** Ports `s_axi_*`, an input per event, an output per mode. */
export function buildRegisters(options: RegistersOptions): RtlModule {
  const module = createModule(options.name, 'registers: counters, flags, build hash')
  const b = module.netlist
  const events = takeEvents(module)
  const control = keepControl(b, takeWrites(module, addressBits.axi_stream), 0)
  giveModes(module, control)
  const values = commonRegisters(b, options, events, control)
  takeReads(module, addressBits.axi_stream).answer(byAddress(values, 0))
  return module.finish({ alwaysClocked: true })
}

/** The common registers' words by their addresses on the port. */
export function byAddress(values: ReadonlyMap<RegisterName, Net>, base: number): Map<number, Net> {
  return new Map([...values].map(([name, value]) => [base + registerMap[name].address, value]))
}

/** Registers that are ports of their own, in a ComBlock's order: CONTROL comes, all others go. */
export const flatRegisters = (Object.keys(registerMap) as RegisterName[]).filter(name => name !== 'CONTROL')

/** The flat port of a register. */
export function flatPort(name: RegisterName): string {
  return name.toLowerCase()
}

/**
 * Port `control`, the bits of CONTROL as levels, and a port of 32 bits for each other register; events and modes as ever.
 * What comes through a FIFO has no marks, so `framed` is 0 whatever is written.
 */
export function buildFlatRegisters(options: RegistersOptions): RtlModule {
  const module = createModule(options.name, 'registers as ports: counters, flags, build hash')
  const b = module.netlist
  const events = takeEvents(module)
  const [word] = module.input('control', [wordType])
  const control = levels(b, word!)
  giveModes(module, control)
  const values = commonRegisters(b, options, events, control)
  for (const name of flatRegisters) module.output(flatPort(name), [values.get(name)!], [wordType])
  return module.finish({ alwaysClocked: true })
}

function levels(b: NetlistBuilder, word: Net): Control {
  const { bits } = registerMap.CONTROL
  const level = (name: 'start' | 'clear' | 'flush') =>
    b.name(b.register(b.bits(word, bits[name][0], 1, false, 0), { reset: 0n }), `${name}_bit`)
  return { start: level('start'), clear: level('clear'), flush: level('flush'), framed: b.constant(0n, 0) }
}
