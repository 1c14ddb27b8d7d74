// Packages assessed as a user does it: all roads equal, seeded faults, earlier runs, and what cannot be assessed.

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Assessment, assessmentSchema, parseAssessment } from '../src/assess/assessment.ts'
import { printAssessmentText } from '../src/assess/print-text.ts'
import { runCommandLine } from '../src/cli/run.ts'
import { CompileError } from '../src/diagnostics/diagnostic.ts'
import { parseNpy } from '../src/formats/npy.ts'
import {
  denseLayer,
  floats,
  inputLayer,
  kerasFile,
  sequential,
} from '../src/frontends/keras/testing/models.ts'
import { type AssessOptions, assess } from '../src/node/assess.ts'
import { build } from '../src/node/build.ts'
import { fileHash } from '../src/node/file-hash.ts'
import { type PackageOptions, packageModel } from '../src/node/package.ts'
import { findTool } from '../src/tools/process.ts'

const example = resolve(import.meta.dirname, '../examples/pulse-shape')
const rows = 60
let folder = ''
const at = (path: string) => join(folder, path)
const quick = ['float', 'golden', 'netlist'] as const

const made = (out: string, more: Partial<PackageOptions> = {}) =>
  packageModel({
    model: at('model.h5'),
    data: [at('pulses.csv')],
    labelColumn: 'label',
    board: 'pynq-z2',
    roads: ['netlist'],
    out: at(out),
    ...more,
  })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-assess-'))
  cpSync(join(example, 'pulse-shape.h5'), at('model.h5'))
  const lines = readFileSync(join(example, 'pulses.csv'), 'utf8').split('\n')
  writeFileSync(at('pulses.csv'), `${lines.slice(0, rows + 1).join('\n')}\n`)
  const classes = [{ name: 'gamma' }, { name: 'neutron' }]
  writeFileSync(at('training.json'), JSON.stringify({ metrics: { kind: 'classes', classes } }))
  await made('package')
}, 240_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

async function copy(name: string): Promise<string> {
  await cp(at('package'), at(name), { recursive: true })
  return at(name)
}

/** Changes a file of a package, and with `hidden` its hash in package.json too. */
async function change(
  dir: string,
  path: string,
  edit: (bytes: Buffer) => Buffer,
  hidden = false,
): Promise<void> {
  const before = await readFile(join(dir, path))
  const after = edit(Buffer.from(before))
  expect(after.equals(before)).toBe(false)
  await writeFile(join(dir, path), after)
  if (!hidden) return
  const manifest = join(dir, 'package.json')
  const text = await readFile(manifest, 'utf8')
  await writeFile(manifest, text.replace(fileHash(before), fileHash(after)))
}

const weights = () => ({ kernel: floats([3, 2], 1, -0.5, 0.25, 2, -1, 0.75), bias: floats([2], 0.5, -1) })

const verdicts = ({ roads }: Assessment) =>
  Object.fromEntries(roads.map(({ road, verdict }) => [road, verdict]))

async function refusal(options: AssessOptions): Promise<string> {
  const told = await assess(options).then(
    () => undefined,
    problem => problem as unknown,
  )
  if (!(told instanceof CompileError)) throw told ?? new Error('it was assessed')
  return told.message.replaceAll(folder, '…')
}

const verilator = findTool('verilator') !== undefined && findTool('g++') !== undefined

describe('a package as it was made', () => {
  it('gives the same words on every road, the same bytes at every run', async () => {
    const run = (out: string) => assess({ dir: at('package'), out: at(out) })
    const { assessment, good, findings } = await run('first')
    await run('second')
    expect([good, findings]).toEqual([true, []])
    expect(verdicts(assessment)).toEqual({
      emulator: 'reference',
      float: 'compared',
      golden: 'equal',
      netlist: 'equal',
      verilator: verilator ? 'equal' : 'skipped',
      board: 'skipped',
    })
    expect(assessment.vectors).toMatchObject({ source: 'package', rows, labelled: true })
    const { confusion } = assessment.roads[0]!.score!
    expect(confusion.flat().reduce((sum, count) => sum + count)).toBe(rows)
    expect(assessment.timing.latencyUs).toBeCloseTo(assessment.timing.latencyCycles / 100, 9)
    expect(assessment.resources).toMatchObject({ source: 'estimated', available: { lut: 53_200, dsp: 220 } })
    for (const name of ['json', 'csv', 'html', 'txt']) {
      const text = readFileSync(at(`first/assess.${name}`), 'utf8')
      expect(readFileSync(at(`second/assess.${name}`), 'utf8')).toBe(text)
      expect(text).not.toMatch(/undefined|NaN|\[object/)
    }
    const json = JSON.parse(readFileSync(at('first/assess.json'), 'utf8')) as unknown
    const schema = JSON.parse(
      readFileSync(new URL('../docs/schema/assess.schema.json', import.meta.url), 'utf8'),
    ) as object
    const validate = new Ajv({ strict: false }).compile(schema)
    expect([validate(json), validate.errors]).toEqual([true, null])
    expect(schema, 'stale: run npx tsx scripts/write-report-schema.ts').toEqual(assessmentSchema())
  })

  it('is the same wherever it lies', async () => {
    const { origin } = JSON.parse(readFileSync(at('package/package.json'), 'utf8')) as {
      origin: { sources: unknown[] }
    }
    expect(origin.sources).toEqual([
      { kind: 'model', from: '../model.h5', hash: fileHash(readFileSync(at('model.h5'))) },
    ])
    const moved = await mkdtemp(join(tmpdir(), 'lutra-moved-'))
    await cp(at('package'), join(moved, 'p'), { recursive: true })
    const { good, assessment } = await assess({ dir: join(moved, 'p'), roads: ['netlist'] })
    await rm(moved, { recursive: true })
    expect([good, assessment.roads[1]!.mismatches]).toEqual([true, 0])
  })

  it.each([
    { interface: 'axi_lite' },
    { interface: 'axi_master', words: 'raw' },
    { link: 'comblock', words: 'raw' },
    { wordsPerBeat: 4 },
  ] as const)('whatever carries its words: %o', async bus => {
    const layers = [inputLayer('x', 3), { ...denseLayer('fc', [3, 2]), weights: weights() }]
    writeFileSync(at('small.h5'), await kerasFile(layers, sequential(layers)))
    await packageModel({
      model: at('small.h5'),
      inputType: 'fixed<9,4>',
      board: 'pynq-z2',
      roads: ['netlist'],
      out: at('bus'),
      ...bus,
    })
    const { good, assessment } = await assess({ dir: at('bus'), roads: quick })
    expect([good, verdicts(assessment).netlist]).toEqual([true, 'equal'])
  })

  it('is typed again as it was, config and weight bits included', async () => {
    const config = {
      $schema: 'lutra',
      maxLoss: 0.05,
      layerName: { fc1: { reuseFactor: 2, strategy: 'Resource' } },
    }
    writeFileSync(at('lutra.json'), JSON.stringify(config))
    await made('typed', { config: at('lutra.json'), effort: 0 })
    const { good, findings } = await assess({ dir: at('typed'), roads: quick })
    expect([good, findings]).toEqual([true, []])
    writeFileSync(at('lutra.json'), JSON.stringify({ ...config, maxLoss: 0.06 }))
    const later = await assess({ dir: at('typed'), roads: ['golden'] })
    expect(later.findings.map(({ code, problem }) => [code, problem.split(' ', 2)[1]])).toEqual([
      ['package/older-than-model', 'config'],
    ])
  })

  it('runs other rows, with or without classes', async () => {
    const lines = readFileSync(at('pulses.csv'), 'utf8').split('\n')
    writeFileSync(at('few.csv'), lines.slice(0, 8).join('\n'))
    const own = await assess({ dir: at('package'), data: at('few.csv'), labelColumn: 'label', roads: quick })
    expect([own.good, own.assessment.vectors]).toMatchObject([
      true,
      { source: 'few.csv', rows: 7, labelled: true, classes: ['gamma', 'neutron'] },
    ])
    expect(printAssessmentText(own.assessment)).toMatch(/\| {9}\| gamma \| neutron \|\n/)
    writeFileSync(
      at('plain.csv'),
      lines
        .slice(0, 8)
        .map(line => line.split(',').slice(0, -1).join(','))
        .join('\n'),
    )
    const { assessment } = await assess({ dir: at('package'), data: at('plain.csv'), roads: quick })
    expect(assessment.vectors.labelled).toBe(false)
    expect(assessment.roads.every(({ score }) => score === undefined)).toBe(true)
  })
})

describe('a seeded fault', () => {
  it.skipIf(!verilator).each([false, true])(
    'in a Verilog file is found in its words, its hash made to agree: %s',
    async hidden => {
      const dir = await copy(`verilog-${hidden}`)
      const path = 'rtl/myproject_core_output.v'
      const edit = (bytes: Buffer) =>
        Buffer.from(bytes.toString().replace(/(assign output_sub\d+ = .*) - /, '$1 + '))
      await change(dir, path, edit, hidden)
      const { assessment, good, findings } = await assess({ dir, roads: ['netlist', 'verilator'] })
      expect([good, verdicts(assessment)]).toEqual([
        false,
        { emulator: 'reference', netlist: 'equal', verilator: 'differs' },
      ])
      expect(findings.map(({ code }) => code)).toEqual(['package/damaged', 'assess/mismatch'])
      const { first } = assessment.roads[2]!
      expect(first).toMatchObject({ row: expect.any(Number), output: expect.any(Number) })
      expect(first!.path.map(({ verdict }) => verdict)).toEqual(first!.path.map(() => 'equal'))
      expect(first!.layer).toBe(hidden ? 'Verilog files, wrapper or streams' : path)
    },
  )

  it('in a Verilog file is found without Verilator, its hash made to agree', async () => {
    const dir = await copy('hidden')
    await change(dir, 'rtl/myproject_core_output.v', bytes => Buffer.from(`${bytes}// a word\n`), true)
    const { good, findings } = await assess({ dir, roads: ['netlist'] })
    expect(good).toBe(false)
    expect(findings.map(({ code, problem }) => [code, problem.split(': ').at(-1)])).toEqual([
      ['package/damaged', 'rtl/myproject_core_output.v'],
    ])
  })

  it('in a golden word is found with row, output and both values, exit code 1', async () => {
    const dir = await copy('golden')
    const golden = parseNpy(readFileSync(join(dir, 'pynq/y_test.npy')), 'y')
    const wrong = 2 * 17 + 1
    const flip = (bytes: Buffer) => {
      bytes[bytes.length - 4 * (2 * rows - wrong) + 2]! ^= 1
      return bytes
    }
    await change(dir, 'pynq/y_test.npy', flip, true)
    const { assessment } = await assess({ dir, roads: quick })
    const road = assessment.roads.find(own => own.road === 'golden')!
    expect(road).toMatchObject({ verdict: 'differs', mismatches: 1, rowsDiffering: 1 })
    expect(road.first).toMatchObject({ row: 17, output: 1, expectedValue: `${golden.data[wrong]}` })
    const texts: string[] = []
    const stream = { write: (text: string) => texts.push(text) }
    const code = await runCommandLine(['assess', dir, '--roads', 'golden'], {
      stdout: stream,
      stderr: stream,
    })
    expect(code).toBe(1)
    expect(texts.join('')).toMatch(/Golden data first differs in row 17, output 1: 0x[0-9a-f]{8} \(/)
  })

  it('in half a copy is told by file', async () => {
    const dir = await copy('half')
    await rm(join(dir, 'rtl/myproject_axi.v'))
    await change(dir, 'pynq/X_test.npy', bytes => bytes.subarray(0, bytes.length - 4))
    const { good, findings, assessment } = await assess({ dir, roads: quick })
    expect(good).toBe(false)
    expect(findings.map(({ code, place }) => [code, place.replace(`${dir}/`, '')])).toEqual([
      ['package/damaged', 'pynq/X_test.npy'],
      ['package/damaged', 'rtl/myproject_axi.v'],
      ['assess/mismatch', 'golden'],
    ])
    expect(assessment.artefacts.filter(({ state }) => state !== 'as packaged').length).toBe(2)
  })
})

it('what the vendor’s tool counted in the bitstream is told before any estimate', async () => {
  const { buildHash } = JSON.parse(readFileSync(at('package/package.json'), 'utf8')) as { buildHash: string }
  const ImplementationReport = { TotLUTs: 3000, FFs: 4000, DSPs: 1, RAMB36s: 2, RAMB18s: 1, URAMs: 0 }
  mkdirSync(at('package/reports'), { recursive: true })
  const record = (build: string) =>
    writeFileSync(at('package/reports/vivado.json'), JSON.stringify({ build, ImplementationReport }))
  const sourceOf = async () => {
    const { assessment } = await assess({ dir: at('package'), roads: ['float'] })
    return assessment.resources
  }
  record(buildHash)
  expect(await sourceOf()).toMatchObject({
    source: 'implemented',
    used: { lut: 3000, ff: 4000, dsp: 1, bram18: 5, uram: 0 },
  })
  record('of another build')
  expect((await sourceOf()).source).toBe('estimated')
  rmSync(at('package/reports'), { recursive: true })
})

describe('a build’s report', () => {
  it('gives its counts instead of an estimate, if it is of the same model', async () => {
    const { report } = await build({
      model: at('model.h5'),
      inputType: 'fixed<9,4>',
      out: at('build'),
      synth: false,
      roads: ['netlist'],
    })
    const counted = (hash: string) => ({
      ...report,
      model: { ...report.model, hash },
      resources: { status: 'measured', total: { lut: 1234, ff: 567, dsp: 8, bram18: 9, uram: 0 } },
    })
    writeFileSync(at('build/report.json'), JSON.stringify(counted(report.model.hash)))
    const run = () => assess({ dir: at('package'), roads: ['float'], report: at('build') })
    expect((await run()).assessment.resources).toMatchObject({
      source: 'synthesised',
      used: { lut: 1234, ff: 567, dsp: 8, bram18: 9, uram: 0 },
    })
    writeFileSync(at('build/report.json'), JSON.stringify(counted('0'.repeat(64))))
    expect(await refusal({ dir: at('package'), report: at('build') })).toMatch(
      /^assess\/other-model: …\/build\/report\.json: /,
    )
  })
})

describe('an earlier run', () => {
  it('is compared figure by figure', async () => {
    const earlier = await assess({ dir: at('package'), roads: quick, out: at('earlier') })
    expect(earlier.assessment.comparison).toBeUndefined()
    const same = await assess({ dir: at('package'), roads: quick, baseline: at('earlier') })
    expect(same.assessment.comparison).toMatchObject({ baseline: 'assess.json', sameRows: true, changes: [] })
    expect(same.text).toContain('the same rows): nothing changed')
    await made('slower', { clock: 20, wordsPerBeat: 2 })
    const { assessment, text } = await assess({
      dir: at('slower'),
      roads: quick,
      baseline: at('earlier/assess.json'),
      out: at('later'),
    })
    const changes = new Map(assessment.comparison!.changes.map(({ what, verdict }) => [what, verdict]))
    expect(changes.get('interval (cycles)')).toBe('better')
    expect(changes.get('clockMhz')).toBe('other')
    expect(changes.has('float: accuracy')).toBe(false)
    expect(text).toContain('| interval (cycles) ')
    const read = parseAssessment(readFileSync(at('later/assess.json'), 'utf8'), 'later')
    expect(read).toEqual(JSON.parse(JSON.stringify(assessment)))
  })
})

describe('what cannot be assessed', () => {
  it('is refused with its place and what to do', async () => {
    writeFileSync(at('empty.csv'), 'a,b\n')
    const [head, line] = readFileSync(at('pulses.csv'), 'utf8').split('\n') as [string, string]
    writeFileSync(at('nan.csv'), `${head}\n${line.replace(/^[^,]*/, 'NaN')}\n`)
    const dir = at('package')
    const broken = await copy('broken')
    writeFileSync(join(broken, 'package.json'), '{"project": "x"')
    const other = await copy('other')
    writeFileSync(join(other, 'package.json'), '{"project": "x"}')
    const lost = await copy('lost')
    await rm(join(lost, 'model/model.h5'))
    const told = [
      await refusal({ dir: at('nowhere') }),
      await refusal({ dir: example }),
      await refusal({ dir: broken }),
      await refusal({ dir: other }),
      await refusal({ dir: lost }),
      await refusal({ dir, data: at('empty.csv') }),
      await refusal({ dir, data: at('nan.csv'), labelColumn: 'label' }),
      await refusal({ dir, labels: at('pulses.csv') }),
      await refusal({ dir, baseline: at('package/package.json') }),
    ]
    expect(told.map(text => text.split(': ', 2).join(': '))).toEqual([
      'file/not-found: …/nowhere/package.json',
      `package/not-a-package: ${example}`,
      'package/not-json: …/broken/package.json',
      'package/not-a-package: …/other/package.json',
      'package/damaged: …/lost/model/model.h5',
      'data/empty: …/empty.csv',
      expect.stringMatching(/^data\/not-finite: …\/nan\.csv/),
      'assess/labels-without-data: --labels',
      'assess/not-an-assessment: …/package/package.json',
    ])
  })

  it('leaves nothing behind', async () => {
    await refusal({ dir: at('package'), data: at('nan.csv'), labelColumn: 'label', out: at('void') })
    expect(existsSync(at('void'))).toBe(false)
  })
})
