import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { withSupportTables } from '../../scripts/write-support.ts'

it('docs/support.md has the tables as operators and frontends have them', () => {
  const page = readFileSync(new URL('../../docs/support.md', import.meta.url), 'utf8')
  expect(page, 'stale: run npx tsx scripts/write-support.ts').toBe(withSupportTables(page))
})
