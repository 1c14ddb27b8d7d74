// Writes docs/schema/board.schema.json from the description of boards, for editors that complete a board's file.
// Run it after a change to that: npx tsx scripts/write-board-schema.ts
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { boardSchema } from '../src/boards/board-shape.ts'

const target = new URL('../docs/schema/board.schema.json', import.meta.url)

/** The text that the published schema must have. */
export function boardSchemaText(): string {
  return `${JSON.stringify(boardSchema(), null, 2)}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, boardSchemaText())
