import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { withTables } from '../../scripts/write-config-docs.ts'

it('docs/config.md has the tables as the data has them', () => {
  const page = readFileSync(new URL('../../docs/config.md', import.meta.url), 'utf8')
  expect(page, 'stale: run npx tsx scripts/write-config-docs.ts').toBe(withTables(page))
})
