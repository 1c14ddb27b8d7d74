import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { writeTarGz } from './tar.ts'

const files = {
  'y_test.npy': Uint8Array.of(1, 2, 3),
  'axi_stream_driver.py': new TextEncoder().encode('x = 1\n'),
  empty: new Uint8Array(),
  // With its header as long as a whole record.
  'hls4ml_nn.bit': new Uint8Array(10240 - 512).fill(7),
}

it('the same files give the same bytes, in any order', () => {
  const turned = Object.fromEntries(Object.entries(files).reverse())
  expect(writeTarGz(turned)).toEqual(writeTarGz(files))
})

const tar = spawnSync('tar', ['--version']).status === 0
it.skipIf(!tar)('tar reads it: names sorted, contents, no dates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lutra-tar-'))
  writeFileSync(join(folder, 'package.tar.gz'), writeTarGz(files))
  const run = spawnSync('tar', ['-xvzf', 'package.tar.gz'], { cwd: folder })
  expect(run.stderr.toString()).toBe('')
  expect(run.stdout.toString().trim().split('\n')).toEqual(Object.keys(files).sort())
  for (const [name, bytes] of Object.entries(files))
    expect(new Uint8Array(readFileSync(join(folder, name)))).toEqual(bytes)
  expect(statSync(join(folder, 'hls4ml_nn.bit')).mtimeMs).toBe(0)
  rmSync(folder, { recursive: true })
})
