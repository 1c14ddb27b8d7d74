// The records of a table as text, read in blocks, so that a file may be larger than the memory.

import { type CsvRow, decodeText, failRagged, isBlank, parseRecords } from '../../formats/csv.ts'
import { joinBytes } from '../../formats/join-bytes.ts'
import type { ByteSource } from './byte-source.ts'
import type { Head } from './csv-head.ts'

export const blockBytes = 4 * 2 ** 20

/** Ends of the records in a block, outside quotes; the last one without a line end counts only at the file's end. */
export function recordEnds(bytes: Uint8Array, from: number, atEnd: boolean): number[] {
  const ends: number[] = []
  let quoted = false
  for (let k = from; k < bytes.length; k++) {
    if (bytes[k] === 0x22) quoted = !quoted
    else if (bytes[k] === 0x0a && !quoted) ends.push(k + 1)
  }
  if (atEnd && bytes.length > (ends.at(-1) ?? from)) ends.push(bytes.length)
  return ends
}

interface Block {
  readonly rows: readonly CsvRow[]
  /** Offset of each row in the file. */
  readonly starts: readonly number[]
}

async function* blocksOf(source: ByteSource, head: Head): AsyncGenerator<Block> {
  let line = 1
  let bytes: Uint8Array = new Uint8Array(0)
  for (let from = 0; from < source.size; ) {
    const more = await source.read(from + bytes.length, blockBytes)
    bytes = joinBytes([bytes, more])
    const atEnd = from + bytes.length >= source.size
    const ends = recordEnds(bytes, 0, atEnd)
    if (ends.length === 0) continue
    const text = decodeText(bytes.subarray(0, ends.at(-1)!), source.name)
    const rows = parseRecords(text, head.delimiter, { name: source.name, line })
    yield { rows, starts: ends.map((_, k) => from + (k === 0 ? 0 : ends[k - 1]!)) }
    line = rows.at(-1)!.line + text.slice(text.lastIndexOf('\n', text.length - 2) + 1).split('\n').length - 1
    from += ends.at(-1)!
    bytes = bytes.slice(ends.at(-1)!)
  }
}

/** The rows behind the header, each as long as it; blank lines may end a file, and stand nowhere else. */
export async function* dataRows(
  source: ByteSource,
  head: Head,
): AsyncGenerator<{ row: CsvRow; start: number }> {
  let blank: CsvRow | undefined
  for await (const block of blocksOf(source, head)) {
    for (const [k, row] of block.rows.entries()) {
      if (row.line === 1 && head.header !== undefined) continue
      if (isBlank(row) && (head.width > 1 || row.cells[0] === '')) {
        blank ??= row
        continue
      }
      if (blank !== undefined) failRagged(source.name, blank, head.width)
      if (row.cells.length !== head.width) failRagged(source.name, row, head.width)
      yield { row, start: block.starts[k]! }
    }
  }
}
