// All pulses of the example through a package behind a ComBlock, in Verilator, with random stalls.

import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { runWhole } from '../../src/boards/comblock/testing/whole.ts'
import { packageModel } from '../../src/node/package.ts'

const example = resolve(import.meta.dirname, '../../examples/pulse-shape')
const missing =
  spawnSync('verilator', ['--version']).status === 0 ? undefined : 'skipped: no verilator on PATH'
if (missing !== undefined) console.info(missing)

test.skipIf(missing !== undefined)(
  '500 pulses at several paces',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lutra-comblock-'))
    try {
      const { files, good } = await packageModel({
        model: join(example, 'pulse-shape.h5'),
        data: [join(example, 'pulses.csv')],
        labelColumn: 'label',
        board: 'zedboard',
        link: 'comblock',
        roads: ['netlist'],
        out: join(folder, 'package'),
      })
      expect(good).toBe(true)
      for (const pace of [
        { depth: 1024, latency: 1, pace: [16, 16, 16, 16] },
        { depth: 16, latency: 1, pace: [13, 16, 16, 1] },
        { depth: 64, latency: 2, pace: [5, 16, 16, 9] },
      ] as const) {
        const { said, wanted } = runWhole(join(folder, 'package'), files, 500, pace, 'verilator')
        expect(said).toBe(wanted)
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
  600_000,
)
