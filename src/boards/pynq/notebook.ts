// The notebook of a package for PYNQ: loads the data, runs the network on the board and compares, in NumPy alone.

import type { PackageDescription } from '../package-description.ts'
import { rowsText } from '../rows-text.ts'
import { driverFile } from './driver.ts'

interface Cell {
  readonly kind: 'markdown' | 'code'
  readonly text: string
}

/** `<project>.ipynb`, notebook format 4.5, without outputs; with labels also a confusion matrix. */
export function printPynqNotebook(description: PackageDescription, labels: boolean): string {
  const cells = [...cellsOf(description), ...(labels ? [confusion] : []), saving]
  const notebook = {
    cells: cells.map(({ kind, text }, k) => ({
      cell_type: kind,
      ...(kind === 'code' ? { execution_count: null } : {}),
      id: `cell-${k + 1}`,
      metadata: {},
      ...(kind === 'code' ? { outputs: [] } : {}),
      source: sourceLines(text),
    })),
    metadata: {
      kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' },
      language_info: { name: 'python' },
    },
    nbformat: 4,
    nbformat_minor: 5,
  }
  return `${JSON.stringify(notebook, undefined, 1)}\n`
}

/** Lines as the format keeps them, each but the last with its end. */
function sourceLines(text: string): string[] {
  return text.split('\n').map((line, k, all) => (k + 1 < all.length ? `${line}\n` : line))
}

function cellsOf(description: PackageDescription): Cell[] {
  const { project, board, buildHash, form, input, output, clockMhz } = description
  const rows = (shape: readonly number[]) => `(rows, ${shape.join(', ')})`
  const words = form === 'float' ? 'float32' : '32-bit integers, made by the driver'
  return [
    {
      kind: 'markdown',
      text: [
        `# ${project} on ${board.title}`,
        '',
        `Build \`${buildHash}\`, ${clockMhz} MHz. \`${input.name}\` ${rows(input.shape)} → \`${output.name}\` ${rows(output.shape)}; words on the bus: ${words}.`,
        '',
        `Beside this notebook must lie \`${project}.bit\`, \`${project}.hwh\`, \`${driverFile(description)}\`, \`X_test.npy\` and \`y_test.npy\`.`,
        '',
        rowsText(description),
      ].join('\n'),
    },
    {
      kind: 'code',
      text: "import numpy as np\n\nX = np.load('X_test.npy')\ny = np.load('y_test.npy')\nX.shape, y.shape",
    },
    {
      kind: 'markdown',
      text: 'Loads the bitstream, and refuses one of another build than this driver.',
    },
    {
      kind: 'code',
      text: [
        `from ${driverFile(description).replace('.py', '')} import NeuralNetworkOverlay`,
        '',
        `nn = NeuralNetworkOverlay('${project}.bit', X.shape, y.shape)`,
      ].join('\n'),
    },
    {
      kind: 'markdown',
      text: 'The board against the bit-accurate emulator, whose results are `y_test.npy`: every value must be the same.',
    },
    {
      kind: 'code',
      text: [
        'y_hw = nn.predict(X)',
        'different = np.argwhere(y_hw != y)',
        "print('{} of {} values differ'.format(len(different), y.size))",
        'for index in map(tuple, different[:5].tolist()):',
        "    print('{}: {} on the board, {} expected'.format(index, y_hw[index], y[index]))",
      ].join('\n'),
    },
    { kind: 'markdown', text: 'How fast: by this processor’s clock, and by the accelerator’s own counters.' },
    {
      kind: 'code',
      text: [
        'y_hw, seconds, rate = nn.predict(X, profile=True)',
        'cycles = nn.cycles()',
        "print('{busy} cycles for {frames_out} frames'.format(**cycles))",
        "print('{} us a frame'.format(cycles['busy'] / cycles['clock_hz'] * 1e6 / max(1, cycles['frames_out'])))",
      ].join('\n'),
    },
  ]
}

const confusion: Cell = {
  kind: 'code',
  text: [
    "labels = np.load('labels.npy').astype(int)",
    'wide = y_hw.reshape(len(y_hw), -1)',
    'classes = wide.argmax(axis=1) if wide.shape[1] > 1 else (wide[:, 0] > 0.5).astype(int)',
    'count = max(labels.max(), classes.max()) + 1',
    'matrix = np.zeros((count, count), int)',
    'np.add.at(matrix, (labels, classes), 1)',
    "print('accuracy {:.4f}'.format((labels == classes).mean()))",
    "print('rows: labels, columns: predictions')",
    'print(matrix)',
  ].join('\n'),
}

const saving: Cell = { kind: 'code', text: "np.save('y_hw.npy', y_hw)\nnn.close()" }
