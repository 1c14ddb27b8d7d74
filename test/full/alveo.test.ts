// Hosts of cards in C++ on the Verilated kernel: every form of words and width of port, beside what the quick test runs.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildHost, cardMissing, writeCard } from '../../src/boards/alveo/testing/verilated-card.ts'
import { memorySubject } from '../../src/boards/pynq/testing/memory-subject.ts'

const missing = cardMissing()
if (missing !== undefined) console.log(`skipped: ${missing}`)

describe.skipIf(missing !== undefined)('the host in C++', () => {
  it.each([
    ['raw', 1],
    ['float', 2],
    ['raw', 4],
  ] as const)('finds all words equal: %s, %i a beat', { timeout: 300_000 }, (form, wordsPerBeat) => {
    const folder = mkdtempSync(join(tmpdir(), 'lutra-card-'))
    try {
      const from = memorySubject({ bus: 'axi_master', board: 'alveo-u250', form, wordsPerBeat, rows: 1000 })
      writeCard(folder, from)
      writeFileSync(join(folder, 'tiny.xclbin'), 'tiny_0123456789abcdef')
      const words = ['tiny.xclbin', 'alveo/x_words.bin', 'alveo/y_words.bin']
      const { stdout, stderr, status } = spawnSync(buildHost(folder, from), words, {
        cwd: folder,
        encoding: 'utf8',
        timeout: 120_000,
      })
      expect([stderr, status]).toEqual(['', 0])
      expect(stdout).toContain('0 of 3000 words differ')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
