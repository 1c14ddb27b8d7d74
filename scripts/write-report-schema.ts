// Writes docs/schema/report.schema.json and assess.schema.json from the descriptions of reports and assessments.
// Run it after a change to these: npx tsx scripts/write-report-schema.ts
import { mkdirSync, writeFileSync } from 'node:fs'
import { assessmentSchema } from '../src/assess/assessment.ts'
import { reportSchema } from '../src/report/report.ts'

const schemas = { report: reportSchema(), assess: assessmentSchema() }
const folder = new URL('../docs/schema/', import.meta.url)
mkdirSync(folder, { recursive: true })
for (const [name, schema] of Object.entries(schemas))
  writeFileSync(new URL(`${name}.schema.json`, folder), `${JSON.stringify(schema, null, 2)}\n`)
