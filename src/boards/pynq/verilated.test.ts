// The drivers under Python against the Verilated accelerator within a model of the board: DMA as PG021 has it, memory
// on an AXI4 port.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBoardServer } from '../testing/board-process.ts'
import { pythonMissing } from '../testing/spawn-python.ts'
import { type SubjectOptions, tinySubject } from '../testing/subjects.ts'
import { boardMissing, buildBoard } from '../testing/verilated-board.ts'
import { driverFile, pynqFiles } from './index.ts'
import { runMemoryPython, runPython } from './testing/run-python.ts'

const missing = boardMissing() ?? pythonMissing()
if (missing !== undefined) console.log(`skipped: ${missing}`)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-pynq-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const opening = (file: string, bus: string) => `
import numpy as np, pynq
from ${bus === 'axi_stream' ? 'pynq' : 'design'} import ask
from ${file.replace('.py', '')} import *
X, y = np.load('X_test.npy'), np.load('y_test.npy')
nn = NeuralNetworkOverlay('tiny.bit', X.shape, y.shape)
nn.timeout_floor = 60
def told(action):
    try:
        print(action())
    except Exception as error:
        print(type(error).__name__ + ': ' + str(error))
def hit(rows, **faults):
    nn.timeout_floor = 0.2
    ask(op='fault', faults=faults)
    told(lambda: np.array_equal(nn.predict(X[:rows]), y[:rows]))
    ask(op='fault', faults={name: False for name in faults})
    nn.timeout_floor = 60
    told(lambda: np.array_equal(nn.predict(X), y))
`

async function said(options: SubjectOptions, code: string): Promise<string[]> {
  const subject = tinySubject(options)
  const { description, inputs, golden } = subject
  const server = await createBoardServer(await buildBoard(subject), description)
  for (const [name, content] of Object.entries(pynqFiles(description, inputs, golden)))
    await writeFile(join(folder, name), content)
  const text = `${opening(driverFile(description), description.interface)}${code}`
  const { project } = description
  const { stdout, stderr } =
    description.interface === 'axi_stream'
      ? await runPython({ folder, code: text, project, server })
      : await runMemoryPython({ folder, args: ['-c', text], project, server })
  server.end()
  expect(stderr).toBe('')
  return stdout.trim().split('\n')
}

const rows = `
for rows in (1, 7, 200, 3, 0):
    print(rows, np.array_equal(nn.predict(X[:rows]), y[:rows]))
nn._rows_at_once = lambda: 70
print(np.array_equal(nn.predict(X), y), nn.cycles()['frames_out'])
`
const good = ['1 True', '7 True', '200 True', '3 True', '0 True', 'True 200']

describe.skipIf(missing !== undefined)('predict, on the Verilated accelerator', () => {
  it('by DMA gives the emulator’s results, ends what hangs, tells of errors, and goes on', async () => {
    const lines = await said(
      {},
      `${rows}
hit(50, held=True)
hit(50, unconnected=True)
hit(50, cut=2)
hit(50, cut=5)
hit(50, cut=-1)
hit(50, decode=True)
`,
    )
    const rest = 'The DMA was reset and the accelerator emptied; predict can be called again.'
    expect(lines).toEqual([
      ...good,
      `AcceleratorTimeout: no result after 0.2 s: 0 of 50 frames came in, 0 results went out; STATUS 0x0: busy 0, short 0, long 0, not_finite 0; start 0; DMA: sending busy, receiving busy. start is 0 in CONTROL: the accelerator lets no frame in. ${rest}`,
      'True',
      expect.stringMatching(
        /^AcceleratorTimeout: no result after 0\.2 s: \d+ of 50 frames came in, \d+ results went out; STATUS 0x1: busy 1, .*; DMA: sending (idle|busy), receiving busy\. The DMA was reset/,
      ),
      'True',
      expect.stringMatching(
        /^FrameError: .*: 50 of 50 frames came in, 50 results.*receiving idle\. short: a frame ended too early/,
      ),
      'True',
      expect.stringMatching(/^FrameError: .*: 49 of 50 frames came in, 49 results/),
      'True',
      expect.stringMatching(
        /^AcceleratorError: the DMA stopped with an error: 51 of 50 frames came in, 50 results.*receiving error\. short:/,
      ),
      'True',
      expect.stringMatching(/^AcceleratorError: the DMA stopped with an error: .* (sending|receiving) error/),
      'True',
    ])
  })

  it('by DMA of two words a beat', async () => {
    expect(await said({ board: 'zcu104', form: 'raw', wordsPerBeat: 2 }, rows)).toEqual(good)
  })

  it('by windows', async () => {
    const lines = await said({ board: 'pynq-z2', interface: 'axi_lite' }, `${rows}\nhit(5, held=True)\n`)
    expect(lines).toEqual([...good, expect.stringMatching(/^AcceleratorTimeout: .*GO 1/), 'True'])
  })

  it('by memory that answers, answers with errors, or does not', async () => {
    const lines = await said(
      { board: 'zcu104', interface: 'axi_master', wordsPerBeat: 2 },
      `${rows}
hit(50, held=True)
hit(50, broken=True)
nn.timeout_floor = 0.2
ask(op='fault', faults={'deaf': True})
told(lambda: nn.predict(X[:50]))
`,
    )
    expect(lines).toEqual([
      ...good,
      expect.stringMatching(/^AcceleratorTimeout: .*: 0 of 50 frames came in, .*run: under way/),
      'True',
      expect.stringMatching(/^FrameError: .*: 50 of 50 frames came in, 50 .*bus_error 1/),
      'True',
      expect.stringMatching(/^AcceleratorTimeout: .*: 0 of 50 frames came in, .*load the bitstream again\.$/),
    ])
  })
})
