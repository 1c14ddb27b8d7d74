// Headers of the C program: the registers, from the list that the hardware is made from, and the project's constants.

import {
  idWord,
  kernelMap,
  type Register,
  registers,
  windowMap,
  windows,
} from '../../rtl/axi/register-map.ts'
import { registerBase } from '../bus.ts'
import { fifoDepths, fifoMargin } from '../comblock/fifos.ts'
import type { PackageDescription } from '../package-description.ts'
import { carrierOf, strideOf } from './frame.ts'

/** `lutra_registers.h`: addresses in bytes from the base of the common registers, and bits. */
export function registerHeader(description: PackageDescription): string {
  return guarded('LUTRA_REGISTERS_H', `/* Registers of ${description.project}, 32 bits each. */`, [
    ...ownLines(description),
    ...registers.flatMap(registerLines),
    `#define LUTRA_ID_WORD ${hex(idWord)}`,
  ])
}

/** Where the common registers are, and what an interface has beside them. */
function ownLines(description: PackageDescription): string[] {
  const common = [
    '/* The registers below lie at LUTRA_ACCELERATOR_BASE + LUTRA_REGISTERS + their address. */',
    `#define LUTRA_REGISTERS ${hex(registerBase(description))}`,
    '',
  ]
  switch (carrierOf(description)) {
    case 'comblock':
      return [
        '/* The register at address 4k is read as IREGk of the ComBlock; CONTROL is written as OREG0. */',
        '',
      ]
    case 'windows':
      return [
        '/* Of this interface, from LUTRA_ACCELERATOR_BASE: words of a frame, and the register that sends it. */',
        `#define LUTRA_INPUT_WINDOW ${hex(windows.input)}`,
        `#define LUTRA_OUTPUT_WINDOW ${hex(windows.output)}`,
        ...linesOf(windowMap),
        '',
        ...common,
      ]
    case 'master':
      return [
        '/* Of this interface, from LUTRA_ACCELERATOR_BASE: control as Vitis HLS gives it to a kernel. */',
        ...linesOf(kernelMap),
        '',
        ...common,
      ]
    default:
      return common
  }
}

function linesOf(map: Readonly<Record<string, Omit<Register, 'name'>>>): string[] {
  return Object.entries(map).flatMap(([name, own]) => registerLines({ name, ...own }))
}

function registerLines({ name, address, access, summary, bits = {} }: Register): string[] {
  return [
    `/* ${access}: ${summary} */`,
    `#define LUTRA_${name} ${hex(address)}`,
    ...Object.entries(bits).map(
      ([bit, [index, text]]) => `#define LUTRA_${name}_${bit.toUpperCase()} (1u << ${index}) /* ${text} */`,
    ),
  ]
}

/** `lutra_config.h`: what differs between projects. */
export function configHeader(description: PackageDescription): string {
  const { project, board, buildHash, lutra, form, wordsPerBeat, input, output } = description
  const stride = (words: number) => `${strideOf(words, wordsPerBeat)}u`
  return guarded('LUTRA_CONFIG_H', `/* ${project} on ${board.title}, by Lutra ${lutra}. */`, [
    `#define LUTRA_PROJECT ${JSON.stringify(project)}`,
    `#define LUTRA_BOARD ${JSON.stringify(board.title)}`,
    `#define LUTRA_BUILD_HIGH 0x${buildHash.slice(0, 8)}u`,
    `#define LUTRA_BUILD_LOW 0x${buildHash.slice(8)}u`,
    '',
    `/* ${form === 'float' ? `float32 words: numbers pass as they are${description.scaler === undefined ? '' : ', scaled by lutra_encode'}` : 'words of integers, sign extended: lutra_encode makes them, lutra_decode reads them'} */`,
    `#define LUTRA_WORDS_ARE_FLOAT ${form === 'float' ? 1 : 0}`,
    '/* Words of a frame, and from one frame in memory to the next: what fills up a beat is sent too. */',
    `#define LUTRA_INPUT_WORDS ${input.types.length}u`,
    `#define LUTRA_OUTPUT_WORDS ${output.types.length}u`,
    `#define LUTRA_INPUT_STRIDE ${stride(input.types.length)}`,
    `#define LUTRA_OUTPUT_STRIDE ${stride(output.types.length)}`,
    `#define LUTRA_WORDS_PER_BEAT ${wordsPerBeat}u`,
    '',
    "/* Cycles of a frame from its first word to its result's last, and from one frame to the next. */",
    `#define LUTRA_LATENCY_CYCLES ${Math.ceil(description.latencyCycles)}u`,
    `#define LUTRA_INTERVAL_CYCLES ${Math.ceil(description.intervalCycles)}u`,
    ...fifoLines(description),
  ])
}

function fifoLines(description: PackageDescription): string[] {
  if (carrierOf(description) !== 'comblock') return []
  return [
    '',
    "/* Words that the ComBlock's FIFO to the accelerator takes. */",
    `#define LUTRA_FIFO_WORDS ${fifoDepths(description).out - fifoMargin}u`,
  ]
}

function guarded(name: string, head: string, lines: readonly string[]): string {
  return [head, `#ifndef ${name}`, `#define ${name}`, '', ...lines, '', '#endif', ''].join('\n')
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}u`
}
