// `lutra_golden.h` and `lutra_golden.c`: rows compiled into the program, and the words that the emulator gives for them.

import { rawToNumber } from '../../fixed/convert.ts'
import type { Board } from '../boards.ts'
import type { PackageDescription } from '../package-description.ts'
import type { GoldenRows } from '../pynq/index.ts'
import { strideOf } from './frame.ts'
import { wrapped } from './words.ts'

/**
 * Bytes for golden rows and buffers. A MicroBlaze has 64 KiB of block RAM for program, stack and data together; beside
 * a processor system it is the source text that is to stay short.
 */
const budget: Readonly<Record<Board['kind'], number>> = {
  fpga: 28 * 1024,
  zynq: 1024 * 1024,
  zynqmp: 1024 * 1024,
  alveo: 0,
}

/** Frames that the program sends at once. */
const batches: Readonly<Record<Board['kind'], number>> = { fpga: 4, zynq: 64, zynqmp: 64, alveo: 0 }

export interface GoldenPlan {
  /** Rows compiled in; 0 where not one fits beside the buffers. */
  readonly rows: number
  /** Frames of the program's buffers. */
  readonly batch: number
}

/** How many of so many rows, with labels, fit into the program's memory. */
export function goldenPlan(description: PackageDescription, rows: number): GoldenPlan {
  const { board, input, output, wordsPerBeat, scaler } = description
  const strides = strideOf(input.types.length, wordsPerBeat) + strideOf(output.types.length, wordsPerBeat)
  const batch = Math.max(1, Math.min(batches[board.kind], Math.floor(budget[board.kind] / 4 / (4 * strides))))
  const perRow = 4 * (input.types.length + output.types.length) + 2
  // Tables of doubles, and the frame that they are applied to.
  const scaling = scaler === undefined ? 0 : 16 * scaler.offset.length + 4 * input.types.length
  const left = budget[board.kind] - batch * strides * 4 - scaling
  return { rows: Math.max(0, Math.min(rows, Math.floor(left / perRow))), batch }
}

export function goldenHeader(description: PackageDescription, golden: GoldenRows): string {
  const { rows, batch } = goldenPlan(description, golden.rows)
  const labelled = golden.labels !== undefined && rows > 0
  return `/* Rows of X_test.npy and what the bit-accurate emulator gives for them: ${rows} of ${golden.rows}, as many as ${
    rows === golden.rows ? 'there are' : 'fit the memory'
  }. */
#ifndef LUTRA_GOLDEN_H
#define LUTRA_GOLDEN_H

#include <stdint.h>

#include "lutra_config.h"

#define LUTRA_GOLDEN_ROWS ${rows}u
#define LUTRA_GOLDEN_BATCH ${batch}u
#define LUTRA_GOLDEN_LABELS ${labelled ? 1 : 0}

/* Numbers as the bits of float32${description.scaler === undefined ? '' : ' before they are scaled'}, and words as they are on the bus, LUTRA_INPUT_WORDS and LUTRA_OUTPUT_WORDS a row. */
extern const uint32_t lutra_golden_x[];
extern const uint32_t lutra_golden_y[];
${labelled ? '/* Class of each row. */\nextern const uint16_t lutra_golden_labels[];\n' : ''}
#endif
`
}

export function goldenSource(description: PackageDescription, golden: GoldenRows): string {
  const { rows } = goldenPlan(description, golden.rows)
  const { input, output, form } = description
  const given = Array.from({ length: rows * input.types.length }, (_, k) => floatBits(golden.x[k]!))
  const expected = Array.from({ length: rows * output.types.length }, (_, k) => {
    const raw = golden.raw[k]!
    const { frac } = output.types[k % output.types.length]!
    return form === 'raw' ? Number(BigInt.asUintN(32, BigInt(raw))) : floatBits(rawToNumber(raw, frac))
  })
  const labels = golden.labels === undefined ? [] : Array.from(golden.labels).slice(0, rows)
  return `/* See lutra_golden.h. */
#include "lutra_golden.h"

${array('uint32_t lutra_golden_x', given.map(hexWord))}
${array('uint32_t lutra_golden_y', expected.map(hexWord))}
${labels.length > 0 ? array('uint16_t lutra_golden_labels', labels.map(String)) : ''}`
}

/** An array; C has none of no elements. */
function array(name: string, values: readonly string[]): string {
  return `const ${name}[] = {\n${wrapped(values.length > 0 ? values : ['0u'])}\n};\n`
}

function hexWord(word: number): string {
  return `0x${word.toString(16)}u`
}

function floatBits(value: number): number {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  return view.getUint32(0)
}
