import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { CompileError, renderDiagnostic } from '../diagnostics/diagnostic.ts'
import { loadConfig } from './load-config.ts'

const folder = mkdtempSync(join(tmpdir(), 'lutra-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function refusal(path: string): Promise<string> {
  try {
    await loadConfig(path)
  } catch (failure) {
    if (failure instanceof CompileError)
      return failure.diagnostics.map(renderDiagnostic).join('\n').replaceAll(folder, '.')
    throw failure
  }
  throw new Error('the config was read')
}

const define = fileURLToPath(new URL('../config/define.ts', import.meta.url))

describe('loadConfig', () => {
  it('runs a TypeScript config and makes its paths absolute', async () => {
    const path = file(
      'lutra.config.ts',
      `import { defineConfig } from ${JSON.stringify(define)}
const factor: number = 2
export default defineConfig({ model: 'm.h5', data: 'x.npy', out: '/abs', layerName: { fc1: { reuseFactor: factor } } })`,
    )
    const config = await loadConfig(path)
    expect(config.origin).toBe('lutra')
    expect(config.run).toEqual({ model: [join(folder, 'm.h5')], data: join(folder, 'x.npy'), out: '/abs' })
    expect(config.layerName.get('fc1')!.choices).toEqual({ ReuseFactor: 2 })
  })

  it('runs a function that gives the config', async () => {
    const path = file('fn.config.mjs', "export default async () => ({ projectName: 'p' })")
    expect((await loadConfig(path)).projectName).toBe('p')
  })

  it("reads JSON and YAML, hls4ml's paths as they are", async () => {
    expect((await loadConfig(file('a.yml', 'OutputDir: out\nKerasH5: m.h5'))).run).toEqual({
      out: 'out',
      model: ['m.h5'],
    })
    expect((await loadConfig(file('a.json', '{"$schema": "s", "out": "out"}'))).run).toEqual({
      out: join(folder, 'out'),
    })
  })

  it('refuses what it cannot read', async () => {
    mkdirSync(join(folder, 'dir.yml'))
    expect(await refusal(join(folder, 'none.yml'))).toBe(
      'config/unreadable: ./none.yml: there is no such file; expected a config file.',
    )
    expect(await refusal(join(folder, 'none.ts'))).toBe(
      'config/unreadable: ./none.ts: there is no such file; expected a config file.',
    )
    expect(await refusal(join(folder, 'dir.yml'))).toBe(
      'config/unreadable: ./dir.yml: it is a folder; expected a config file.',
    )
    expect(await refusal(file('a.toml', ''))).toBe(
      'config/unknown-format: ./a.toml: a config cannot be a .toml file; expected one of .ts, .mts, .js, .mjs, .json, .yml, .yaml.',
    )
    expect(await refusal(file('throws.ts', "throw new Error('no\\nluck')"))).toBe(
      'config/script: ./throws.ts: the script failed: no; expected a default export: export default defineConfig({ … }).',
    )
    expect(await refusal(file('text.ts', "export default 'a: 1'"))).toBe(
      'config/not-a-config: ./text.ts: the config is a text; expected a mapping of keys.',
    )
    expect(await refusal(file('list.ts', 'export default [1]'))).toBe(
      'config/not-a-config: ./list.ts: the config is a list; expected a mapping of keys.',
    )
  })
})
