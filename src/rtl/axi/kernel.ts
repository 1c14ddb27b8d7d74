// The register port of a design that fetches its frames itself: the control of a kernel as XRT and Vitis HLS know it
// (AP_CTRL with its handshake `ap_ctrl_hs`, interrupt registers, arguments; UG1399, "S_AXILITE control register map"),
// and the common registers behind it.

import { fixedType } from '../../fixed/types.ts'
import type { NetlistBuilder } from '../../netlist/builder.ts'
import type { Net } from '../../netlist/netlist.ts'
import type { RtlModule } from '../module.ts'
import { bitType, createModule } from '../module-builder.ts'
import {
  commonRegisters,
  giveModes,
  type Identity,
  keepControl,
  packBits,
  takeEvents,
} from './common-registers.ts'
import { wordType } from './float-words.ts'
import { type LiteReads, type LiteWrites, takeReads, takeWrites } from './lite-port.ts'
import { addressBits, kernelMap, registerBase } from './register-map.ts'
import { byAddress } from './registers.ts'
import { joinBytes } from './windows.ts'

export interface KernelOptions extends Identity {
  readonly name: string
  readonly wordsPerBeat: number
}

const byte = fixedType(false, 8, 0)
const addressType = fixedType(false, 64, 0)

/**
 * Ports `s_axi_*`, `irq`, events and modes; `begin`, 1 for the cycle that starts a run of `frames` frames from
 * `input` to `output`; `idle`, which says that nothing of a run is left, and `bus_error`.
 */
export function buildKernelRegisters(options: KernelOptions): RtlModule {
  const module = createModule(options.name, 'kernel control, registers')
  const b = module.netlist
  const base = registerBase({ interface: 'axi_master' })
  const events = takeEvents(module)
  const writes = takeWrites(module, addressBits.axi_master)
  const reads = takeReads(module, addressBits.axi_master)
  const idle = module.inputBit('idle')
  const control = keepControl(b, writes, base)
  giveModes(module, control)
  const words = byAddress(commonRegisters(b, options, events, control, module.inputBit('bus_error')), base)
  const run = keepRun(b, writes, reads, idle)
  words.set(kernelMap.AP_CTRL.address, run.word)
  const interrupt = keepInterrupts(b, writes, run.ends)
  for (const [own, word] of interrupt.words) words.set(own, word)
  module.outputBit('begin', run.begin)
  module.outputBit('irq', interrupt.line)
  const zeros = Math.log2(4 * options.wordsPerBeat)
  const argument = (name: keyof typeof kernelMap, low = 0) => {
    const word = keepWord(b, writes, kernelMap[name].address, low)
    words.set(kernelMap[name].address, word)
    return word
  }
  const pair = (lower: Net, upper: Net) =>
    b.bits(b.parity(lower, b.scale(upper, 32), b.constant(0n, 0)), 0, 64, false, 0)
  module.output('input', [pair(argument('INPUT_LOW', zeros), argument('INPUT_HIGH'))], [addressType])
  module.output('output', [pair(argument('OUTPUT_LOW', zeros), argument('OUTPUT_HIGH'))], [addressType])
  module.output('frames', [argument('FRAMES')], [wordType])
  reads.answer(words)
  return module.finish({ alwaysClocked: true })
}

/** AP_CTRL: a run begins where none is under way, and has ended when nothing is left of it. */
function keepRun(b: NetlistBuilder, writes: LiteWrites, reads: LiteReads, idle: Net) {
  const { address, bits } = kernelMap.AP_CTRL
  const running = b.name(b.registerLoop(bitType, { reset: 0n }), 'running')
  const done = b.name(b.registerLoop(bitType, { reset: 0n }), 'done')
  const asked = b.and(
    b.and(writes.at(address), writes.strobes[0]!),
    b.bits(writes.data, bits.ap_start[0], 1, false, 0),
  )
  const begin = b.and(asked, b.not(running))
  const ends = b.and(running, idle)
  b.connect(running, b.or(begin, b.and(running, b.not(ends))))
  const cleared = b.or(begin, reads.at(address))
  b.connect(done, b.or(ends, b.and(done, b.not(cleared))))
  const word = packBits(b, [
    [running, bits.ap_start[0]],
    [done, bits.ap_done[0]],
    [b.not(running), bits.ap_idle[0]],
    [done, bits.ap_ready[0]],
  ])
  return { begin, ends, word }
}

/** GIE, IER and ISR. Done and ready come together, so both bits of ISR hear of the same event. */
function keepInterrupts(b: NetlistBuilder, writes: LiteWrites, ends: Net) {
  const bit = (k: number) => b.bits(writes.data, k, 1, false, 0)
  const kept = (name: string, own: number, k: number) => {
    const register = b.name(b.registerLoop(bitType, { reset: 0n }), name)
    b.connect(register, bit(k), b.and(writes.at(own), writes.strobes[0]!))
    return register
  }
  const enabled = kept('interrupts', kernelMap.GIE.address, 0)
  const wanted = [0, 1].map(k => kept(`wanted_${k}`, kernelMap.IER.address, k))
  const turned = b.and(writes.at(kernelMap.ISR.address), writes.strobes[0]!)
  const seen = wanted.map((own, k) => {
    const register = b.name(b.registerLoop(bitType, { reset: 0n }), `seen_${k}`)
    b.connect(register, b.or(b.and(own, ends), b.xor(register, b.and(turned, bit(k)))))
    return register
  })
  const pack = (nets: readonly Net[]) =>
    packBits(
      b,
      nets.map((net, k) => [net, k] as const),
    )
  return {
    line: b.and(enabled, b.or(seen[0]!, seen[1]!)),
    words: [
      [kernelMap.GIE.address, enabled],
      [kernelMap.IER.address, pack(wanted)],
      [kernelMap.ISR.address, pack(seen)],
    ] as const,
  }
}

/** A register of 32 bits, written byte by byte; its lowest bits, as many as said, are 0. */
function keepWord(b: NetlistBuilder, writes: LiteWrites, address: number, zeros: number): Net {
  const here = writes.at(address)
  const bytes = writes.strobes.map((strobe, k) => {
    const own = b.registerLoop(byte, { reset: 0n })
    const data = b.bits(writes.data, 8 * k, 8, false, 0)
    const high = k === 0 && zeros > 0 ? b.scale(b.bits(data, zeros, 8 - zeros, false, 0), zeros) : data
    b.connect(own, high, b.and(here, strobe))
    return own
  })
  return joinBytes(b, bytes)
}
