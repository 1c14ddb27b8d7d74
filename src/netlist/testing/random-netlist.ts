// Combinational netlists of random cells, for property tests: the same seed gives the same netlist.

import { fixedType } from '../../fixed/types.ts'
import { createBuilder, type NetlistBuilder } from '../builder.ts'
import { blockTableWords } from '../delay.ts'
import type { Net, Netlist, Table } from '../netlist.ts'

export interface RandomNetlistOptions {
  readonly seed: number
  /** Cells asked for; folding and sharing may leave fewer, conditions add some. */
  readonly cells: number
  /** Whether tables meant for block RAM occur. */
  readonly blockTables?: boolean
}

/** Inputs of every random netlist: four, of 8 signed bits. */
const randomInputs = 4

export function randomNetlist({ seed, cells, blockTables = true }: RandomNetlistOptions): Netlist {
  const b = createBuilder()
  const next = generator(seed)
  const pick = (count: number) => Math.floor(next() * count)
  b.layer('input')
  const nets = Array.from({ length: randomInputs }, (_, k) => b.input(`x${k}`, fixedType(true, 8, k % 3)))
  const tables = [table('small', 64, seed), table('large', 2 * blockTableWords, seed)]
  for (let k = 0; k < cells; k++) {
    if (k % 6 === 0) b.layer(`layer${k / 6}`)
    const recent = () => nets[Math.max(0, nets.length - 1 - pick(6))]!
    nets.push(randomCell(b, pick, recent, blockTables ? tables : tables.slice(0, 1)))
  }
  nets.slice(-3).forEach((net, k) => {
    b.output(`y${k}`, net)
  })
  return b.finish()
}

function randomCell(
  b: NetlistBuilder,
  pick: (count: number) => number,
  recent: () => Net,
  tables: readonly Table[],
): Net {
  const [x, y, z] = [recent(), recent(), recent()]
  switch (pick(9)) {
    case 0:
    case 1:
      return narrow(b, b.add(x, y, pick(4)))
    case 2:
      return narrow(b, b.sub(x, y, pick(4)))
    case 3:
      return b.mux(b.lt(x, y), z, b.mux(b.and(b.lt(y, z), b.lt(z, b.constant(0n, 0))), x, y))
    case 4:
      return b.max(x, b.constant(0n, 0))
    case 5:
      return b.floorTo(x, b.interval(x).frac - pick(4))
    case 6: {
      const chosen = tables[pick(tables.length)]!
      return b.table(b.bits(x, 0, Math.log2(chosen.values.length), false, 0), chosen)
    }
    case 7: {
      const words = [x, y, z].map(net => b.bits(net, 0, 7, false, b.interval(net).frac)) as [Net, Net, Net]
      return narrow(b, b.add(b.parity(...words), b.majority(...words), 1))
    }
    default:
      return narrow(b, b.mul(b.bits(x, 0, 5, true, 0), b.bits(y, 1, 3, true, 1)))
  }
}

/** Sums of sums grow; the low bits of what has become wide go on. */
function narrow(b: NetlistBuilder, net: Net): Net {
  const { width, frac } = b.type(net)
  return width > 20 ? b.bits(net, 3, 12, true, frac - 3) : net
}

function table(name: string, words: number, seed: number): Table {
  return {
    name,
    first: 0n,
    values: Array.from({ length: words }, (_, k) => BigInt((k * 7919 + seed) % 211)),
    frac: 1,
  }
}

function generator(seed: number): () => number {
  let state = (seed * 2654435761 + 1) >>> 0
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
