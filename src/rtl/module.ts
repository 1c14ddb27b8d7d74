// A hardware module: ports, a netlist and instances of other modules. Nets are scalars; a port packs several of
// them into one bus, element 0 in the lowest bits, each element at its own width. `clk` exists wherever there is
// a register, memory or instance that needs it; `rst` (synchronous, active high) wherever a register has a reset.

import type { FixedType } from '../fixed/types.ts'
import type { Net, Netlist } from '../netlist/netlist.ts'

/** One element of a port: a net carried at a type's width. On outputs the type may be wider than the net. */
export interface PortElement {
  readonly net: Net
  readonly type: FixedType
}

export interface Port {
  readonly name: string
  readonly direction: 'in' | 'out'
  readonly elements: readonly PortElement[]
}

/** A use of a module. Inputs are nets of the parent; outputs are the parent's `instance` cells. */
export interface Instance {
  readonly name: string
  readonly module: RtlModule
  readonly inputs: Readonly<Record<string, readonly Net[]>>
  readonly outputs: Readonly<Record<string, readonly Net[]>>
}

export interface RtlModule {
  readonly name: string
  /** One line for the reader of the Verilog. */
  readonly summary: string
  readonly ports: readonly Port[]
  readonly netlist: Netlist
  readonly instances: readonly Instance[]
  /** True when `clk` and `rst` are ports whether or not anything uses them (the fixed top). */
  readonly alwaysClocked?: boolean
}

/** Bits a port takes; elements of width 0 take none. */
export function portWidth(port: Port): number {
  return port.elements.reduce((sum, element) => sum + element.type.width, 0)
}
