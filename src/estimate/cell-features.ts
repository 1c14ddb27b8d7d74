// What the cells of a netlist take in logic, counted by layer: bits of each kind of logic, before any figure of how many
// LUTs such a bit is. logic-costs.ts has those.

import { trailingZeros } from '../fixed/bit-length.ts'
import { isBlockProduct } from '../netlist/block-product.ts'
import { carryFreeForm } from '../netlist/carry-free.ts'
import { isFixedNet } from '../netlist/live.ts'
import { kindOf, type Memory, type Net, type Netlist, netType } from '../netlist/netlist.ts'
import { signedDigits } from '../netlist/signed-digits.ts'
import { addedNets, clustersOf, secondOperands } from './logic-clusters.ts'
import { type ReadBits, readBits } from './read-bits.ts'
import { layerOfSketch } from './sketch-product.ts'
import { blockRams, lookupsOf, type TableCost, tableCost } from './table-logic.ts'

/** Bits of logic by kind. */
export const featureNames = [
  /** Bits of additions on which both operands have digits; bits on which a sign is repeated; bits against a constant. */
  'met',
  'repeated',
  'constant',
  /**
   * Values or 0; the same for additions of their layer, such as rows of products; the same in front of a register, which is reset instead; other choices between a value and a constant, and conditions, that are not part of their readers' LUTs; choices of values;
   * choices in front of a carry chain that takes them in.
   */
  'mask',
  'row',
  'reset',
  'choice',
  'select',
  'absorbed',
  'condition',
  /** Comparisons of variables and with constants. */
  'compare',
  'limit',
  'equal',
  /** Words of column adders: inside an addition's LUTs, or not. */
  'parity',
  'majority',
  'parityInside',
  'majorityInside',
  /** Products with one constant that are left to Yosys: bits of the variable for each digit but one. */
  'scaled',
  /** LUTs of tables up to 256 words, 64 words each. */
  'table',
  /** Additions of sketched constant products: bits once they are shared. */
  'product',
] as const
export type FeatureName = (typeof featureNames)[number]
export type Features = Record<FeatureName, number>

export interface LogicCount {
  readonly bits: Features
  ff: number
  dsp: number
  bram18: number
  lutram: number
}

export function noLogic(): LogicCount {
  return {
    bits: Object.fromEntries(featureNames.map(name => [name, 0])) as Features,
    ff: 0,
    dsp: 0,
    bram18: 0,
    lutram: 0,
  }
}

/**
 * The logic of a netlist by the names of its layers: only of cells that reach an output. `registered` is 1 for nets that
 * nothing but registers will read.
 */
export function countLogic(netlist: Netlist, registered?: Uint8Array): Map<string, LogicCount> {
  const counts = new Map<string, LogicCount>()
  const clusters = clustersOf(netlist)
  const { live, inside } = clusters
  const absorbed = secondOperands(netlist, clusters)
  const context = {
    read: readBits(netlist),
    lookups: lookupsOf(netlist, live),
    registered,
    added: addedNets(netlist, clusters),
  }
  const layers: LogicCount[] = []
  for (const net of live) {
    const layer = netlist.layer[net]!
    let own = layers[layer]
    if (own === undefined) {
      own = noLogic()
      layers[layer] = own
      counts.set(netlist.layers[layer] ?? '', own)
    }
    if (inside[net] === 1) countInside(netlist, net as Net, own)
    else countCell(netlist, net as Net, own, absorbed[net] === 1, context)
  }
  for (const memory of netlist.memories) countMemory(memory, netlist, counts)
  return counts
}

function countMemory(memory: Memory, netlist: Netlist, counts: Map<string, LogicCount>): void {
  const { depth, element, write } = memory
  const layer = write === undefined ? '' : (netlist.layers[netlist.layer[write.data]!] ?? '')
  const own = counts.get(layer) ?? noLogic()
  counts.set(layer, own)
  if (depth <= lutRamDepth) own.lutram += Math.ceil(depth / 32) * Math.ceil(element.width / 6) * 4
  else own.bram18 += blockRams(depth, element.width)
}

/** Words up to which a memory stays in LUTs: a quad of them holds 6 bits of 32 words with a second port (RAM32M). */
const lutRamDepth = 64

/**
 * By layer, the bits of its products' additions that are read, over all of them: what a result's type cuts off above is
 * not built.
 */
export function readShares(netlist: Netlist): Map<string, number> {
  const { high } = readBits(netlist)
  const marks = netlist.layers.map(layerOfSketch)
  const sums = new Map<string, { all: number; read: number }>()
  for (let net = 0 as Net; net < high.length; net++) {
    const kind = kindOf(netlist, net)
    const { layer, part } = marks[netlist.layer[net]!]!
    if (high[net] === 0 || part !== 'product' || (kind !== 'add' && kind !== 'sub')) continue
    const sum = sums.get(layer) ?? { all: 0, read: 0 }
    sum.all += additionBits(netlist, net, 1 << 30).met
    sum.read += additionBits(netlist, net, high[net]!).met
    sums.set(layer, sum)
  }
  return new Map([...sums].map(([layer, { all, read }]) => [layer, all === 0 ? 1 : read / all]))
}

function widthOf(netlist: Netlist, net: number): number {
  return netType(netlist, net as Net).width
}

interface Context {
  readonly read: ReadBits
  readonly lookups: ReadonlyMap<string, number>
  readonly registered: Uint8Array | undefined
  /** 1 for nets that an addition of their layer reads. */
  readonly added: Uint8Array
}

function countCell(
  netlist: Netlist,
  net: Net,
  own: LogicCount,
  isAbsorbed: boolean,
  { read, lookups, registered, added }: Context,
): void {
  const { bits } = own
  const [a, b] = [netlist.a[net]!, netlist.b[net]!]
  const kind = kindOf(netlist, net)
  switch (kind) {
    case 'add':
    case 'sub':
      countAddition(netlist, net, bits, read.high[net]!)
      return
    case 'mux':
      bits[
        isSelect(netlist, net)
          ? 'select'
          : choiceKind(netlist, net, isAbsorbed, registered?.[net] === 1, added[net] === 1)
      ] += Math.max(0, read.high[net]! - read.low[net]!)
      return
    case 'and':
    case 'or':
    case 'xor':
      bits.condition++
      return
    case 'lt':
      if (netlist.min[b] === 0n && netlist.max[b] === 0n) return
      if (fixed(netlist, a) || fixed(netlist, b)) bits.limit += limitBits(netlist, a, b)
      else bits.compare += aligned(netlist, a, b)
      return
    case 'eq':
      bits.equal += aligned(netlist, a, b) * (fixed(netlist, a) || fixed(netlist, b) ? 1 : 2)
      return
    case 'parity':
    case 'majority':
      if (kind === 'parity' && fixed(netlist, b)) return
      bits[kind] += widthOf(netlist, net)
      return
    case 'table':
      countTable(own, tableCost(netlist, net, lookups))
      return
    case 'mul':
      countProduct(netlist, net, own)
      return
    case 'read':
    case 'register':
      own.ff += widthOf(netlist, net)
      return
    case 'not':
    case 'bits':
    case 'alias':
    case 'input':
    case 'constant':
    case 'instance':
      return
    default:
      kind satisfies never
  }
}

/** Bits of the variable that a comparison with a constant looks at: a < c by those from the lowest digit of c on. */
function limitBits(netlist: Netlist, a: number, b: number): number {
  const [variable, limit] = fixed(netlist, b) ? [a, netlist.min[b]!] : [b, netlist.min[a]! + 1n]
  const shift = netlist.frac[variable]! - netlist.frac[fixed(netlist, b) ? b : a]!
  const zeros = limit === 0n ? 0 : trailingZeros(limit < 0n ? -limit : limit)
  return Math.max(1, widthOf(netlist, variable) - Math.max(0, zeros + shift))
}

function countTable(own: LogicCount, { luts, bram18 }: TableCost): void {
  own.bits.table += luts
  own.bram18 += bram18
}

/** A DSP block multiplies 25 × 18 bits, signed; a product with a constant, or of few bits, is additions. */
function countProduct(netlist: Netlist, net: Net, own: LogicCount): void {
  const [a, b] = [netlist.a[net]! as Net, netlist.b[net]! as Net]
  const [p, q] = [widthOf(netlist, a), widthOf(netlist, b)]
  if (fixed(netlist, a) || fixed(netlist, b)) {
    const digits = signedDigits(netlist.min[fixed(netlist, a) ? a : b]!).length
    own.bits.scaled += Math.max(0, digits - 1) * (fixed(netlist, a) ? q : p)
  } else if (isBlockProduct(p, q)) own.dsp += Math.ceil(Math.max(p, q) / 25) * Math.ceil(Math.min(p, q) / 18)
  else own.bits.met += p * q
}

function choiceKind(
  netlist: Netlist,
  net: Net,
  isAbsorbed: boolean,
  isRegistered: boolean,
  isAdded: boolean,
): 'absorbed' | 'mask' | 'row' | 'reset' | 'choice' {
  if (!isMask(netlist, net)) return isAbsorbed ? 'absorbed' : 'choice'
  if (isRegistered) return 'reset'
  if (isAbsorbed) return 'absorbed'
  return isAdded ? 'row' : 'mask'
}

/** A value or 0, the value being no choice itself. */
function isMask(netlist: Netlist, net: Net): boolean {
  const [b, c] = [netlist.b[net]! as Net, netlist.c[net]! as Net]
  const [constant, value] = fixed(netlist, b) ? [b, c] : [c, b]
  return netlist.min[constant] === 0n && kindOf(netlist, value) !== 'mux'
}

function isSelect(netlist: Netlist, net: Net): boolean {
  return (
    kindOf(netlist, net) === 'mux' && !fixed(netlist, netlist.b[net]!) && !fixed(netlist, netlist.c[net]!)
  )
}

function countInside(netlist: Netlist, net: Net, { bits }: LogicCount): void {
  const kind = kindOf(netlist, net)
  if (isSelect(netlist, net)) bits.select += widthOf(netlist, net)
  if (kind === 'parity' && !fixed(netlist, netlist.b[net]!)) bits.parityInside += widthOf(netlist, net)
  if (kind === 'majority') bits.majorityInside += widthOf(netlist, net)
}

function fixed(netlist: Netlist, net: number): boolean {
  return isFixedNet(netlist, net as Net)
}

function aligned(netlist: Netlist, a: number, b: number): number {
  const frac = Math.max(netlist.frac[a]!, netlist.frac[b]!)
  const width = (net: number) => widthOf(netlist, net) + frac - netlist.frac[net]!
  return Math.max(width(a), width(b))
}

function countAddition(netlist: Netlist, net: Net, bits: Features, high: number): void {
  if (carryFreeForm(netlist, net) !== undefined) return
  const { met, repeated, constant } = additionBits(netlist, net, high)
  bits.met += met
  bits.repeated += repeated
  bits.constant += constant
}

/** Bits of an addition, read up to below bit `high`. */
function additionBits(
  netlist: Netlist,
  net: Net,
  high: number,
): { readonly met: number; readonly repeated: number; readonly constant: number } {
  const [a, b] = [netlist.a[net]!, netlist.b[net]!]
  const [p, q] = [netType(netlist, a as Net), netType(netlist, b as Net)]
  const low = Math.max(-p.frac, netlist.param[net]! - q.frac)
  const top = Math.min(netType(netlist, net).width, high) - netlist.frac[net]!
  if (fixed(netlist, a) || fixed(netlist, b)) return { met: 0, repeated: 0, constant: Math.max(0, top - low) }
  const [topA, topB] = [p.width - p.frac, q.width - q.frac + netlist.param[net]!]
  const met = Math.max(0, Math.min(topA, topB, top) - low)
  const narrow = topA < topB ? p : q
  const repeats = narrow.signed && topA !== topB
  const repeated = repeats ? Math.max(0, Math.min(top, Math.max(topA, topB)) - low - met) : 0
  return { met, repeated, constant: 0 }
}
