// The designs that estimates are held against: recorded networks under their own configs and others, taggers, published
// classifiers and networks of random weights, for several strategies, clocks and device families. Figures are fitted
// on every other network by name; the others only judge.

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { DesignOptions } from '../src/backends/verilog/design.ts'
import { findDevice } from '../src/estimate/devices.ts'
import { defineNetwork } from '../src/index.ts'
import { speedGradeOf } from '../src/netlist/delay.ts'
import { prepareModel } from '../src/node/prepare.ts'
import type { OpGraph } from '../src/ops/typed-node.ts'
import { denseCases } from '../test/support/reference.ts'
import { referenceNetworks } from './reference-networks.ts'

export interface Subject {
  readonly name: string
  readonly part: string
  readonly clockNs: number
  readonly more?: Partial<DesignOptions>
  typed(): Promise<OpGraph>
}

const recorded = resolve(import.meta.dirname, '../../shared/reference/hls4ml')
const pulses = resolve(import.meta.dirname, '../../shared/reference/real/gamma-neutron')
const parts = {
  vu13p: 'xcvu13p-flga2577-2-e',
  z020: 'xc7z020clg400-1',
  zu3: 'xczu3eg-sfvc784-1-e',
  ku115: 'xcku115-flvb2104-2-e',
} as const

export function designOptions({ name, part, clockNs, more }: Omit<Subject, 'typed'>): DesignOptions {
  const project = name.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_|_$/g, '')
  return { project, clockNs, family: findDevice(part).family, grade: speedGradeOf(part), ...more }
}

/** Every design there is data for, small ones first. */
export function estimateSubjects(): Subject[] {
  const there = existsSync(recorded)
  return [
    ...randomNetworks(),
    ...(there ? [...smallCases(), ...foldedCases(), ...taggers(), ...classifiers(), ...largeCases()] : []),
  ]
}

/** The networks that nothing is fitted on: every other one by name. Variants of a network stay on one side. */
const heldOut: ReadonlySet<string> = new Set([
  'examples/pulse-shape',
  'hgq_75.99',
  'hgq_76.47',
  'hgq_76.86',
  'keras_binary_ternary_dense',
  'probe_lowfrac_weights',
  'pulse classifier',
  'qkeras_binary_mlp',
  'qkeras_mlp_6bit',
  'qkeras_ternary_mlp',
  'random 12-16-16-5 of 6 bits',
  'random 24-6-6-6 of 3 bits',
  'random 40-8-2 of 5 bits',
  'random 8-8-4 of 4 bits',
])

/** Networks that differ in types or softmax alone count as one. */
const variants = /^(jet_mlp|probe_softmax|probe_accum_sat|qkeras_mlp_4bit|pulse classifier|mlp_[sug]\d)/

/** Whether figures may be fitted on the design of this name. */
export function isFitted(name: string): boolean {
  const network = name.split(',')[0]!.replace(/ Resource \d+$/, '')
  return !heldOut.has(variants.exec(network)?.[1] ?? network)
}

type Place = readonly [part: keyof typeof parts, clockNs: number]

function caseSubject(name: string, [part, clockNs]: Place, change?: Change): Subject {
  return {
    name: `${name}${change === undefined ? '' : ` ${change.title}`}, ${part}, ${clockNs} ns`,
    part: parts[part],
    clockNs,
    typed: () => caseGraph(name, change),
  }
}

/** A recorded case under its own config or another. */
export async function caseGraph(name: string, change?: Change): Promise<OpGraph> {
  const folder = join(recorded, name)
  const config = change === undefined ? join(folder, 'config.json') : changedConfig(folder, change)
  const { compiled } = await prepareModel({ model: join(folder, 'model.h5'), config })
  return compiled.typed
}

interface Change {
  readonly title: string
  readonly strategy: string
  readonly reuse: number
}

/** The case's config with another strategy and reuse factor for every layer. */
function changedConfig(folder: string, { strategy, reuse }: Change): string {
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))
  const { Model, LayerName } = config.hls_config
  for (const layer of [Model, ...Object.values<Record<string, unknown>>(LayerName ?? {})]) {
    if (layer === Model || 'Strategy' in layer) layer.Strategy = strategy
    if (layer === Model || 'ReuseFactor' in layer) layer.ReuseFactor = reuse
  }
  const path = join(mkdtempSync(join(tmpdir(), 'lutra-estimate-')), 'config.json')
  writeFileSync(path, JSON.stringify(config))
  return path
}

const small = [
  'qkeras_ternary_mlp',
  'keras_binary_ternary_dense',
  'qkeras_binary_mlp',
  'qkeras_act_mix_po2',
  'probe_lowfrac_weights',
  'probe_softmax_narrow',
  'probe_softmax_unsigned_tables',
  'probe_softmax_table_t_keys',
  'qkeras_student_30_20_10_10_4',
]

function smallCases(): Subject[] {
  const places: Place[] = [
    ['vu13p', 5],
    ['z020', 10],
    ['vu13p', 2.5],
    ['ku115', 4],
  ]
  return places.flatMap((place, k) =>
    small.filter((_, n) => k < 2 || n % 2 === k % 2).map(name => caseSubject(name, place)),
  )
}

function foldedCases(): Subject[] {
  const folded: readonly [string, number, Place][] = [
    ['qkeras_student_30_20_10_10_4', 10, ['z020', 10]],
    ['qkeras_student_30_20_10_10_4', 60, ['vu13p', 5]],
    ['probe_lowfrac_weights', 8, ['vu13p', 5]],
    ['probe_softmax_narrow', 16, ['z020', 8]],
    ['qkeras_mlp_6bit', 16, ['z020', 8]],
    ['qkeras_mlp_4bit_auto', 32, ['vu13p', 5]],
    ['autoencoder_resource_rf64', 64, ['z020', 7]],
    ['autoencoder_resource_rf64', 16, ['vu13p', 5]],
    ['jet_mlp_default', 16, ['vu13p', 5]],
    ['jet_mlp_default', 64, ['z020', 10]],
    ['jet_mlp_default', 1024, ['z020', 10]],
  ]
  return [
    caseSubject('jet_mlp_stream_vitis_resource', ['vu13p', 5]),
    caseSubject('probe_accum_sat_resource', ['vu13p', 5]),
    ...folded.map(([name, reuse, place]) =>
      caseSubject(name, place, { title: `Resource ${reuse}`, strategy: 'Resource', reuse }),
    ),
  ]
}

function taggers(): Subject[] {
  const networks = (referenceNetworks() ?? []).filter(({ name }) => !/mlp_[ug]6/.test(name)).reverse()
  const at = (clockNs: number, chosen: typeof networks) =>
    chosen.map(network => ({
      name: `${network.name}, vu13p, ${clockNs} ns`,
      part: parts.vu13p,
      clockNs,
      typed: async () => network.define().typed,
    }))
  return [
    ...at(
      5,
      networks.filter(({ name }) => name.startsWith('hgq')),
    ),
    ...at(
      2,
      networks.filter(({ name }) => /75.86|76.27/.test(name)),
    ),
    ...at(
      5,
      networks.filter(({ name }) => name.startsWith('mlp')),
    ),
  ]
}

function classifiers(): Subject[] {
  const classifier = (title: string, more: { elementsPerBeat?: number; config?: string }): Subject => ({
    name: `pulse classifier${title}, zu3, 10 ns`,
    part: parts.zu3,
    clockNs: 10,
    more: more.elementsPerBeat === undefined ? {} : { elementsPerBeat: more.elementsPerBeat },
    typed: async () => {
      const { compiled } = await prepareModel({
        model: join(pulses, 'studentModel_GN.h5'),
        data: [join(pulses, 'traces.csv')],
        labelColumn: '-1',
        ...(more.config === undefined ? {} : { config: more.config }),
      })
      return compiled.typed
    },
  })
  const example: Subject = {
    name: 'examples/pulse-shape, z020, 5 ns',
    part: parts.z020,
    clockNs: 5,
    typed: async () => {
      const folder = resolve(import.meta.dirname, '../examples/pulse-shape')
      const { compiled } = await prepareModel({
        model: join(folder, 'pulse-shape.h5'),
        data: [join(folder, 'pulses.csv')],
        labelColumn: '-1',
      })
      return compiled.typed
    },
  }
  const folded = resolve(import.meta.dirname, 'pulse-classifier-folded.yml')
  return [
    example,
    classifier(' folded, a sample a beat', { elementsPerBeat: 1, config: folded }),
    classifier('', {}),
    classifier(' a sample a beat', { elementsPerBeat: 1 }),
  ]
}

/** Those that synthesis takes many minutes for; softmax variants of one tagger differ little and are left out. */
function largeCases(): Subject[] {
  const variants = /^jet_mlp_(softmax|auto_softmax|vitis|stream)/
  return denseCases
    .filter(name => !small.includes(name) && !variants.test(name) && !/resource/.test(name))
    .reverse()
    .map(name => caseSubject(name, ['vu13p', 5]))
}

/** Shapes and weight bits of dense networks with random weights. */
const shapes: readonly {
  readonly layers: readonly number[]
  readonly bits: number
  readonly zeros: number
  readonly input: number
  readonly act: number
}[] = [
  { layers: [8, 8, 4], bits: 4, zeros: 0, input: 6, act: 6 },
  { layers: [10, 20, 2], bits: 6, zeros: 0, input: 8, act: 6 },
  { layers: [16, 5], bits: 8, zeros: 0, input: 12, act: 8 },
  { layers: [4, 12, 12, 3], bits: 10, zeros: 0.3, input: 10, act: 10 },
  { layers: [24, 6, 6, 6], bits: 3, zeros: 0.5, input: 4, act: 4 },
  { layers: [6, 30, 3], bits: 12, zeros: 0, input: 16, act: 12 },
  { layers: [40, 8, 2], bits: 5, zeros: 0.7, input: 8, act: 5 },
  { layers: [12, 16, 16, 5], bits: 6, zeros: 0.2, input: 8, act: 7 },
]

function randomNetworks(): Subject[] {
  const places: Place[] = [
    ['vu13p', 5],
    ['z020', 10],
    ['zu3', 3],
  ]
  return shapes.map((shape, k) => {
    const [part, clockNs] = places[k % places.length]!
    const title = `${shape.layers.join('-')} of ${shape.bits} bits`
    return {
      name: `random ${title}, ${part}, ${clockNs} ns`,
      part: parts[part],
      clockNs,
      typed: async () => randomNetwork(shape, k + 1),
    }
  })
}

function randomNetwork({ layers, bits, zeros, input, act }: (typeof shapes)[number], seed: number): OpGraph {
  let state = seed * 0x9e3779b1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  const net = defineNetwork(`random_${seed}`)
  let signal = net.input('x', { shape: [layers[0]!], types: `fixed<${input},2>` })
  for (let k = 1; k < layers.length; k++) {
    const count = layers[k - 1]! * layers[k]!
    const weights = Array.from({ length: count }, () =>
      next() < zeros ? 0 : Math.floor((next() - 0.5) * 2 ** bits),
    )
    const bias = Array.from({ length: layers[k]! }, () => Math.floor((next() - 0.5) * 2 ** bits))
    signal = signal.dense({ weights, bias })
    const growth = Math.ceil(bits / 2 + Math.log2(layers[k - 1]!))
    if (k < layers.length - 1)
      signal = signal.relu({ types: `ufixed<${act},${growth + 1}>`, overflow: 'SAT' })
  }
  signal.output()
  return net.finish().typed
}
