// Drivers of accelerators without a DMA under Python: windows in the registers, and memory that the accelerator reads.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pythonMissing } from '../testing/spawn-python.ts'
import { driverFile, printPynqDriver, pynqFiles, pynqSteps } from './index.ts'
import type { MemoryServer } from './testing/memory-server.ts'
import { type MemorySubject, memorySubject } from './testing/memory-subject.ts'
import { runMemoryPython } from './testing/run-python.ts'

const missing = pythonMissing()
if (missing !== undefined) console.log(`skipped: ${missing}`)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-pynq-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const opening = (file: string) => `
import numpy as np, pynq, design
from ${file.replace('.py', '')} import *
X, y = np.load('X_test.npy'), np.load('y_test.npy')
nn = NeuralNetworkOverlay('tiny.bit', X.shape, y.shape)
nn.timeout_floor = 60
def told(action):
    try:
        action()
    except Exception as error:
        print(type(error).__name__ + ': ' + str(error))
def fault(**faults):
    design.ask(op='fault', faults=faults)
`

async function python(from: MemorySubject, code: string, server: MemoryServer = from.server()) {
  const { description, inputs, golden } = from
  const files = pynqFiles(description, inputs, golden)
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  const args = ['-c', `${opening(driverFile(description))}${code}`]
  return runMemoryPython({ folder, args, project: description.project, server })
}

async function said(from: MemorySubject, code: string, server?: MemoryServer): Promise<string[]> {
  const { stdout, stderr } = await python(from, code, server)
  expect(stderr).toBe('')
  return stdout.trim().split('\n')
}

describe.skipIf(missing !== undefined)('predict', () => {
  it.each([
    ['axi_lite', 'float', 1],
    ['axi_lite', 'raw', 1],
    ['axi_master', 'float', 1],
    ['axi_master', 'raw', 2],
    ['axi_master', 'float', 4],
  ] as const)('by %s gives the emulator’s results: %s words, %i a beat', async (bus, form, wordsPerBeat) => {
    const from = memorySubject({ bus, form, wordsPerBeat })
    const server = from.server()
    const buffers = bus === 'axi_lite' ? 0 : 2
    const lines = await said(
      from,
      `
for rows in (1, 7, 300, 3, 0):
    got = nn.predict(X[:rows])
    print(rows, got.dtype, got.shape, np.array_equal(got, y[:rows]), pynq.Buffer.allocated)
most = nn._rows_at_once()
nn._rows_at_once = lambda: 70
print(np.array_equal(nn.predict(X.astype(np.float64)), y), nn.cycles()['frames_out'], most > 200)
nn.close()
print(pynq.Buffer.allocated)
`,
      server,
    )
    expect(lines).toEqual([
      `1 float32 (1, 3) True ${buffers}`,
      `7 float32 (7, 3) True ${buffers}`,
      `300 float32 (300, 3) True ${buffers}`,
      `3 float32 (3, 3) True ${buffers}`,
      `0 float32 (0, 3) True ${buffers}`,
      'True 300 True',
      '0',
    ])
    expect(server.strays).toEqual([])
  })

  it('tells time and state, and takes encode and decode', async () => {
    for (const bus of ['axi_lite', 'axi_master'] as const) {
      const lines = await said(
        memorySubject({ bus, form: 'raw' }),
        `
got, seconds, rate = nn.predict(X[:20], profile=True)
print(np.array_equal(got, y[:20]), seconds > 0, abs(rate * seconds - 20) < 1e-6)
words = encode_words(X[:20])
print(np.array_equal(nn.predict('anything', encode=lambda _: words, decode=lambda own: decode_words(own) * 2), 2 * y[:20]))
told(lambda: nn.predict(X, encode=lambda x: x))
nn.predict(X[:2], debug=True)
`,
      )
      expect(lines[0]).toMatch(/^Classified 20 samples in [\d.e-]+ seconds/)
      expect(lines.slice(1, 5)).toEqual([
        'True True True',
        'True',
        'ValueError: encode gave float32 words, expected int32',
        '2 rows: 5 words in, 3 words out each',
      ])
      const flags = bus === 'axi_lite' ? 'start 1; GO 0' : 'bus_error 0; start 1; run: ended'
      expect(lines[5]).toContain('2 of 2 frames came in, 2 results went out; STATUS 0x0: busy 0, ')
      expect(lines[5]).toContain(flags)
    }
  })

  it('refuses a bitstream of another build, and what is no accelerator', async () => {
    for (const bus of ['axi_lite', 'axi_master'] as const) {
      const from = memorySubject({ bus })
      const other = { ...from, description: { ...from.description, buildHash: 'fedcba9876543210' } }
      const { stderr } = await python(other, '', from.server())
      expect(stderr.trim().split('\n').at(-1)).toBe(
        `${bus}_driver.BuildMismatch: the bitstream is of build 0123456789abcdef, this driver of build fedcba9876543210: take the .bit, the .hwh and ${bus}_driver.py from the same package`,
      )
    }
  })

  it('ends what hangs, says where it stands, and goes on', async () => {
    const hang = `
def hang(name, rows):
    fault(**{name: True})
    nn.timeout_floor = 0.2
    told(lambda: nn.predict(X[:rows]))
    nn.timeout_floor = 60
    fault(**{name: False})
    print(np.array_equal(nn.predict(X[:50]), y[:50]))
hang('held', 20)
`
    const lite = await said(memorySubject({ bus: 'axi_lite' }), hang)
    expect(lite).toEqual([
      'AcceleratorTimeout: no result after 0.2 s: 0 of 20 frames came in, 0 results went out; STATUS 0x0: busy 0, short 0, long 0, not_finite 0; start 0; GO 1. start is 0 in CONTROL: the accelerator lets no frame in. The accelerator was emptied; predict can be called again.',
      'True',
    ])
    const master = await said(memorySubject({ bus: 'axi_master' }), hang)
    expect(master).toEqual([
      'AcceleratorTimeout: no result after 0.2 s: 0 of 20 frames came in, 0 results went out; STATUS 0x0: busy 0, short 0, long 0, not_finite 0, bus_error 0; start 0; run: under way. start is 0 in CONTROL: the accelerator lets no frame in. The accelerator was emptied; predict can be called again.',
      'True',
    ])
  })

  it('says that memory does not answer, or answers with errors', async () => {
    const lines = await said(
      memorySubject({ bus: 'axi_master' }),
      `
fault(broken=True)
told(lambda: nn.predict(X[:20]))
fault(broken=False)
print(np.array_equal(nn.predict(X[:50]), y[:50]))
nn.timeout_floor = 0.2
fault(deaf=True)
told(lambda: nn.predict(X[:20]))
`,
    )
    expect(lines[0]).toMatch(
      /^FrameError: the results are not those of the rows sent: 20 of 20 frames came in, 20 .* bus_error 1; start 1; run: ended\. bus_error: the memory answered/,
    )
    expect(lines[1]).toBe('True')
    expect(lines[2]).toMatch(
      /^AcceleratorTimeout: no result after 0\.2 s: 0 of 20 frames came in, .*; run: under way\. No word reached the accelerator: does memory answer it, and does its clock run\? The accelerator does not come to rest: load the bitstream again\.$/,
    )
  })

  it('tells of words that are not finite', async () => {
    for (const bus of ['axi_lite', 'axi_master'] as const) {
      const lines = await said(
        memorySubject({ bus }),
        `
words = X[:2].copy()
words[1, 1] = np.inf
told(lambda: nn.predict(words, encode=lambda x: x))
told(lambda: nn.predict(words))
print(np.array_equal(nn.predict(X[:50]), y[:50]))
`,
      )
      expect(lines[0]).toContain('not_finite: a float word was NaN or infinite and was taken as 0.')
      expect(lines.slice(1)).toEqual([
        'ValueError: X has inf in row 1, element 1: the network takes finite numbers',
        'True',
      ])
    }
  })

  it('runs the notebook as it stands', async () => {
    const from = memorySubject({ bus: 'axi_master', form: 'raw' })
    const files = pynqFiles(from.description, from.inputs, from.golden)
    const notebook = JSON.parse(String(files['tiny.ipynb'])) as {
      cells: { cell_type: string; source: string[] }[]
    }
    const code = notebook.cells.flatMap(cell => (cell.cell_type === 'code' ? [cell.source.join('')] : []))
    const lines = await said(from, code.join('\n'))
    expect(lines[0]).toBe('0 of 900 values differ')
  })
})

it('files, steps and notebook name the driver of the interface', () => {
  const from = memorySubject({ bus: 'axi_master' })
  const files = pynqFiles(from.description, from.inputs, from.golden)
  expect(Object.keys(files)).toContain('axi_master_driver.py')
  const texts = [pynqSteps(from.description, 'pynq', 'hw/tiny'), String(files['tiny.ipynb'])]
  for (const text of texts) expect(text).toContain('from axi_master_driver import')
  expect(printPynqDriver(from.description, from.inputs)).not.toMatch(/undefined|\[object|hier_0/)
})
