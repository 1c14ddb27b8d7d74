// What a verb is given of the world around it, so that tests run the command line without a process of its own.

import type { FileSystem } from '../node/files.ts'
import type { Terminal } from './terminal.ts'

/** Where text goes; `process.stdout` and `process.stderr` are such. */
export interface TextStream {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

export interface World {
  readonly stdout: TextStream
  readonly stderr: TextStream
  /** Stops the verb; the reason's message is what the user reads. */
  readonly signal?: AbortSignal
  /** The disk that is written to; the real one by default. */
  readonly disk?: FileSystem
}

export interface Shell extends World {
  readonly terminal: Terminal
  /** Says with which code the command line ends, unless it fails. */
  end(code: number): void
}

/** What every verb hands on to its typed function. */
export function reach({ signal, disk }: World): { signal?: AbortSignal; disk?: FileSystem } {
  return { ...(signal === undefined ? {} : { signal }), ...(disk === undefined ? {} : { disk }) }
}
