// What a netlist means, cell by cell with big integers: slow and plain. Tests and the fast simulator are held to it.
// Values are raw integers under each net's own frac.

import { bug } from '../diagnostics/diagnostic.ts'
import { kindOf, type Net, type Netlist, netType, sliceRaw, type Table } from './netlist.ts'

/**
 * Raw output values for raw input values, both in the netlist's order. Every value is checked against its net's
 * interval. Refuses (a fault of the caller) netlists with registers, memories or instances.
 */
export function evaluateCombinational(netlist: Netlist, inputs: readonly bigint[]): bigint[] {
  const values = evaluateCells(netlist, inputs, [])
  values.forEach((value, net) => {
    if (value < netlist.min[net]! || value > netlist.max[net]!)
      bug(`net ${net} is ${value}, outside [${netlist.min[net]}, ${netlist.max[net]}]`)
  })
  return outputsOf(netlist, values)
}

/**
 * Raw outputs, cycle by cycle, for the raw inputs of each cycle; registers start at their reset value or 0. While
 * those first values pass through, intervals need not hold.
 */
export function evaluateSequence(netlist: Netlist, cycles: readonly (readonly bigint[])[]): bigint[][] {
  const registers = registersOf(netlist)
  const state: bigint[] = []
  for (const net of registers) state[net] = netlist.resets.get(net) ?? 0n
  return cycles.map(inputs => {
    const values = evaluateCells(netlist, inputs, state)
    for (const net of registers) {
      if (isEnabled(netlist, net, values)) state[net] = aligned(netlist, values, netlist.a[net]!, net)
    }
    return outputsOf(netlist, values)
  })
}

function registersOf(netlist: Netlist): Net[] {
  const found: Net[] = []
  netlist.kind.forEach((_, net) => {
    if (kindOf(netlist, net as Net) === 'register') found.push(net as Net)
  })
  return found
}

function isEnabled(netlist: Netlist, register: Net, values: readonly bigint[]): boolean {
  const enable = netlist.b[register]!
  return enable < 0 || values[enable] === 1n
}

function outputsOf(netlist: Netlist, values: readonly bigint[]): bigint[] {
  return netlist.outputs.map(output => values[output.net]!)
}

function evaluateCells(netlist: Netlist, inputs: readonly bigint[], state: readonly bigint[]): bigint[] {
  const values: bigint[] = []
  for (let net = 0; net < netlist.kind.length; net++)
    values.push(evaluateCell(netlist, net as Net, values, inputs, state))
  return values
}

function evaluateCell(
  netlist: Netlist,
  net: Net,
  values: readonly bigint[],
  inputs: readonly bigint[],
  state: readonly bigint[],
): bigint {
  const kind = kindOf(netlist, net)
  const a = netlist.a[net]!
  const b = netlist.b[net]!
  const param = netlist.param[net]!
  const operand = (operandNet: number, shift = 0) => aligned(netlist, values, operandNet, net, shift)
  const bit = (truth: boolean) => (truth ? 1n : 0n)
  switch (kind) {
    case 'input':
      return inputs[param] ?? bug(`no value for input ${param}`)
    case 'constant':
      return netlist.min[net]!
    case 'add':
      return operand(a) + operand(b, param)
    case 'sub':
      return operand(a) - operand(b, param)
    case 'mul':
      return values[a]! * values[b]!
    case 'mux':
      return values[a] === 1n ? operand(b) : operand(netlist.c[net]!)
    case 'lt':
      return bit(compare(netlist, values, a, b) < 0n)
    case 'eq':
      return bit(compare(netlist, values, a, b) === 0n)
    case 'bits':
      return sliceRaw(values[a]!, param, netType(netlist, net).width, netlist.min[net]! < 0n)
    case 'alias':
      return values[a]!
    case 'and':
      return values[a]! & values[b]!
    case 'or':
      return values[a]! | values[b]!
    case 'xor':
      return values[a]! ^ values[b]!
    case 'not':
      return 1n - values[a]!
    case 'parity':
      return operand(a) ^ operand(b) ^ operand(netlist.c[net]!)
    case 'majority': {
      const [x, y, z] = [operand(a), operand(b), operand(netlist.c[net]!)]
      return (x & y) | (z & (x | y))
    }
    case 'table':
      return lookup(netlist.tables[param]!, values[a]!)
    case 'register':
      return state[net] ?? bug('a register in a combinational netlist')
    case 'read':
    case 'instance':
      return bug(`${kind} cells have no value of their own here`)
  }
}

function lookup(table: Table, index: bigint): bigint {
  return table.values[Number(index - table.first)] ?? 0n
}

/** The operand's raw value · 2^shift under the result's frac; only zeros may be cut off. */
function aligned(
  netlist: Netlist,
  values: readonly bigint[],
  operand: number,
  result: Net,
  shift = 0,
): bigint {
  return scaled(values[operand]!, netlist.frac[result]! - netlist.frac[operand]! + shift)
}

function scaled(raw: bigint, by: number): bigint {
  const value = by >= 0 ? raw << BigInt(by) : raw >> BigInt(-by)
  if (by < 0 && value << BigInt(-by) !== raw) bug(`bits lost in aligning ${raw} by ${by}`)
  return value
}

function compare(netlist: Netlist, values: readonly bigint[], a: number, b: number): bigint {
  const frac = Math.max(netlist.frac[a]!, netlist.frac[b]!)
  return scaled(values[a]!, frac - netlist.frac[a]!) - scaled(values[b]!, frac - netlist.frac[b]!)
}
