// A package's Python behind a ComBlock: on a node's device files, by PYNQ's port, over TCP, on many nodes at once.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { goldenFiles } from '../pynq/index.ts'
import { pythonMissing } from '../testing/spawn-python.ts'
import { comblockFiles } from './index.ts'
import { layOut, runPython } from './testing/run-python.ts'
import { type Subject, subject } from './testing/subject.ts'
import { type ServerFaults, startUdmaServer, type UdmaServer } from './testing/udma-server.ts'

const missing = pythonMissing()
if (missing !== undefined) console.log(`skipped: ${missing}`)

const rows = 200
const raw = subject('raw', rows)
const float = subject('float', rows)
const scaled = subject('raw', rows, { scaled: 'element' })

let folder = ''
const servers: UdmaServer[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lutra-comblock-'))
})
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
  rmSync(folder, { recursive: true, force: true })
})

const opening = `
import numpy as np
import stand_ins, comblock_accelerator
from stand_ins import fault
comblock_accelerator.os = stand_ins.devices
from comblock_driver import *
X, y = np.load('X_test.npy'), np.load('y_test.npy')
def told(action):
    try:
        action()
    except Exception as error:
        print(type(error).__name__ + ': ' + str(error))
`

async function python(from: Subject, code: string, options = {}): Promise<string[]> {
  const { description, inputs, golden } = from
  layOut(folder, { ...comblockFiles(description, inputs), ...goldenFiles(description, golden) })
  const model = from.model(options)
  const { stdout, stderr } = await runPython(folder, opening + code, model)
  expect(stderr).toBe('')
  expect(model.lost()).toBe(0)
  return stdout.trim().split('\n')
}

describe.skipIf(missing !== undefined)('on a node', () => {
  it.each([
    ['raw', raw],
    ['float', float],
    ['scaled and raw', scaled],
  ] as const)('predict gives the emulator’s results, %s words, any number of rows', async (_, from) => {
    const said = await python(
      from,
      `
with NeuralNetwork() as nn:
    for rows in (1, 7, 200, 3, 0):
        got = nn.predict(X[:rows])
        print(rows, got.dtype, got.shape, np.array_equal(got, y[:rows]))
    print(np.array_equal(nn.predict(X.reshape(200, 5).astype(np.float64)), y), nn.cycles()['frames_out'])
print(stand_ins.devices.files)
`,
    )
    expect(said).toEqual([
      '1 float32 (1, 3) True',
      '7 float32 (7, 3) True',
      '200 float32 (200, 3) True',
      '3 float32 (3, 3) True',
      '0 float32 (0, 3) True',
      'True 200',
      '{}',
    ])
  })

  it('takes the installed module’s class, PYNQ’s port, and files of another number', async () => {
    const said = await python(
      raw,
      `
print(np.array_equal(NeuralNetwork(stand_ins.Installed()).predict(X), y))
print(np.array_equal(NeuralNetwork(RegisterComblock(stand_ins.Port())).predict(X), y))
told(lambda: NeuralNetwork(1))
`,
    )
    expect(said).toEqual([
      'True',
      'True',
      "AcceleratorError: [Errno 2] No such file or directory: '/dev/ComBlock_1_regs_i': is the bitstream loaded, and the driver (insmod comblock.ko)?",
    ])
  })

  it('tells time as is usual, takes encode and decode, and refuses what the network cannot take', async () => {
    const said = await python(
      raw,
      `
nn = NeuralNetwork()
got, seconds, rate = nn.predict(X[:20], profile=True)
print(np.array_equal(got, y[:20]), abs(rate * seconds - 20) < 1e-6)
words = encode_rows(X[:20])
print(np.array_equal(nn.predict('anything', encode=lambda _: words, decode=lambda own: decode_words(own) * 2), 2 * y[:20]))
told(lambda: nn.predict(X[:, :4]))
told(lambda: nn.predict(np.full((3, 5), np.nan)))
told(lambda: nn.predict(X, encode=lambda x: x))
told(lambda: nn.accelerator.run(b'123'))
nn.predict(X[:2], debug=True)
`,
    )
    expect(said[0]).toMatch(/^Classified 20 samples in [\d.e-]+ seconds \([\d.]+ inferences \/ s\)$/)
    expect(said.slice(1)).toEqual([
      'True True',
      'True',
      'ValueError: X has shape (200, 4), expected (rows, 5)',
      'ValueError: X has nan in row 0, element 0: the network takes finite numbers',
      'ValueError: encode gave float32 words, expected int32',
      'ValueError: 3 bytes are no whole frames of 5 words',
      '2 rows: 5 words in, 3 words out each',
    ])
  })

  it('ends what hangs, says where it stands, and goes on', async () => {
    const said = await python(
      raw,
      `
nn = NeuralNetwork()
def hang(name):
    fault(**{name: True})
    nn.accelerator.timeout = 0.3
    told(lambda: nn.predict(X))
    fault(**{name: False})
    nn.accelerator.timeout = 60
    print(np.array_equal(nn.predict(X[:50]), y[:50]))
hang('held')
hang('stuck')
`,
    )
    expect(said).toEqual([
      expect.stringMatching(
        /^AcceleratorTimeout: no word moved for 0\.3 s: 0 of 200 frames came in, 0 results went out; STATUS 0x0; start 1; \d+ words wait before it\. run can be called again\.$/,
      ),
      'True',
      expect.stringMatching(
        /^AcceleratorTimeout: no word moved for 0\.3 s: \d+ of 200 frames came in, 0 results/,
      ),
      'True',
    ])
  })

  it('tells of words that are no numbers', async () => {
    const said = await python(
      float,
      `
nn = NeuralNetwork()
words = encode_rows(X[:2]).copy()
words[1, 1] = np.inf
told(lambda: nn.predict(words, encode=lambda x: x))
print(np.array_equal(nn.predict(X), y))
`,
    )
    expect(said).toEqual([
      'FrameError: the results are not those of the frames sent: 2 of 2 frames came in, 2 results went out; STATUS 0x8; start 1; 0 words wait before it. not_finite: a float word was NaN or infinite and was taken as 0.',
      'True',
    ])
  })

  it('refuses a bitstream of another build, and what is no accelerator', async () => {
    const other = subject('raw', rows, { buildHash: 'fedcba9876543210' })
    const said = await python(
      { ...raw, model: other.model },
      `
told(NeuralNetwork)
stand_ins.read = lambda word: 0
told(NeuralNetwork)
`,
    )
    expect(said).toEqual([
      'BuildMismatch: the bitstream is of build fedcba9876543210, these files of build 0123456789abcdef: load the bitstream of the same package',
      "BuildMismatch: no accelerator of Lutra answers behind the ComBlock: its ID register reads 0x00000000, expected 0x4c545241. Is the package's bitstream loaded?",
    ])
  })
})

describe.skipIf(missing !== undefined)('over TCP', () => {
  const board = async (faults: ServerFaults = {}, from = raw) => {
    const server = await startUdmaServer(from.model(), faults)
    servers.push(server)
    return server
  }
  const tcp = 'from udma_driver import *\n'

  it.each([[{}], [{ published: true }]])('predict gives the emulator’s results: %j', async faults => {
    const { port, asked } = await board(faults)
    const said = await python(
      raw,
      `${tcp}
with NeuralNetwork(Udma('127.0.0.1', ${port})) as nn:
    print(np.array_equal(nn.predict(X), y), np.array_equal(nn.predict(X[:3]), y[:3]))
    nn.accelerator.comblock.log(False)
    nn.accelerator.comblock.select_comblock(0)
    print(nn.accelerator.comblock.read_fifo(4), hex(nn.accelerator.comblock.read_reg(11)))
`,
    )
    expect(said).toEqual(['True True', '[] 0x4c545241'])
    expect(asked.get(4)! > 1000).toBe('published' in faults)
  })

  it('tells of a board that is gone, silent, no server, cut off or of another build', async () => {
    const gone = await board()
    await gone.close()
    const silent = await board({ answer: 'none' })
    const echo = await board({ answer: 'echo' })
    const half = await board({ answer: 'half', command: 3, after: 4 })
    const refusing = await board({ refuses: true })
    const other = await board({}, subject('raw', 1, { buildHash: 'fedcba9876543210' }))
    const ports = [gone, silent, echo, half, refusing, other].map(({ port }) => port)
    const said = await python(
      raw,
      `${tcp}
for port in ${JSON.stringify(ports)}:
    told(lambda: NeuralNetwork(Udma('127.0.0.1', port, timeout=0.3 if port == ${silent.port} else 20)).predict(X))
udma = Udma('127.0.0.1', ${half.port})
told(lambda: [udma.read_fifo(1) for _ in range(9)])
told(lambda: udma.read_reg(11))
udma.connect()
print(hex(udma.read_reg(11)))
`,
    )
    const plain = said.map(line => line.replace(/127\.0\.0\.1:\d+/g, 'board'))
    expect(plain).toEqual([
      "ConnectionLost: no connection to board: [Errno 111] Connection refused. Is the board on, and the server's program running?",
      'AcceleratorTimeout: board gave no whole answer within 0.3 s; the connection was closed',
      'ConnectionLost: board: READ_REG was answered with 11 words where 1 were asked for; the connection was closed, connect() opens it again',
      'ConnectionLost: board: the server closed the connection in the middle of an answer; the connection was closed, connect() opens it again',
      "AcceleratorError: board refuses READ_REG: is the package's bitstream loaded, and the server built for it?",
      'BuildMismatch: the bitstream is of build fedcba9876543210, these files of build 0123456789abcdef: load the bitstream of the same package',
      'ConnectionLost: board: the server closed the connection in the middle of an answer; the connection was closed, connect() opens it again',
      'ConnectionLost: the connection to board is closed: call connect()',
      '0x4c545241',
    ])
  })

  it('many boards at once, one of which fails', async () => {
    const boards = [await board(), await board({ answer: 'garbage', command: 7 }), await board()]
    const said = await python(
      raw,
      `${tcp}
for board, own, error in predict_on_boards([('127.0.0.1', port) for port in ${JSON.stringify(boards.map(({ port }) => port))}], X, 20):
    print(board.split(':')[0], own is not None and np.array_equal(own, y), type(error).__name__)
`,
    )
    expect(said).toEqual([
      '127.0.0.1 True NoneType',
      '127.0.0.1 False ConnectionLost',
      '127.0.0.1 True NoneType',
    ])
  })
})

describe.skipIf(missing !== undefined)('on a cluster', () => {
  it('each node has its own result, whatever becomes of the others', async () => {
    const said = await python(
      raw,
      `
from cluster import *
client = stand_ins.Client('good', 'bad', 'late', 'dead', 'good')
results = predict_on_nodes(client, X, timeout=5)
for own in results:
    print(len(own.rows), own.y is not None and np.array_equal(own.y, y), own.error)
report([own._replace(node='node') for own in results[:2]], y)
shared = predict_on_nodes(stand_ins.Client('good', 'good', 'good'), X, share=True)
print([len(own.rows) for own in shared], np.array_equal(joined(shared), y))
told(lambda: joined(results))
`,
    )
    expect(said).toEqual([
      '200 True None',
      '200 False BuildMismatch: the bitstream is of build 0123456789abcdef, these files of build f123456789abcdef: load the bitstream of the same package',
      '200 False TimeoutError: Result not ready.',
      '200 False RuntimeError: Engine 3 died while running task',
      '200 True None',
      expect.stringMatching(/^node {24}200 rows +\d+ cycles {6}0 values differ$/),
      expect.stringMatching(/^node {21}FAILED BuildMismatch/),
      '[67, 67, 66] True',
      expect.stringMatching(
        /^RuntimeError: .*: BuildMismatch: .*; engine 2: TimeoutError: .*; engine 3: RuntimeError/,
      ),
    ])
  })

  it('is opened as its documents say, and the notebook runs as it stands', async () => {
    const files = comblockFiles(raw.description, raw.inputs)
    const notebook = JSON.parse(files['comblock/tiny_cluster.ipynb']!) as {
      nbformat: number
      cells: { cell_type: string; id: string; source: string[] }[]
    }
    expect([notebook.nbformat, new Set(notebook.cells.map(({ id }) => id)).size]).toEqual([
      4,
      notebook.cells.length,
    ])
    const code = notebook.cells
      .flatMap(cell => (cell.cell_type === 'code' ? cell.source.join('').split('\n') : []))
      .map(line => `    ${line}`)
      .join('\n')
    const said = await python(
      raw,
      `
import asyncio, sys, types
module = types.ModuleType('hyperfpga_cluster')
module.HyperFPGACluster = stand_ins.HyperFPGACluster
sys.modules['hyperfpga_cluster'] = module
async def notebook(nodes):
${code}
asyncio.run(notebook([{}, {}]))
print(stand_ins.HyperFPGACluster.log)
`,
    )
    expect(said.slice(0, 2)).toEqual([
      expect.stringMatching(/200 rows +\d+ cycles +0 values differ$/),
      expect.stringMatching(/200 rows +\d+ cycles +0 values differ$/),
    ])
    expect(said.slice(2)).toEqual([
      '0 of 600 values differ',
      "[('made', 2, 'tiny', {}), 'profile', 'configured', 'started']",
    ])
  })
})
