// How long a cell takes on a device family: what pipelining goes by.
//
// This is a model, made to be a little slow rather than fast: real delays depend on placement. Logic delays follow the
// switching characteristics AMD publishes for the slowest speed grade, rounded up: 7 series −1 (DS181 Artix-7, DS187
// Zynq-7000), UltraScale −1 (DS892 Kintex), UltraScale+ −1 (DS922 Kintex, DS923 Virtex, DS925 Zynq). Every level
// of logic is charged one average net, for which there is no published figure: it is taken about as long as a routed,
// half-full device shows.

import { bug } from '../diagnostics/diagnostic.ts'
import { bitLength } from '../fixed/bit-length.ts'
import { cellCount, intervalWidth, kindOf, type Net, type Netlist, type Table } from './netlist.ts'
import { signedDigits } from './signed-digits.ts'

/** 7 series, UltraScale, UltraScale+. */
export const families = ['xc7', 'xcu', 'xcup'] as const
export type Family = (typeof families)[number]

/** Nanoseconds. */
export interface DelayModel {
  /** One six-input LUT. */
  readonly lut: number
  /** One net between two levels. */
  readonly net: number
  /** Into a carry chain, along one of its blocks, and out at a sum bit. */
  readonly carryIn: number
  readonly carryBlock: number
  readonly carryOut: number
  /** Bits of a carry block: CARRY4, CARRY8. */
  readonly carryBits: number
  /** One of the multiplexers that join LUTs (F7, F8). */
  readonly wideMux: number
  readonly clockToOut: number
  readonly setup: number
  /** Skew and jitter. */
  readonly uncertainty: number
  /** A block RAM's address set-up, and its clock to output without its output register. */
  readonly ramSetup: number
  readonly ramToOut: number
}

export const delayModels: Readonly<Record<Family, DelayModel>> = {
  xc7: {
    lut: 0.13,
    net: 0.7,
    carryIn: 0.55,
    carryBlock: 0.12,
    carryOut: 0.34,
    carryBits: 4,
    wideMux: 0.3,
    clockToOut: 0.52,
    setup: 0.1,
    uncertainty: 0.1,
    ramSetup: 0.57,
    ramToOut: 2.46,
  },
  xcu: {
    lut: 0.12,
    net: 0.45,
    carryIn: 0.35,
    carryBlock: 0.07,
    carryOut: 0.25,
    carryBits: 8,
    wideMux: 0.2,
    clockToOut: 0.2,
    setup: 0.07,
    uncertainty: 0.1,
    ramSetup: 0.45,
    ramToOut: 1.6,
  },
  xcup: {
    lut: 0.1,
    net: 0.32,
    carryIn: 0.25,
    carryBlock: 0.04,
    carryOut: 0.15,
    carryBits: 8,
    wideMux: 0.15,
    clockToOut: 0.1,
    setup: 0.06,
    uncertainty: 0.1,
    ramSetup: 0.35,
    ramToOut: 1.2,
  },
}

/** What a clock period loses before any logic: clock to output, set-up, uncertainty. */
export function stageOverheadNs(family: Family): number {
  const { clockToOut, setup, uncertainty } = delayModels[family]
  return clockToOut + setup + uncertainty
}

/** Words above which a table is meant for a block RAM: it is looked up into a register of its own. */
export const blockTableWords = 256

export function isBlockTable(table: Table): boolean {
  return table.values.length > blockTableWords
}

/** How much later than an ordinary register a block RAM's output comes. */
export function ramExtraNs(family: Family): number {
  const { ramToOut, clockToOut } = delayModels[family]
  return ramToOut - clockToOut
}

/** Nanoseconds from the last operand to the result, for every cell. */
export function cellDelaysNs(netlist: Netlist, family: Family): Float64Array {
  const model = delayModels[family]
  const delays = new Float64Array(cellCount(netlist))
  for (let net = 0; net < delays.length; net++) delays[net] = cellDelayNs(netlist, net as Net, model)
  return delays
}

function cellDelayNs(netlist: Netlist, net: Net, model: DelayModel): number {
  const width = (operand: number) => intervalWidth(netlist.min[operand]!, netlist.max[operand]!)
  const a = netlist.a[net]!
  const b = netlist.b[net]!
  const kind = kindOf(netlist, net)
  switch (kind) {
    case 'input':
    case 'constant':
    case 'bits':
    case 'alias':
    case 'register':
    case 'read':
    case 'instance':
      return 0
    case 'and':
    case 'or':
    case 'xor':
    case 'not':
    case 'mux':
      return level(model)
    case 'add':
    case 'sub':
      return carryDelay(model, addedBits(netlist, net))
    case 'lt':
      return compareDelay(
        model,
        alignedWidth(netlist, a, b),
        isConstant(netlist, a) || isConstant(netlist, b),
      )
    case 'eq':
      return treeDelay(model, alignedWidth(netlist, a, b), isConstant(netlist, a) || isConstant(netlist, b))
    case 'mul':
      return multiplyDelay(netlist, a, b, model)
    case 'table':
      return tableDelay(model, netlist.tables[netlist.param[net]!]!, width(a))
    default:
      return bug(`no delay for ${kind satisfies never}`)
  }
}

function level(model: DelayModel): number {
  return model.net + model.lut
}

/** A carry chain of `bits`: one net, the chain, its last sum bit. */
function carryDelay(model: DelayModel, bits: number): number {
  const blocks = Math.max(1, Math.ceil(bits / model.carryBits))
  return level(model) + model.carryIn + (blocks - 1) * model.carryBlock + model.carryOut
}

/** Bits of an adder that depend on a carry: those from the coarser operand's lowest bit on. */
function addedBits(netlist: Netlist, net: Net): number {
  const [a, b] = [netlist.a[net]!, netlist.b[net]!]
  const resultWidth = intervalWidth(netlist.min[net]!, netlist.max[net]!)
  const lowest = Math.min(netlist.frac[a]!, netlist.frac[b]! - netlist.param[net]!)
  return Math.max(1, resultWidth - Math.max(0, netlist.frac[net]! - lowest))
}

function isConstant(netlist: Netlist, net: number): boolean {
  return netlist.min[net] === netlist.max[net]
}

/** Width of two operands under one frac. */
function alignedWidth(netlist: Netlist, a: number, b: number): number {
  const frac = Math.max(netlist.frac[a]!, netlist.frac[b]!)
  const width = (net: number) =>
    intervalWidth(netlist.min[net]!, netlist.max[net]!) + frac - netlist.frac[net]!
  return Math.max(width(a), width(b))
}

/** a < b: two bits of each operand to a LUT (four against a constant), joined by the carry chain. */
function compareDelay(model: DelayModel, width: number, againstConstant: boolean): number {
  if (width <= (againstConstant ? 6 : 3)) return level(model)
  return carryDelay(model, Math.ceil(width / (againstConstant ? 4 : 2)))
}

/** a = b: a tree of six-input LUTs. */
function treeDelay(model: DelayModel, width: number, againstConstant: boolean): number {
  const inputs = againstConstant ? width : 2 * width
  return level(model) * Math.max(1, Math.ceil(Math.log(inputs) / Math.log(6) - 1e-9))
}

/** A multiplier of LUTs: its partial products summed pair by pair at full width. */
function multiplyDelay(netlist: Netlist, a: number, b: number, model: DelayModel): number {
  const rows = Math.min(partialProducts(netlist, a), partialProducts(netlist, b))
  const width = (net: number) => intervalWidth(netlist.min[net]!, netlist.max[net]!)
  const levels = Math.max(1, Math.ceil(Math.log2(Math.max(1, rows))))
  return levels * carryDelay(model, width(a) + width(b))
}

function partialProducts(netlist: Netlist, net: number): number {
  if (isConstant(netlist, net)) return signedDigits(netlist.min[net]!).length
  return intervalWidth(netlist.min[net]!, netlist.max[net]!)
}

/** Small tables are LUTs with their wide multiplexers; large ones end at a block RAM's address. */
function tableDelay(model: DelayModel, table: Table, indexWidth: number): number {
  if (isBlockTable(table)) return model.net + model.ramSetup
  const address = Math.min(indexWidth, bitLength(BigInt(table.values.length)))
  return (
    level(model) + Math.min(2, Math.max(0, address - 6)) * model.wideMux + (address > 8 ? level(model) : 0)
  )
}
