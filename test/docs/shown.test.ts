// Pages show files, and what commands say, as they are.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { shownPage, shownPages } from '../../scripts/write-shown.ts'

const root = resolve(import.meta.dirname, '../..')
const before = process.cwd()
beforeAll(() => process.chdir(root))
afterAll(() => process.chdir(before))

const isThere = (tool: string) => spawnSync(tool, ['-V']).error === undefined
const compiled = existsSync(join(root, 'dist/index.js'))
const missing = [...(compiled ? [] : ['dist/']), ...['iverilog', 'verilator'].filter(tool => !isThere(tool))]
if (missing.length > 0) console.log(`skipped: no ${missing.join(', ')}`)

it.skipIf(missing.length > 0).each(shownPages)('%s is fresh', async page => {
  const shown = await shownPage(page)
  expect(readFileSync(join(root, page), 'utf8'), 'stale: run npx tsx scripts/write-shown.ts').toBe(shown)
})
