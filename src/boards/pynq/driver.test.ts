// The driver under Python, its DMA and registers being a simulated design: words, shapes, and what goes wrong.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quantiseNumber } from '../../fixed/convert.ts'
import { conversion, fixedType, overflows, roundings } from '../../fixed/types.ts'
import { writeNpy } from '../../formats/npy.ts'
import type { WordForm } from '../../rtl/axi/word-stream.ts'
import { numbers } from '../testing/networks.ts'
import { pythonMissing } from '../testing/spawn-python.ts'
import { type SmallPackage, type SubjectOptions, smallPackage } from '../testing/subjects.ts'
import { printPynqDriver, pynqFiles, pynqSteps } from './index.ts'
import { createDesignServer, type DesignServer } from './testing/design-server.ts'
import { runPython } from './testing/run-python.ts'

const missing = pythonMissing()
if (missing !== undefined) console.log(`skipped: ${missing}`)

const rows = 1000
const project = 'tiny'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-pynq-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Subject extends SmallPackage {
  readonly files: Readonly<Record<string, string | Uint8Array>>
  server(): DesignServer
}

function subject(form: WordForm, wordsPerBeat: number, more: SubjectOptions = {}): Subject {
  const own = smallPackage({ form, wordsPerBeat, rows, ...more })
  const { description, inputs, golden, module } = own
  return {
    ...own,
    files: pynqFiles(description, inputs, golden),
    server: () => createDesignServer(module, wordsPerBeat),
  }
}

const opening = `
import numpy as np, pynq
from axi_stream_driver import *
X, y = np.load('X_test.npy'), np.load('y_test.npy')
nn = NeuralNetworkOverlay('tiny.bit', X.shape, y.shape)
nn.timeout_floor = 60
def told(action):
    try:
        action()
    except Exception as error:
        print(type(error).__name__ + ': ' + str(error))
def fault(**faults):
    pynq.ask(op='fault', faults=faults)
`

async function write(at: string, files: Subject['files']): Promise<void> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(at, name), content)
}

describe.skipIf(missing !== undefined)('predict', () => {
  const python = async (from: Subject, code: string) => {
    await write(folder, from.files)
    const result = await runPython({ folder, code: `${opening}${code}`, project, server: from.server() })
    expect(result.stderr).toBe('')
    return result.stdout.trim().split('\n')
  }

  it.each([
    ['float', 1],
    ['float', 4],
    ['raw', 1],
    ['raw', 2],
  ] as const)(
    'gives the emulator’s results, %s words, %i a beat, any number of rows',
    async (form, wordsPerBeat) => {
      const said = await python(
        subject(form, wordsPerBeat),
        `
for rows in (1, 7, 1000, 3, 0):
    got = nn.predict(X[:rows])
    print(rows, got.dtype, got.shape, np.array_equal(got, y[:rows]), pynq.Buffer.allocated)
BUFFER = nn._rows_at_once()
nn._rows_at_once = lambda: 300
print(np.array_equal(nn.predict(X.astype(np.float64)), y), nn.cycles()['frames_out'])
nn.close()
print(pynq.Buffer.allocated, BUFFER > 100000)
`,
      )
      expect(said).toEqual([
        '1 float32 (1, 3) True 2',
        '7 float32 (7, 3) True 2',
        '1000 float32 (1000, 3) True 2',
        '3 float32 (3, 3) True 2',
        '0 float32 (0, 3) True 2',
        'True 1000',
        '0 True',
      ])
    },
  )

  it.each([
    ['float', 'element'],
    ['raw', 'channel'],
    ['raw', 'input'],
  ] as const)('scales rows itself, %s words, a scale per %s', async (form, scaled) => {
    const from = subject(form, 2, { scaled })
    await writeFile(
      join(folder, 'scaled.npy'),
      writeNpy({ shape: [rows, 5], data: from.golden.scaled! }, 'float32'),
    )
    const said = await python(
      from,
      `
scaled = np.load('scaled.npy')
print(X.min() > 900, np.abs(scaled).max() < 13)
print(np.array_equal(nn.predict(X), y), np.array_equal(nn.predict(X.astype(np.float64)), y))
print(scale_rows(X).tobytes() == scaled.tobytes())
print(np.array_equal(nn.predict(scaled, encode=encode_words), y), np.array_equal(nn.predict(scaled), y))
bad = X[:9].astype(np.float64)
bad[8, 4] = 1e300
told(lambda: nn.predict(bad))
bad[8, 4] = np.nan
told(lambda: nn.predict(bad))
`,
    )
    expect(said).toEqual([
      'True True',
      'True True',
      'True',
      'True False',
      'ValueError: X has 1e+300 in row 8, element 4: the network takes finite numbers that float32 can hold',
      'ValueError: X has nan in row 8, element 4: the network takes finite numbers',
    ])
  })

  it('tells time as is usual, and takes encode and decode', async () => {
    const said = await python(
      subject('raw', 1),
      `
got, seconds, rate = nn.predict(X[:20], profile=True)
print(np.array_equal(got, y[:20]), seconds > 0, abs(rate * seconds - 20) < 1e-6)
words = encode_words(X[:20])
print(np.array_equal(nn.predict('anything', encode=lambda _: words, decode=lambda own: decode_words(own) * 2), 2 * y[:20]))
told(lambda: nn.predict(X, encode=lambda x: x))
told(lambda: nn.predict(X, encode=lambda x: words[:, :4]))
nn.predict(X[:2], debug=True)
print(sorted(nn.cycles()), nn.cycles()['busy'] >= 10)
`,
    )
    expect(said[0]).toMatch(/^Classified 20 samples in [\d.e-]+ seconds \([\d.]+ inferences \/ s\)$/)
    expect(said.slice(1)).toEqual([
      'True True True',
      'True',
      'ValueError: encode gave float32 words, expected int32',
      'ValueError: encode gave shape (20, 4), expected (rows, 5)',
      '2 rows: 5 words in, 3 words out each',
      '2 rows done; 2 of 2 frames came in, 2 results went out; STATUS 0x0: busy 0, short 0, long 0, not_finite 0; start 1; DMA: sending idle, receiving idle',
      "['busy', 'clock_hz', 'frames_in', 'frames_out', 'last'] True",
    ])
  })

  it('refuses what the network cannot take', async () => {
    const said = await python(
      subject('float', 1),
      `
told(lambda: nn.predict(X[:, :4]))
told(lambda: nn.predict(X[0]))
told(lambda: NeuralNetworkOverlay('tiny.bit', (10, 4), y.shape))
told(lambda: NeuralNetworkOverlay('tiny.bit', X.shape, (10, 2)))
bad = X[:9].copy()
bad[3, 2] = np.nan
told(lambda: nn.predict(bad))
bad = X[:9].astype(np.float64)
bad[8, 4] = 1e300
told(lambda: nn.predict(bad))
print(np.array_equal(nn.predict(X[:9].reshape(9, 5)), y[:9]), nn.predict(X[:9]).shape)
flat = NeuralNetworkOverlay('tiny.bit', (9, 5, 1), (9, 3, 1), dtype=np.float64, download=False)
got = flat.predict(X[:9].reshape(9, 5, 1))
print(got.shape, got.dtype, np.array_equal(got[:, :, 0], y[:9]), pynq.Overlay.opened[-1])
`,
    )
    expect(said).toEqual([
      'ValueError: X has shape (1000, 4), expected (rows, 5)',
      'ValueError: X has shape (5,), expected (rows, 5)',
      'ValueError: x_shape is (10, 4), expected (rows, 5)',
      'ValueError: y_shape is (10, 2), expected (rows, 3)',
      'ValueError: X has nan in row 3, element 2: the network takes finite numbers',
      'ValueError: X has 1e+300 in row 8, element 4: the network takes finite numbers that float32 can hold',
      'True (9, 3)',
      "(9, 3, 1) float64 True ('tiny.bit', None, False, False, None)",
    ])
  })

  it('refuses a bitstream of another build', async () => {
    const from = subject('float', 1)
    const other = { ...from.description, buildHash: 'fedcba9876543210' }
    await write(folder, { ...from.files, 'axi_stream_driver.py': printPynqDriver(other, from.inputs) })
    const result = await runPython({ folder, code: opening, project, server: from.server() })
    expect(result.stderr.trim().split('\n').at(-1)).toBe(
      'axi_stream_driver.BuildMismatch: the bitstream is of build 0123456789abcdef, this driver of build fedcba9876543210: take the .bit, the .hwh and axi_stream_driver.py from the same package',
    )
  })

  it('refuses what is no accelerator', async () => {
    const from = subject('float', 1)
    await write(folder, from.files)
    const code = `import pynq\npynq._Registers.read = lambda self, offset: 0\n${opening}`
    const result = await runPython({ folder, code, project, server: from.server() })
    expect(result.stderr.trim().split('\n').at(-1)).toBe(
      'axi_stream_driver.BuildMismatch: tiny_accel_0 does not answer as an accelerator of Lutra: its ID register reads 0x00000000, expected 0x4c545241. Is this the bitstream of the package?',
    )
  })

  it('ends what hangs, says where it stands, and goes on', async () => {
    const said = await python(
      subject('float', 1),
      `
def hang(name, rows):
    fault(**{name: True})
    nn.timeout_floor = 0.2
    told(lambda: nn.predict(X[:rows]))
    nn.timeout_floor = 60
    fault(**{name: False})
hang('held', 50)
print(np.array_equal(nn.predict(X[:50]), y[:50]))
hang('unconnected', 800)
print(np.array_equal(nn.predict(X[:50]), y[:50]))
`,
    )
    const good = 'The DMA was reset and the accelerator emptied; predict can be called again.'
    expect(said).toEqual([
      `AcceleratorTimeout: no result after 0.2 s: 0 of 50 frames came in, 0 results went out; STATUS 0x0: busy 0, short 0, long 0, not_finite 0; start 0; DMA: sending busy, receiving busy. start is 0 in CONTROL: the accelerator lets no frame in. ${good}`,
      'True',
      expect.stringMatching(
        /^AcceleratorTimeout: no result after 0\.2 s: \d+ of 800 frames came in, 0 results went out; STATUS 0x1: busy 1, .*; DMA: sending busy, receiving busy\. The DMA was reset/,
      ),
      'True',
    ])
  })

  it('tells of words that are missing, too many or not finite, and goes on', async () => {
    const said = await python(
      subject('float', 1),
      `
fault(cut=2)
told(lambda: nn.predict(X[:50]))
print(np.array_equal(nn.predict(X[:50]), y[:50]))
fault(cut=5)
told(lambda: nn.predict(X[:50]))
fault(cut=-1)
told(lambda: nn.predict(X[:50]))
print(np.array_equal(nn.predict(X[:50]), y[:50]))
words = X[:2].copy()
words[1, 1] = np.inf
told(lambda: nn.predict(words, encode=lambda x: x))
print(np.array_equal(nn.predict(X[:50]), y[:50]))
`,
    )
    const texts = said.map(line =>
      line.replace(/ results went out; .*; DMA/, ' …').replace(/ The DMA was.*/, ''),
    )
    expect(texts).toEqual([
      'FrameError: the results are not those of the rows sent: 50 of 50 frames came in, 50 …: sending idle, receiving idle. short: a frame ended too early and was filled up with zeros.',
      'True',
      'FrameError: the results are not those of the rows sent: 49 of 50 frames came in, 49 …: sending idle, receiving idle.',
      expect.stringMatching(
        /^AcceleratorError: the DMA stopped with an error: 51 of 50 frames came in, 50 …: sending idle, receiving error\. short:/,
      ),
      'True',
      'FrameError: the results are not those of the rows sent: 2 of 2 frames came in, 2 …: sending idle, receiving idle. not_finite: a float word was NaN or infinite and was taken as 0.',
      'True',
    ])
  })

  it('runs the notebook as it stands', async () => {
    const from = subject('raw', 1)
    const notebook = JSON.parse(String(from.files[`${project}.ipynb`])) as {
      nbformat: number
      nbformat_minor: number
      cells: { cell_type: string; id: string; source: string[] }[]
    }
    expect([notebook.nbformat, notebook.nbformat_minor]).toEqual([4, 5])
    expect(new Set(notebook.cells.map(({ id }) => id)).size).toBe(notebook.cells.length)
    const code = notebook.cells.flatMap(cell => (cell.cell_type === 'code' ? [cell.source.join('')] : []))
    await write(folder, from.files)
    const result = await runPython({ folder, code: code.join('\n'), project, server: from.server() })
    expect(result.stderr).toBe('')
    expect(result.stdout).toContain('0 of 3000 values differ\nClassified 1000 samples in ')
    expect(result.stdout).toMatch(/\d+ cycles for 1000 frames\n[\d.]+ us a frame\naccuracy 0\.\d{4}\n/)
  })
})

describe.skipIf(missing !== undefined)('raw words', () => {
  const types = [
    fixedType(true, 8, 3),
    fixedType(false, 5, -2),
    fixedType(true, 1, 0),
    fixedType(true, 3, 6),
    fixedType(false, 32, 20),
    fixedType(true, 0, 0),
  ]
  const conversions = types.flatMap(to =>
    roundings.flatMap(rounding =>
      overflows.flatMap(overflow =>
        (overflow === 'WRAP' || overflow === 'WRAP_SM' ? [0, 1, 2, 3] : [0])
          .filter(() => to.signed || overflow !== 'WRAP_SM')
          .map(bits => conversion(to, rounding, overflow, bits)),
      ),
    ),
  )
  const values = [
    ...Array.from({ length: 129 }, (_, k) => (k - 64) / 16),
    ...[31, 32, 33, 130.5, 1e10, 2 ** 53 + 2, 1e300, 5e-324, 0.49999999999999994, 2 ** -7, 2 ** -8 * 3],
    ...[-0, -33, -130.5, -1e10, -1e300, -5e-324, -0.49999999999999994, -(2 ** -7), -(2 ** -8) * 3],
    ...numbers(60),
  ]

  it('are made by every rounding and overflow as the emulator does', async () => {
    const from = subject('raw', 1)
    await write(folder, from.files)
    const asked = conversions.map(({ to, rounding, overflow, saturationBits }) => [
      to.signed ? 1 : 0,
      to.width,
      to.frac,
      rounding,
      overflow,
      saturationBits,
    ])
    const code = `
import json
from axi_stream_driver import quantise
import numpy as np
values = np.array([float(own) for own in json.load(open('values.json'))])
print(json.dumps([quantise(values, *own).tolist() for own in json.load(open('conversions.json'))]))
`
    await writeFile(
      join(folder, 'values.json'),
      JSON.stringify(values.map(value => (Object.is(value, -0) ? '-0.0' : String(value)))),
    )
    await writeFile(join(folder, 'conversions.json'), JSON.stringify(asked))
    const { stdout, stderr } = await runPython({ folder, code, project, server: from.server() })
    expect(stderr).toBe('')
    const got = JSON.parse(stdout) as number[][]
    const wrong = conversions.flatMap((to, c) =>
      values.flatMap((value, k) => {
        const expected = Number(quantiseNumber(value, to))
        return got[c]![k] === expected ? [] : [{ to, value, expected, got: got[c]![k] }]
      }),
    )
    expect(wrong.slice(0, 3)).toEqual([])
    expect(conversions.length).toBeGreaterThan(300)
  })
})

it('the same package gives the same text, and its steps name its files', () => {
  const from = subject('float', 2)
  expect(subject('float', 2).files).toEqual(from.files)
  const steps = pynqSteps(from.description, 'pynq', 'hw/tiny')
  expect(steps).toContain('scp hw/tiny.bit hw/tiny.hwh pynq/*')
  expect(String(from.files['axi_stream_driver.py'])).not.toMatch(/undefined|\[object/)
})
