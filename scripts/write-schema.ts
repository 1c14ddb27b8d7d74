// Writes docs/schema/lutra.config.schema.json from the operator and key tables, for editors that complete configs.
// Run it after a change to either: npx tsx scripts/write-schema.ts
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { configSchema } from '../src/config/schema.ts'

const target = new URL('../docs/schema/lutra.config.schema.json', import.meta.url)

/** The text that the published schema must have. */
export function schemaText(): string {
  return `${JSON.stringify(configSchema(), null, 2)}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(new URL('.', target), { recursive: true })
  writeFileSync(target, schemaText())
}
