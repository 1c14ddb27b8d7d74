import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { withTables } from '../../scripts/write-accelerator-docs.ts'

it('docs/accelerator.md has the registers as the hardware has them', () => {
  const page = readFileSync(new URL('../../docs/accelerator.md', import.meta.url), 'utf8')
  expect(page, 'stale: run npx tsx scripts/write-accelerator-docs.ts').toBe(withTables(page))
})
