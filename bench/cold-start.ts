// From a cold process to the first bit-accurate prediction, and to an estimate of the hardware:
// `npm run build && npx tsx bench/cold-start.ts [--runs 10]`.
//
// Each run is `node dist/bin/main.js predict` of one row or `estimate`, from spawning to its end: Node itself, the watching and the
// working process, the model file read, typed and run. Beside it the empty Node process, which nothing can beat.
// hls4ml writes a project and compiles it first: 6 to 7 seconds of g++ for the jet tagger (recorded with its cases).

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parseNpy, writeNpy } from '../src/formats/npy.ts'
import { printTable } from '../src/report/text-table.ts'
import { caseFolder } from '../test/support/reference.ts'

const { values: flags } = parseArgs({ options: { runs: { type: 'string', default: '10' } } })
const runs = Number(flags.runs)
const main = resolve(import.meta.dirname, '../dist/bin/main.js')
const example = resolve(import.meta.dirname, '../examples/pulse-shape')
const hls4mlSeconds = 6

interface Seconds {
  readonly wall: number
  /** User and system time of the process and those it started. */
  readonly busy: number
}

function timed(args: readonly string[]): Seconds {
  const begin = performance.now()
  const { status, stderr } = spawnSync('bash', ['-c', 'time -p "$@"', 'bash', process.execPath, ...args], {
    encoding: 'utf8',
  })
  const wall = (performance.now() - begin) / 1000
  if (status !== 0) throw new Error(stderr)
  const [, user, system] = [...stderr.matchAll(/^(?:real|user|sys) ([\d.]+)$/gm)].map(([, text]) =>
    Number(text),
  )
  return { wall, busy: user! + system! }
}

function firstRow(path: string, folder: string, name: string): string {
  const { shape, data } = parseNpy(readFileSync(path), path)
  const size = data.length / shape[0]!
  const file = join(folder, `${name}.npy`)
  writeFileSync(file, writeNpy({ shape: [1, ...shape.slice(1)], data: data.slice(0, size) }, 'float32'))
  return file
}

const folder = mkdtempSync(join(tmpdir(), 'lutra-cold-'))
try {
  const recorded = caseFolder('jet_mlp_default')
  const out = ['--quiet', '--out', join(folder, 'y.npy')]
  const commands: [string, string[]][] = [
    ['node alone', ['-e', '0']],
    [
      'jet_mlp_default, 1 row',
      [
        main,
        'predict',
        join(recorded, 'model.h5'),
        '--config',
        join(recorded, 'config.json'),
        '--input',
        firstRow(join(recorded, 'X.npy'), folder, 'x'),
        ...out,
      ],
    ],
    [
      'examples/pulse-shape, 1000 rows, weight bits searched on them',
      [
        main,
        'predict',
        join(example, 'pulse-shape.h5'),
        '--input',
        join(example, 'pulses.csv'),
        '--label-column',
        'label',
        ...out,
      ],
    ],
  ]
  for (const name of ['jet_mlp_default', 'jet_mlp_model_gran', 'autoencoder_resource_rf64']) {
    const model = caseFolder(name)
    commands.push([
      `estimate of ${name}`,
      [main, 'estimate', join(model, 'model.h5'), '--config', join(model, 'config.json'), '--quiet'],
    ])
  }
  commands.push([
    'estimate of examples/pulse-shape',
    [
      main,
      'estimate',
      join(example, 'pulse-shape.h5'),
      ...['--data', join(example, 'pulses.csv'), '--label-column', 'label', '--quiet'],
    ],
  ])
  const rows = commands.map(([name, args]) => {
    const all = Array.from({ length: runs }, () => timed(args))
    const least = (pick: (seconds: Seconds) => number) => Math.min(...all.map(pick))
    const median = all.map(({ wall }) => wall).sort((a, b) => a - b)[Math.floor(runs / 2)]!
    const wall = least(seconds => seconds.wall)
    return [
      name,
      `${wall.toFixed(3)} s`,
      `${median.toFixed(3)} s`,
      `${least(seconds => seconds.busy).toFixed(2)} s`,
      name.startsWith('estimate') ? '' : (hls4mlSeconds / wall).toFixed(0),
    ]
  })
  console.log(`best and median of ${runs} runs; load ${loadavg()[0]!.toFixed(1)}`)
  console.log(printTable({ head: ['', 'best', 'median', 'CPU', "of hls4ml's 6 s"], groups: [rows] }))
} finally {
  rmSync(folder, { recursive: true })
}
