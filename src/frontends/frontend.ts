// What a frontend is: it knows a source format by its bytes and reads it into a float graph.

import type { OpGraph } from '../ops/typed-node.ts'

/** A file as the user gave it; `name` is what messages call it. */
export interface SourceFile {
  readonly name: string
  readonly bytes: Uint8Array
}

export interface Frontend {
  readonly name: string
  readonly summary: string
  /** Whether a file is of this format, by its content. */
  match(bytes: Uint8Array, fileName: string): boolean
  /** Names, relative to a file that matches, of the other files that the model consists of; they need not match. */
  parts?(file: SourceFile): readonly string[]
  /** Reads the files of one model, those that match first; fails with every problem found. */
  read(files: readonly SourceFile[]): Promise<OpGraph>
}
