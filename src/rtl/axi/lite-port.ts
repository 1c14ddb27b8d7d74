// An AXI4-Lite port `s_axi` that answers. Address and data of a write come in any order, and wait for each other; a read
// is answered a cycle later. While a response waits nothing is taken, so that valid and data stay. Every access is
// answered OKAY. No output follows an input in the same cycle.

import { fixedType } from '../../fixed/types.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import type { Net } from '../../netlist/netlist.ts'
import { bitType, type ModuleBuilder } from '../module-builder.ts'
import { wordType } from './float-words.ts'

const responseType = fixedType(false, 2, 0)

export interface LiteWrites {
  /** 1 in the cycle in which a write is taken. */
  readonly taken: Net
  /** Number of the word, the address without its lowest two bits. */
  readonly word: Net
  readonly data: Net
  /** A bit for each byte of the data that counts. */
  readonly strobes: readonly Net[]
  /** `taken`, and the word is the one at this address. */
  at(address: number): Net
}

/** The port's half for writes. */
export function takeWrites(module: ModuleBuilder, addressBits: number): LiteWrites {
  const b = module.netlist
  const input = (name: string, width: number) => module.input(name, [fixedType(false, width, 0)])[0]!
  const addressed = module.inputBit('s_axi_awvalid')
  const addressIn = input('s_axi_awaddr', addressBits)
  const offered = module.inputBit('s_axi_wvalid')
  const given = { address: addressIn, data: input('s_axi_wdata', 32), strobes: input('s_axi_wstrb', 4) }
  const wanted = module.inputBit('s_axi_bready')
  const answered = b.name(b.registerLoop(bitType, { reset: 0n }), 'answered')
  const free = b.not(answered)
  const address = meet(b, 'address', addressed, free, [given.address])
  const data = meet(b, 'data', offered, free, [given.data, given.strobes])
  const taken = b.and(address.here, data.here)
  address.release(taken)
  data.release(taken)
  b.connect(answered, b.or(taken, b.and(answered, b.not(wanted))))
  module.outputBit('s_axi_awready', address.ready)
  module.outputBit('s_axi_wready', data.ready)
  module.outputBit('s_axi_bvalid', answered)
  module.output('s_axi_bresp', [b.constant(0n, 0)], [responseType])
  const word = b.bits(address.values[0]!, 2, addressBits - 2, false, 0)
  return {
    taken,
    word,
    data: data.values[0]!,
    strobes: [0, 1, 2, 3].map(k => b.bits(data.values[1]!, k, 1, false, 0)),
    at: own => b.and(taken, b.eq(word, b.constant(BigInt(own >> 2), 0))),
  }
}

/** One side of a write: taken as soon as the port is free, and kept until the other side is there too. */
function meet(b: NetlistBuilder, name: string, offered: Net, free: Net, values: readonly Net[]) {
  const kept = b.name(b.registerLoop(bitType, { reset: 0n }), `${name}_kept`)
  const ready = b.and(free, b.not(kept))
  const comes = b.and(offered, ready)
  const here = b.or(kept, comes)
  return {
    ready,
    here,
    values: values.map(value => b.mux(kept, b.register(value, { enable: comes }), value)),
    release: (taken: Net) => b.connect(kept, b.and(here, b.not(taken))),
  }
}

export interface LiteReads {
  readonly taken: Net
  readonly word: Net
  at(address: number): Net
  /** Gives the words by address, and 0 elsewhere; `memory` is read at `taken` and shows its data the cycle after. */
  answer(words: ReadonlyMap<number, Net>, memory?: { readonly here: Net; readonly data: Net }): void
}

/** The port's half for reads. */
export function takeReads(module: ModuleBuilder, addressBits: number): LiteReads {
  const b = module.netlist
  const asked = module.inputBit('s_axi_arvalid')
  const [address] = module.input('s_axi_araddr', [fixedType(false, addressBits, 0)])
  const wanted = module.inputBit('s_axi_rready')
  const answered = b.name(b.registerLoop(bitType, { reset: 0n }), 'read_answered')
  const free = b.not(answered)
  const taken = b.and(asked, free)
  b.connect(answered, b.or(taken, b.and(answered, b.not(wanted))))
  const word = b.bits(address!, 2, addressBits - 2, false, 0)
  const is = (own: number) => b.eq(word, b.constant(BigInt(own >> 2), 0))
  return {
    taken,
    word,
    at: own => b.and(taken, is(own)),
    answer: (words, memory) => {
      const data = [...words].reduce<Net>(
        (others, [own, value]) => b.mux(is(own), value, others),
        b.constant(0n, 0),
      )
      const held = b.register(b.bits(data, 0, 32, false, 0), { enable: taken })
      module.outputBit('s_axi_arready', free)
      module.outputBit('s_axi_rvalid', answered)
      module.output(
        's_axi_rdata',
        [memory === undefined ? held : chooseLater(b, taken, held, memory)],
        [wordType],
      )
      module.output('s_axi_rresp', [b.constant(0n, 0)], [responseType])
    },
  }
}

function chooseLater(
  b: NetlistBuilder,
  taken: Net,
  held: Net,
  { here, data }: { here: Net; data: Net },
): Net {
  return b.mux(b.register(here, { enable: taken }), data, held)
}
