// How long a cell takes on a device family: what pipelining goes by.
//
// This is a model: real delays depend on placement, and no vendor's timing analysis was run. Each figure below says what
// it is:
//   report    read off Vivado timing reports that public repositories carry; 'mean of n' where a delay varies by pin
//   prjxray   Project X-Ray's measured 7 series delays, as Yosys carries them (techlibs/xilinx/cells_sim.v)
//   inferred  from the others, as said; no source was found for it
// docs/rationale/hardware.md lists the reports and what of published designs the figures agree with. How arrival times
// add up from bit to bit is in arrival.ts.

import { bug } from '../diagnostics/diagnostic.ts'
import { bitLength } from '../fixed/bit-length.ts'
import { isBlockProduct } from './block-product.ts'
import { carryFreeForm } from './carry-free.ts'
import { cellCount, intervalWidth, kindOf, type Net, type Netlist, type Table } from './netlist.ts'
import { signedDigits } from './signed-digits.ts'

/** 7 series, UltraScale, UltraScale+. */
export const families = ['xc7', 'xcu', 'xcup'] as const
export type Family = (typeof families)[number]

/** Slower than −1 at lowered core voltage; −1, the slowest at nominal voltage; −2 and faster. */
export const speedGrades = ['-1L', '-1', '-2'] as const
export type SpeedGrade = (typeof speedGrades)[number]

/** Nanoseconds. */
export interface DelayModel {
  /** One LUT, a mean over its pins. */
  readonly lut: number
  /** One routed net between two levels. */
  readonly net: number
  /** From a LUT into a carry chain and up to the first block's end; along a block; from a block's carry to a sum bit. */
  readonly carryIn: number
  readonly carryBlock: number
  readonly carryOut: number
  /** From a LUT to any sum bit of the same block. */
  readonly carryWithin: number
  /** Bits of a carry block: CARRY4, CARRY8. */
  readonly carryBits: number
  /** One of the multiplexers that join LUTs (F7, F8). */
  readonly wideMux: number
  readonly clockToOut: number
  /** Set-up, with the hop from a LUT or sum bit into the register beside it. */
  readonly setup: number
  /** Skew and jitter. */
  readonly uncertainty: number
  /** A block RAM's address set-up, and its clock to output without its output register. */
  readonly ramSetup: number
  readonly ramToOut: number
  /** Through the multiplier of a DSP block, between registers outside of it. */
  readonly dsp: number
}

/** UltraScale+ −1. */
const ultraScalePlus: DelayModel = {
  lut: 0.11, // report, mean of 28: 0.106, from 0.039 to 0.179
  net: 0.32, // report, mean of 23 data nets: 0.263; a fifth more for fuller devices
  carryIn: 0.26, // report: S[0] to CO[7] 0.238 to 0.248, and 0.011 from the LUT
  carryBlock: 0.055, // report: CI to CO[7] 0.023 to 0.030, and 0.028 to the next block
  carryOut: 0.15, // report: CI to O[7] 0.146
  carryWithin: 0.3, // inferred: the sum of in and out, less by as much as at the lower voltage
  carryBits: 8,
  wideMux: 0.15, // inferred: half of 7 series'
  clockToOut: 0.1, // report: 0.093 to 0.096
  setup: 0.06, // report: 0.022 to 0.058 into the register, set-up −0.027
  uncertainty: 0.1, // report: 0.035, skew 0.013, no input jitter; the rest for jitter
  ramSetup: 0.35, // inferred: 7 series', in proportion to the outputs
  ramToOut: 1.1, // inferred: −2's figure and a fifth
  dsp: 1.8, // inferred: 7 series' in the middle between what LUTs and what carry chains gained
}

/** UltraScale+ −2, and −2L at 0.85 V, as accelerator cards have it. */
const ultraScalePlus2: DelayModel = {
  lut: 0.09, // report, mean of 12: 0.089, from 0.037 to 0.124
  net: 0.28, // report, mean of 11: 0.232; a fifth more for fuller devices
  carryIn: 0.22, // report: S[3] to CO[7] 0.163 where −1 has 0.195; as much less for S[0]
  carryBlock: 0.045, // report: CI to CO[7] 0.015, and 0.026 to the next block
  carryOut: 0.13, // report: CI to O[5] 0.116; O[7] in proportion
  carryWithin: 0.26, // inferred, as for −1
  carryBits: 8,
  wideMux: 0.12, // inferred, in proportion to −1
  clockToOut: 0.08, // report: 0.078 to 0.081
  setup: 0.06, // report: 0.051 into the register, set-up −0.025
  uncertainty: 0.1, // as for −1
  ramSetup: 0.3, // inferred, as for −1
  ramToOut: 0.9, // report: 0.830
  dsp: 1.5, // inferred, in proportion to −1
}

/** UltraScale+ −1LV at 0.72 V: 1.4 times −1 (report: C to Q 0.135 for 0.093, S[1] to CO[7] 0.338 for 0.245). */
const ultraScalePlusLow = scaled(ultraScalePlus, 1.4)

/** 7 series −1. */
const sevenSeries: DelayModel = {
  lut: 0.13, // report: 0.124; prjxray: 0.127 on the fastest pin, the slower ones counting routing
  net: 0.75, // report, mean of 15 data nets: 0.745, from 0.295 to 1.326
  carryIn: 0.53, // report: S to CO[3] 0.398 to 0.533; prjxray: up to 0.528
  carryBlock: 0.117, // report: CI to CO[3] 0.114 to 0.117; prjxray: 0.114
  carryOut: 0.52, // prjxray: CI to O 0.334 at most; report: the LUT that follows 0.306 instead of 0.124
  carryWithin: 0.8, // prjxray: S[1] to O[3] 0.618, and the same for the LUT that follows
  carryBits: 4,
  wideMux: 0.3, // prjxray: S of MUXF7 0.296
  clockToOut: 0.46, // report: 0.456
  setup: 0.05, // report: nothing into the register beside the LUT, set-up −0.031
  uncertainty: 0.35, // report, a Zynq's clock: 0.213, and skew 0.178
  ramSetup: 0.57, // prjxray: 0.566
  ramToOut: 2.46, // prjxray: 2.454
  dsp: 2.83, // prjxray: A to P 2.823
}

/** UltraScale: no report was found; the geometric means of the generations before and after it, per bit for carries. */
const ultraScale: DelayModel = {
  lut: 0.12,
  net: 0.49,
  carryIn: 0.37,
  carryBlock: 0.11,
  carryOut: 0.28,
  carryWithin: 0.49,
  carryBits: 8,
  wideMux: 0.21,
  clockToOut: 0.21,
  setup: 0.06,
  uncertainty: 0.19,
  ramSetup: 0.45,
  ramToOut: 1.65,
  dsp: 2.25,
}

const models: Readonly<Record<Family, Readonly<Record<SpeedGrade, DelayModel>>>> = {
  // Where faster grades were not found, −1 stands for them; the low voltage is taken to cost what it costs UltraScale+.
  xc7: { '-1L': scaled(sevenSeries, 1.4), '-1': sevenSeries, '-2': sevenSeries },
  xcu: { '-1L': scaled(ultraScale, 1.4), '-1': ultraScale, '-2': ultraScale },
  xcup: { '-1L': ultraScalePlusLow, '-1': ultraScalePlus, '-2': ultraScalePlus2 },
}

/**
 * Counts logic cells instead of nanoseconds, as Yosys's `ltp` does on a mapped design: a LUT, a wide multiplexer, a
 * carry block of four. Where a path enters a chain in the middle of a block it may cross one more than its bits need.
 */
export const levelModel: DelayModel = {
  lut: 1,
  net: 0,
  carryIn: 1.75,
  carryBlock: 1,
  carryOut: 0,
  carryWithin: 1,
  carryBits: 4,
  wideMux: 1,
  clockToOut: 0,
  setup: 0,
  uncertainty: 0,
  ramSetup: 0,
  ramToOut: 0,
  dsp: 1,
}

function scaled(model: DelayModel, factor: number): DelayModel {
  const entries = Object.entries(model).map(([name, value]) => [
    name,
    name === 'carryBits' ? value : Math.round(value * factor * 1000) / 1000,
  ])
  return Object.fromEntries(entries) as DelayModel
}

/** The model of a family, for its slowest grade at nominal voltage unless another is given. */
export function delayModelOf(family: Family, grade: SpeedGrade = '-1'): DelayModel {
  return models[family][grade]
}

/** The grade in a part number such as `xcu250-figd2104-2L-e`; the slowest at nominal voltage where there is none. */
export function speedGradeOf(part: string): SpeedGrade {
  const [, digit, low] = /-([123])(L?)V?I?(?:-[a-z])?$/i.exec(part) ?? []
  if (digit === '2' || digit === '3') return '-2'
  return digit === '1' && low !== '' ? '-1L' : '-1'
}

/** What a clock period loses before any logic: clock to output, set-up, uncertainty. */
export function stageOverheadNs(family: Family, grade?: SpeedGrade): number {
  const { clockToOut, setup, uncertainty } = delayModelOf(family, grade)
  return clockToOut + setup + uncertainty
}

/** Words above which a table is meant for a block RAM: it is looked up into a register of its own. */
export const blockTableWords = 256

export function isBlockTable(table: Table): boolean {
  return table.values.length > blockTableWords
}

/** How much later than an ordinary register a block RAM's output comes. */
export function ramExtraNs({ ramToOut, clockToOut }: DelayModel): number {
  return ramToOut - clockToOut
}

/** Nanoseconds of every cell alone, all its operands coming at once: from them to its last bit. */
export function cellDelaysNs(netlist: Netlist, family: Family, grade?: SpeedGrade): Float64Array {
  const model = delayModelOf(family, grade)
  const delays = new Float64Array(cellCount(netlist))
  for (let net = 0; net < delays.length; net++) {
    const { delay, ripple } = cellDelay(netlist, net as Net, model)
    delays[net] = delay + ripple
  }
  return delays
}

/** A cell's own delay: for its lowest bit, and how much more its highest bit can take where a carry runs up to it. */
export interface CellDelay {
  readonly delay: number
  readonly ripple: number
}

const none: CellDelay = { delay: 0, ripple: 0 }

export function cellDelay(netlist: Netlist, net: Net, model: DelayModel): CellDelay {
  const a = netlist.a[net]!
  const b = netlist.b[net]!
  const kind = kindOf(netlist, net)
  const flat = (delay: number): CellDelay => ({ delay, ripple: 0 })
  switch (kind) {
    case 'input':
    case 'constant':
    case 'bits':
    case 'alias':
    case 'register':
    case 'read':
    case 'instance':
      return none
    case 'and':
    case 'or':
    case 'xor':
    case 'not':
    case 'mux':
    // These are made for a carry chain to add, whose LUTs take them in where they can: see lut-clusters.ts.
    case 'parity':
    case 'majority':
      return flat(level(model))
    case 'add':
    case 'sub':
      return carryFreeForm(netlist, net) === undefined ? sumDelay(model, addedBits(netlist, net)) : none
    case 'lt':
      return flat(compareDelay(netlist, a, b, model))
    case 'eq':
      return flat(
        treeDelay(model, alignedWidth(netlist, a, b), isConstant(netlist, a) || isConstant(netlist, b)),
      )
    case 'mul':
      return flat(multiplyDelay(netlist, a, b, model))
    case 'table':
      return flat(tableDelay(model, netlist.tables[netlist.param[net]!]!, widthOf(netlist, a)))
    default:
      return bug(`no delay for ${kind satisfies never}`)
  }
}

function widthOf(netlist: Netlist, net: number): number {
  return intervalWidth(netlist.min[net]!, netlist.max[net]!)
}

function level(model: DelayModel): number {
  return model.net + model.lut
}

/** How much later a carry chain reaches the next bit. */
export function carryRate(model: DelayModel): number {
  return model.carryBlock / model.carryBits
}

/** One net, a LUT, into the carry chain and out again; and the way up the chain. */
function sumDelay(model: DelayModel, bits: number): CellDelay {
  if (bits <= model.carryBits) return { delay: level(model) + model.carryWithin, ripple: 0 }
  const through = model.carryIn + model.carryOut
  return { delay: level(model) + through, ripple: (bits - 1) * carryRate(model) }
}

function chainDelay(model: DelayModel, bits: number): number {
  const { delay, ripple } = sumDelay(model, bits)
  return delay + ripple
}

/** Bits of an adder on its carry chain: those below the other operand's lowest bit pass by, except where negated. */
export function addedBits(netlist: Netlist, net: Net): number {
  const frac = netlist.frac[net]!
  const shiftA = frac - netlist.frac[netlist.a[net]!]!
  const shiftB = frac - netlist.frac[netlist.b[net]!]! + netlist.param[net]!
  const passed = shiftB > 0 ? shiftB : kindOf(netlist, net) === 'add' ? Math.max(0, shiftA) : 0
  return Math.max(1, widthOf(netlist, net) - passed)
}

function isConstant(netlist: Netlist, net: number): boolean {
  return netlist.min[net] === netlist.max[net]
}

/** Width of two operands under one frac. */
function alignedWidth(netlist: Netlist, a: number, b: number): number {
  const frac = Math.max(netlist.frac[a]!, netlist.frac[b]!)
  const width = (net: number) => widthOf(netlist, net) + frac - netlist.frac[net]!
  return Math.max(width(a), width(b))
}

/** a < b: two bits of each operand to a LUT (four against a constant), joined by the carry chain; a < 0 is a's sign. */
function compareDelay(netlist: Netlist, a: number, b: number, model: DelayModel): number {
  if (netlist.min[b] === 0n && netlist.max[b] === 0n) return 0
  const againstConstant = isConstant(netlist, a) || isConstant(netlist, b)
  const width = alignedWidth(netlist, a, b)
  if (width <= (againstConstant ? 6 : 3)) return level(model)
  return chainDelay(model, Math.ceil(width / (againstConstant ? 4 : 2)))
}

/** a = b: a tree of six-input LUTs. */
function treeDelay(model: DelayModel, width: number, againstConstant: boolean): number {
  const inputs = againstConstant ? width : 2 * width
  return level(model) * Math.max(1, Math.ceil(Math.log(inputs) / Math.log(6) - 1e-9))
}

/**
 * A DSP block for wide variables, else a multiplier of LUTs: its partial products summed pair by pair at full width. One
 * by a single bit is a choice.
 */
function multiplyDelay(netlist: Netlist, a: number, b: number, model: DelayModel): number {
  if (isBit(netlist, a) || isBit(netlist, b)) return level(model)
  const vary = !isConstant(netlist, a) && !isConstant(netlist, b)
  if (vary && isBlockProduct(widthOf(netlist, a), widthOf(netlist, b))) return model.net + model.dsp
  const rows = Math.min(partialProducts(netlist, a), partialProducts(netlist, b))
  const levels = Math.max(1, Math.ceil(Math.log2(Math.max(1, rows))))
  return levels * chainDelay(model, widthOf(netlist, a) + widthOf(netlist, b))
}

function isBit(netlist: Netlist, net: number): boolean {
  return netlist.min[net] === 0n && netlist.max[net] === 1n
}

function partialProducts(netlist: Netlist, net: number): number {
  if (isConstant(netlist, net)) return signedDigits(netlist.min[net]!).length
  return widthOf(netlist, net)
}

/** Small tables are LUTs with their wide multiplexers; large ones end at a block RAM's address. */
function tableDelay(model: DelayModel, table: Table, indexWidth: number): number {
  if (isBlockTable(table)) return model.net + model.ramSetup
  const address = Math.min(indexWidth, bitLength(BigInt(table.values.length)))
  return (
    level(model) + Math.min(2, Math.max(0, address - 6)) * model.wideMux + (address > 8 ? level(model) : 0)
  )
}
