// A small accelerator behind a ComBlock, with rows, the words they become, and the emulator's results.

import type { WordForm } from '../../../rtl/axi/word-stream.ts'
import { goldenWords } from '../../alveo/golden-words.ts'
import { type SmallPackage, type SubjectOptions, smallPackage } from '../../testing/subjects.ts'
import { comblockPath } from '../bridge.ts'
import { type ComblockModel, createComblockModel, type ModelOptions } from './model.ts'

export interface Subject extends SmallPackage {
  /** Words of all rows in, and of their results. */
  readonly sent: Uint32Array
  readonly expected: Uint32Array
  model(options?: ModelOptions): ComblockModel
}

export function subject(form: WordForm, rows: number, more: SubjectOptions = {}): Subject {
  const own = smallPackage({ board: 'hyperfpga-4ge21', form, rows, ...more })
  const { inputs, golden, module } = own
  const description = { ...own.description, sources: [comblockPath(own.description)] }
  const words = goldenWords(description, inputs, golden)
  return {
    ...own,
    description,
    sent: wordsOf(words['x_words.bin']!),
    expected: wordsOf(words['y_words.bin']!),
    model: options => createComblockModel(module, options),
  }
}

/** Words of 32 bits, little endian. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint32Array.from({ length: bytes.length / 4 }, (_, k) => view.getUint32(4 * k, true))
}
