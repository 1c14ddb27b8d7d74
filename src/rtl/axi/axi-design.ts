// What is packaged: a design between streams of words, with its registers beside it.

import type { RtlModule } from '../module.ts'
import { createModule } from '../module-builder.ts'
import { buildRegisters, eventPorts, modePorts } from './registers.ts'
import { buildWordStream, type WordStreamOptions } from './word-stream.ts'

export interface AxiDesignOptions extends WordStreamOptions {
  /** 64 bits, the same as report and driver say. */
  readonly buildHash: bigint
}

/** Streams `s` and `m` of words with `last`, and an AXI4-Lite port `s_axi`. */
export function buildAxiDesign(options: AxiDesignOptions): RtlModule {
  const { name, buildHash, inputs, outputs } = options
  const stream = buildWordStream({ ...options, name: `${name}_words` })
  const registers = buildRegisters({
    name: `${name}_registers`,
    buildHash,
    wordsIn: inputs.length,
    wordsOut: outputs.length,
  })
  const module = createModule(name, `${options.design.name} on AXI4-Stream and AXI4-Lite`)
  const words = module.place('words', stream)
  const map = module.place('registers', registers)
  const outside = (part: RtlModule, belongs: (port: string) => boolean) => {
    const inputs: Record<string, ReturnType<typeof module.input>> = {}
    for (const port of part.ports.filter(({ name: own }) => belongs(own))) {
      const types = port.elements.map(({ type }) => type)
      if (port.direction === 'in') inputs[port.name] = module.input(port.name, types)
      else module.output(port.name, (part === stream ? words : map).out(port.name), types)
    }
    return inputs
  }
  words.connect({
    ...outside(stream, port => /^[sm]_/.test(port)),
    ...Object.fromEntries(modePorts.map(mode => [mode, map.out(mode)])),
  })
  map.connect({
    ...outside(registers, port => port.startsWith('s_axi_')),
    ...Object.fromEntries(eventPorts.map(event => [event, words.out(event)])),
  })
  return module.finish({ alwaysClocked: true })
}
