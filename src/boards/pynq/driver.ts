// `axi_stream_driver.py`, `axi_lite_driver.py` or `axi_master_driver.py`: a package's driver for PYNQ, with the interface
// that hls4ml's users know.

import { bug } from '../../diagnostics/diagnostic.ts'
import { type Conversion, sameType } from '../../fixed/types.ts'
import {
  idWord,
  kernelMap,
  type RegisterName,
  registerMap,
  windowMap,
  windows,
} from '../../rtl/axi/register-map.ts'
import { registerBase } from '../bus.ts'
import type { PackageDescription, WordFrame } from '../package-description.ts'
import { overlayClass } from './driver-class.ts'
import { errorClasses, helpers } from './driver-parts.ts'
import { floatWords, rawWords, scaleFunction, scalerConstants } from './driver-words.ts'
import { driverRoads } from './roads.ts'

/** Bytes of a buffer, and so of a DMA transfer: of whole frames, far below the DMA's 2^26 and a board's memory for it. */
const bufferBytes = 2 ** 24

/** Bits of a significand: what wider integers lose in float32. */
const floatBits = 24

/**
 * The driver's text. `inputs` says how a number becomes each element of the input, in the order and with the types of
 * the description: what float words meet in the hardware, and raw words in this driver.
 */
export function printPynqDriver(description: PackageDescription, inputs: readonly Conversion[]): string {
  const { project, board, buildHash, lutra, interface: bus } = description
  const file = driverFile(description)
  const road = driverRoads[bus]
  return `"""${project} on ${board.title} by PYNQ: build ${buildHash}, Lutra ${lutra}.

    from ${file.replace('.py', '')} import NeuralNetworkOverlay
    nn = NeuralNetworkOverlay("${project}.bit", X.shape, y.shape)
    y_hw = nn.predict(X)
"""

import time

import numpy as np
from pynq import ${road.imports}

${driverConstants(description, inputs)}


${errorClasses}${overlayClass(road, file, description)}${helpers}${wordFunctions(description)}`
}

/** The module that a notebook imports. */
export function driverFile({ interface: bus }: Pick<PackageDescription, 'interface'>): string {
  return `${bus}_driver.py`
}

/** Names, shapes, registers and types, as Python constants. */
export function driverConstants(description: PackageDescription, inputs: readonly Conversion[]): string {
  checkInputs(description, inputs)
  return [
    constantsOf(description),
    registersOf(description),
    ...(description.form === 'raw' ? [typesOf(description.output, inputs)] : []),
    ...scalerConstants(description),
  ].join('\n')
}

/** `encode_words` and `decode_words`; before them `scale_rows`, where rows are scaled. */
export function wordFunctions(description: PackageDescription): string {
  return `${scaleFunction(description)}${description.form === 'raw' ? rawWords : floatWords}`
}

/** Conversions that are not those of the input are a fault of the caller. */
export function checkInputs({ project, input }: PackageDescription, inputs: readonly Conversion[]): void {
  const same =
    inputs.length === input.types.length && inputs.every(({ to }, k) => sameType(to, input.types[k]!))
  if (!same) bug(`${project}: the input's conversions are not those of its types`)
}

function constantsOf(description: PackageDescription): string {
  const { project, buildHash, clockMhz, latencyCycles, intervalCycles, form, input, output } = description
  const onBus = ({ types }: WordFrame) =>
    Math.ceil(types.length / description.wordsPerBeat) * description.wordsPerBeat
  return lines({
    ACCELERATOR: quoted(`${project}_accel_0`),
    BUILD_HASH: quoted(buildHash),
    CLOCK_HZ: String(Math.round(clockMhz * 1e6)),
    LATENCY_CYCLES: String(latencyCycles),
    INTERVAL_CYCLES: String(intervalCycles),
    INPUT_SHAPE: tuple(input.shape),
    OUTPUT_SHAPE: tuple(output.shape),
    INPUT_WORDS: String(input.types.length),
    OUTPUT_WORDS: String(output.types.length),
    INPUT_BUS_WORDS: String(onBus(input)),
    OUTPUT_BUS_WORDS: String(onBus(output)),
    WORD_DTYPE: form === 'float' ? 'np.float32' : 'np.int32',
    EXACT_IN_FLOAT32: form === 'float' || holdsExactly(output) ? 'True' : 'False',
    BUFFER_BYTES: String(bufferBytes),
  })
}

/** Whether float32 holds every value of raw words exactly, normal and finite. */
export function holdsExactly({ types }: WordFrame): boolean {
  return types.every(({ width, frac }) => width <= floatBits && frac <= 126 && width - frac <= 127)
}

const flags = ['short', 'long', 'not_finite', 'bus_error'] as const

function registersOf(description: PackageDescription): string {
  const base = registerBase(description)
  const { CONTROL, STATUS } = registerMap
  const addressed: RegisterName[] = [
    'CONTROL',
    'STATUS',
    'HASH_LOW',
    'HASH_HIGH',
    'FRAMES_IN',
    'FRAMES_OUT',
    'BUSY_CYCLES',
    'LAST_CYCLES',
    'ID',
  ]
  const own = flags.filter(name => name !== 'bus_error' || description.interface === 'axi_master')
  const meanings = own.map(name => `    ${quoted(name)}: ${quoted(STATUS.bits[name][1])},\n`)
  return [
    '',
    "# The accelerator's registers and their bits.",
    lines(Object.fromEntries(addressed.map(name => [name, hex(base + registerMap[name].address)]))),
    lines({
      ID_WORD: hex(idWord),
      START: bit(CONTROL.bits.start),
      CLEAR: bit(CONTROL.bits.clear),
      FLUSH: bit(CONTROL.bits.flush),
      BUSY: bit(STATUS.bits.busy),
      FLAGS: `(${own.map(name => `(${quoted(name)}, ${bit(STATUS.bits[name])})`).join(', ')})`,
      MEANINGS: `{\n${meanings.join('')}}`,
    }),
    '',
    carrierRegisters(description),
  ].join('\n')
}

/** Registers of what carries frames. */
function carrierRegisters({ interface: bus }: PackageDescription): string {
  const { AP_CTRL, INPUT_LOW, OUTPUT_LOW, FRAMES } = kernelMap
  switch (bus) {
    case 'axi_stream':
      return [
        '# The AXI DMA: its control register, whose reset bit resets both channels.',
        lines({ DMA_CONTROL: '0x00', DMA_RESET: '0x4' }),
      ].join('\n')
    case 'axi_lite':
      return [
        '# Windows for a frame and its result, and the register that sends the frame.',
        lines({
          GO: hex(windowMap.GO.address),
          INPUT_WINDOW: hex(windows.input),
          OUTPUT_WINDOW: hex(windows.output),
        }),
      ].join('\n')
    case 'axi_master':
      return [
        '# Runs: where frames lie, where results go, and how many; addresses have two halves.',
        lines({
          AP_CTRL: hex(AP_CTRL.address),
          AP_START: bit(AP_CTRL.bits.ap_start),
          AP_IDLE: bit(AP_CTRL.bits.ap_idle),
          INPUT_ADDRESS: hex(INPUT_LOW.address),
          OUTPUT_ADDRESS: hex(OUTPUT_LOW.address),
          FRAMES: hex(FRAMES.address),
        }),
      ].join('\n')
    default:
      return bus satisfies never
  }
}

/** Columns of equal conversion together, so that NumPy takes them at once. */
export function typesOf(output: WordFrame, inputs: readonly Conversion[]): string {
  const given = groups(inputs, ({ to, rounding, overflow, saturationBits }) =>
    [python(to.signed), to.width, to.frac, quoted(rounding), quoted(overflow), saturationBits].join(', '),
  )
  const taken = groups(output.types, ({ signed, frac }) => `${python(signed)}, ${frac}`)
  return [
    '',
    '# Columns of the input with: signed, width, frac, rounding, overflow, bits that saturate.',
    `INPUT_TYPES = [\n${given.map(([columns, text]) => `    (${columns}, (${text})),\n`).join('')}]`,
    '# Columns of the output with: signed, frac.',
    `OUTPUT_TYPES = [\n${taken.map(([columns, text]) => `    (${columns}, ${text}),\n`).join('')}]`,
  ].join('\n')
}

function groups<T>(list: readonly T[], textOf: (one: T) => string): [columns: string, text: string][] {
  const columns = new Map<string, number[]>()
  list.forEach((one, k) => {
    const text = textOf(one)
    columns.set(text, [...(columns.get(text) ?? []), k])
  })
  return [...columns].map(([text, own]) => [columnsText(own), text])
}

function columnsText(columns: readonly number[]): string {
  const [first, last] = [columns[0]!, columns.at(-1)!]
  return last - first + 1 === columns.length ? `slice(${first}, ${last + 1})` : `[${columns.join(', ')}]`
}

function lines(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} = ${value}`)
    .join('\n')
}

const quoted = (text: string) => JSON.stringify(text)
const python = (value: boolean) => (value ? 'True' : 'False')
const hex = (value: number) => `0x${value.toString(16).padStart(2, '0')}`
const bit = ([index]: readonly [number, string]) => `1 << ${index}`
/** A shape as Python writes it. */
export const tuple = (list: readonly number[]) => `(${list.join(', ')}${list.length === 1 ? ',' : ''})`
