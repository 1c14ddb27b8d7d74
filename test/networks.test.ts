// docs/networks.md: its example runs as it stands, and the verbs take such a network in place of a file.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import * as lutra from '../src/index.ts'
import { build, verify } from '../src/node/index.ts'

const page = await readFile(new URL('../docs/networks.md', import.meta.url), 'utf8')
const example = /```ts\n(.*?)```/s.exec(page)![1]!

interface Shown {
  readonly model: lutra.DefinedNetwork
  readonly raw: lutra.RawBatch
  readonly files: Readonly<Record<string, string>>
}

/** The example with the package's names in scope. */
function runExample(): Shown {
  const [, names] = /import \{ (.*) \} from 'lutra'\n/.exec(example)!
  const body = example.replace(/import .*\n/, '')
  const run = new Function('lutra', `const { ${names} } = lutra; ${body}; return { model, raw, files }`)
  return run(lutra) as Shown
}

it('runs the example of docs/networks.md', () => {
  const { raw, files } = runExample()
  // (3·1.5 + 7·0.75 + 1 + 9) / 16 floors to 1.125, the other unit is below 0; 1.5·1.125 + 0.125 in sixteenths is 29.
  expect(Array.from(raw.raw, Number)).toEqual([29])
  expect(Object.keys(files)).toContain('rtl/tagger_core.v')
})

it('is verified and built like a model that was read', async () => {
  const { model } = runExample()
  const result = await verify({ model, roads: ['netlist'] })
  expect(result.good).toBe(true)
  const out = await mkdtemp(join(tmpdir(), 'lutra-network-'))
  try {
    const built = await build({ model, out: join(out, 'build'), synth: false, roads: ['netlist'] })
    expect(built.good).toBe(true)
    expect(built.report.model.file).toBe('tagger')
    await expect(verify({ model, inputType: 'fixed<4,4>', roads: ['netlist'] })).rejects.toThrow(
      'network/config',
    )
  } finally {
    await rm(out, { recursive: true })
  }
})
