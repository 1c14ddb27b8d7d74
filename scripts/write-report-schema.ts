// Writes docs/schema/report.schema.json from the report's description.
// Run it after a change to that: npx tsx scripts/write-report-schema.ts
import { mkdirSync, writeFileSync } from 'node:fs'
import { reportSchema } from '../src/report/report.ts'

const target = new URL('../docs/schema/report.schema.json', import.meta.url)
mkdirSync(new URL('.', target), { recursive: true })
writeFileSync(target, `${JSON.stringify(reportSchema(), null, 2)}\n`)
