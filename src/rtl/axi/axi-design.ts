// What is packaged: a design between its words, with its registers beside it, behind the ports of an interface.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { Net } from '../../netlist/netlist.ts'
import type { RtlModule } from '../module.ts'
import { createModule, type ModuleBuilder, type PlacedInstance, portTypes } from '../module-builder.ts'
import { buildBurstReader, buildBurstWriter } from './bursts.ts'
import { type Bus, type BusPorts, portsOf } from './bus-interface.ts'
import { eventPorts, modePorts } from './common-registers.ts'
import { buildKernelRegisters } from './kernel.ts'
import { windowWords } from './register-map.ts'
import { buildFlatRegisters, buildRegisters } from './registers.ts'
import { buildInputWindow, buildOutputWindow, buildWindowRegisters } from './windows.ts'
import { beatsOfWords, buildWordStream, type WordStreamOptions } from './word-stream.ts'

export interface AxiDesignOptions extends WordStreamOptions, Partial<Bus> {
  /** 64 bits, the same as report and driver say. */
  readonly buildHash: bigint
}

/**
 * By interface and link: streams `s` and `m` of words with `last`, beside registers on `s_axi` or, behind a ComBlock,
 * flat ones; `s_axi` alone, with windows; or `s_axi` and a port `m_axi` that reads and writes memory. Fails with
 * `package/frame-too-long` for frames beyond a window and `package/beat-width` where a port has 32 bits.
 */
export function buildAxiDesign(options: AxiDesignOptions): RtlModule {
  const ports = portsOf(options)
  checkWidth(options, ports)
  const summary: Record<BusPorts, string> = {
    axi_stream: 'AXI4-Stream and AXI4-Lite',
    comblock: 'AXI4-Stream and flat registers',
    axi_lite: 'AXI4-Lite',
    axi_master: 'AXI4 and AXI4-Lite',
  }
  const { name } = options
  const module = createModule(name, `${options.design.name} on ${summary[ports]}`)
  const stream = buildWordStream({ ...options, name: `${name}_words` })
  const words = module.place('words', stream)
  const parts = { module, stream, words, options }
  if (ports === 'axi_lite') putWindows(parts)
  else if (ports === 'axi_master') putBursts(parts)
  else putStreams(parts, ports)
  return module.finish({ alwaysClocked: true })
}

interface Parts {
  readonly module: ModuleBuilder
  readonly stream: RtlModule
  readonly words: PlacedInstance
  readonly options: AxiDesignOptions
}

type Nets = Record<string, readonly Net[]>

/** Ports of a part that are ports of the whole; gives the part's inputs. */
function outside(
  module: ModuleBuilder,
  part: RtlModule,
  placed: PlacedInstance,
  own: (port: string) => boolean,
): Nets {
  const inputs: Nets = {}
  for (const { name, direction } of part.ports.filter(port => own(port.name))) {
    const types = portTypes(part, name)
    if (direction === 'in') inputs[name] = module.input(name, types)
    else module.output(name, placed.out(name), types)
  }
  return inputs
}

const pick = (placed: PlacedInstance, ports: readonly string[]): Nets =>
  Object.fromEntries(ports.map(port => [port, placed.out(port)]))

function registersOf({ options: { name, buildHash, inputs, outputs, wordsPerBeat } }: Parts) {
  return {
    name: `${name}_registers`,
    buildHash,
    wordsIn: inputs.length,
    wordsOut: outputs.length,
    wordsPerBeat,
  }
}

function putStreams(parts: Parts, ports: 'axi_stream' | 'comblock'): void {
  const { module, stream, words } = parts
  const own = registersOf(parts)
  const registers = ports === 'comblock' ? buildFlatRegisters(own) : buildRegisters(own)
  const map = module.place('registers', registers)
  words.connect({
    ...outside(module, stream, words, port => /^[sm]_/.test(port)),
    ...pick(map, modePorts),
  })
  const between = new Set<string>([...eventPorts, ...modePorts])
  map.connect({
    ...outside(module, registers, map, port => !between.has(port)),
    ...pick(words, eventPorts),
  })
}

function putWindows(parts: Parts): void {
  const { module, words, options } = parts
  const registers = buildWindowRegisters(registersOf(parts))
  const map = module.place('registers', registers)
  const window = (side: 'input' | 'output') => ({
    name: `${options.name}_${side}`,
    words: options[`${side}s`].length,
  })
  const input = module.place('input_window', buildInputWindow(window('input')))
  const output = module.place('output_window', buildOutputWindow(window('output')))
  const flush = map.out('flush')
  map.connect({
    ...outside(module, registers, map, port => port.startsWith('s_axi_')),
    ...pick(words, eventPorts),
    ...pick(output, ['done', 'read_data']),
  })
  input.connect({
    ...pick(map, ['put', 'put_place', 'put_data', 'go']),
    flush,
    m_ready: words.out('s_ready'),
  })
  output.connect({
    ...pick(map, ['read', 'read_place']),
    flush,
    s_valid: words.out('m_valid'),
    s_data: words.out('m_data'),
  })
  words.connect({
    ...pick(map, modePorts),
    s_valid: input.out('m_valid'),
    s_data: input.out('m_data'),
    s_last: input.out('m_last'),
    m_ready: output.out('s_ready'),
  })
}

function putBursts(parts: Parts): void {
  const { module, words, options } = parts
  const { name, wordsPerBeat, inputs, outputs } = options
  const b = module.netlist
  const registers = buildKernelRegisters(registersOf(parts))
  const map = module.place('registers', registers)
  const burst = (side: string, elements: number) => ({
    name: `${name}_${side}`,
    wordsPerBeat,
    beats: beatsOfWords(elements, wordsPerBeat),
  })
  const readerModule = buildBurstReader(burst('reader', inputs.length))
  const writerModule = buildBurstWriter(burst('writer', outputs.length))
  const reader = module.place('reader', readerModule)
  const writer = module.place('writer', writerModule)
  map.connect({
    ...outside(module, registers, map, port => port.startsWith('s_axi_') || port === 'irq'),
    ...pick(words, eventPorts),
    idle: [b.and(reader.bit('idle'), writer.bit('idle'))],
    bus_error: [b.or(reader.bit('error'), writer.bit('error'))],
  })
  const isBus = (port: string) => port.startsWith('m_axi_')
  const run = pick(map, ['begin', 'frames', 'flush'])
  reader.connect({
    ...outside(module, readerModule, reader, isBus),
    ...run,
    address: map.out('input'),
    m_ready: words.out('s_ready'),
  })
  writer.connect({
    ...outside(module, writerModule, writer, isBus),
    ...run,
    address: map.out('output'),
    s_valid: words.out('m_valid'),
    s_data: words.out('m_data'),
  })
  words.connect({
    ...pick(map, modePorts),
    s_valid: reader.out('m_valid'),
    s_data: reader.out('m_data'),
    s_last: reader.out('m_last'),
    m_ready: writer.out('s_ready'),
  })
}

function checkWidth({ name, wordsPerBeat, inputs, outputs }: AxiDesignOptions, ports: BusPorts): void {
  if (wordsPerBeat > 1 && (ports === 'axi_lite' || ports === 'comblock'))
    fail({
      code: 'package/beat-width',
      place: name,
      problem: `${wordsPerBeat} words in each beat do not pass ${ports === 'axi_lite' ? 'AXI4-Lite' : "ComBlock's FIFOs"}`,
      expected: 'one word of 32 bits in each beat',
      remedy: 'Package with one word in each beat, or take another interface.',
    })
  const longest = Math.max(inputs.length, outputs.length)
  if (ports === 'axi_lite' && longest > windowWords)
    fail({
      code: 'package/frame-too-long',
      place: name,
      problem: `a frame has ${longest} words`,
      expected: `at most ${windowWords}, what a window of the register port holds`,
      remedy: 'Take another interface: axi_stream or axi_master.',
    })
}
