import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { schemaText } from '../../scripts/write-schema.ts'
import type { LayerSettingsInput, LutraConfig, ModelSettings } from './define.ts'
import { operatorChoices, settingKey } from './layer-keys.ts'
import { parseConfig } from './parse.ts'
import { configSchema } from './schema.ts'
import { toCamel } from './spelling.ts'
import { smallGraph } from './testing/recorded.ts'
import { topKeys } from './top-keys.ts'
import { printConfig, projectConfigOf } from './write.ts'

const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(configSchema())

// Every key of the types, so that one left out does not compile, and one too many is seen below.
const layer: Required<LayerSettingsInput> = {
  precision: { weight: 'fixed<8,2>', accum: 'auto' },
  reuseFactor: 2,
  strategy: 'DistributedArithmetic',
  tableSize: 512,
  implementation: 'stable',
  skip: false,
  algorithm: 'nearest',
  tableRangePower2: 1,
  recurrentReuseFactor: 1,
  forwardReuseFactor: 1,
  forwardRecurrentReuseFactor: 1,
  backwardReuseFactor: 1,
  backwardRecurrentReuseFactor: 1,
  static: true,
  tableT: 'fixed<18,8>',
  expTableT: 'fixed<18,8>',
  invTableT: 'fixed<18,8>',
  invInpT: 'fixed<18,8>',
  inpNormT: 'fixed<18,8>',
  accumT: 'auto',
  paramT: 'auto',
  slopeT: 'fixed<16,0>',
  shiftT: 'fixed<2,0>',
}
const model: Required<ModelSettings> = {
  precision: { default: 'fixed<16,6>', maximum: 'fixed<24,12>' },
  reuseFactor: 1,
  strategy: 'Latency',
}
const full: Required<Omit<LutraConfig, 'operators'>> = {
  model: ['model.json', 'weights.h5'],
  hlsConfig: { model },
  train: { model: 'model.json', epochs: 20 },
  compress: { teacher: 'model.h5', prune: { sparsity: 0.5 } },
  search: { sparsity: [0.2, 0.5] },
  predict: { out: 'prediction' },
  layerType: { Dense: { reuseFactor: 2 } },
  layerName: { fc1: layer },
  outputRoundingSaturationMode: {
    layers: ['fc1'],
    roundingMode: 'RND',
    saturationMode: 'SAT',
    saturationBits: 0,
  },
  projectName: 'net',
  backend: 'Vitis',
  ioType: 'io_parallel',
  part: 'xc7a35tcpg236-1',
  board: 'basys3',
  boards: 'boards',
  interface: 'axi_master',
  link: 'mover',
  deploy: { host: 'pynq', user: 'xilinx', key: '~/.ssh/id_ed25519', port: 22, folder: 'lutra/net' },
  clock: 5,
  out: 'build',
  data: 'x.npy',
  labelColumn: 'y',
  labels: 'y.npy',
  scaler: 'scaler.json',
  classes: ['gamma', 'neutron'],
  strict: true,
  maxLoss: 0.005,
  inputType: { x: 'fixed<8,3>' },
  effort: 'high',
  fps: 1e6,
  maxIi: 4,
  maxLut: 20_000,
  maxDsp: 10,
  maxBram: 4,
  maxLatency: 20,
  threads: 2,
  seed: 1,
}

describe('the published schema', () => {
  it('is the one derived now', () => {
    const published = readFileSync(
      new URL('../../docs/schema/lutra.config.schema.json', import.meta.url),
      'utf8',
    )
    expect(published, 'stale: run npx tsx scripts/write-schema.ts').toBe(schemaText())
  })

  it('takes every key of the TypeScript types, and so does parseConfig', () => {
    expect(validate(full), JSON.stringify(validate.errors)).toBe(true)
    expect(parseConfig(full, 'lutra.config.ts', 'lutra').run.seed).toBe(1)
  })

  it("takes hls4ml's form", () => {
    const written = {
      $schema: 'lutra.config.schema.json',
      ...projectConfigOf(smallGraph, 'type', { part: 'x', outputDir: 'o' }),
    }
    // Lutra's own config has no keys without effect.
    const dead = ['table', 'exp_table', 'inv_table', 'inv_inp']
    const own: unknown = JSON.parse(printConfig(written, 'json'), (key, value) =>
      dead.includes(key) ? undefined : value,
    )
    expect(validate(own), JSON.stringify(validate.errors)).toBe(true)
  })

  it.each([
    [{ projektName: 'a' }],
    [{ layerName: { fc1: { reuseFactor: 0 } } }],
    [{ layerName: { fc1: { precision: { table: 'auto' } } } }],
    [{ layerName: { fc1: { precision: { maximum: 'auto' } } } }],
    [{ layerType: { QDense: {} } }],
    [{ ioType: 'parallel' }],
    [{ clock: '5' }],
    [{ hlsConfig: { Model: { TargetCycles: 4 } } }],
  ])('refuses %j', value => {
    expect(validate(value)).toBe(false)
  })
})

describe('the TypeScript types', () => {
  it('have every key that Lutra alone, or a run, has', () => {
    const forTypes = topKeys.filter(({ use }) => use === 'run' || use === 'model').map(({ name }) => name)
    expect(Object.keys(full).sort()).toEqual(
      [...forTypes, 'hlsConfig', 'layerType', 'layerName', 'train', 'compress', 'search', 'predict'].sort(),
    )
  })

  it('have every choice of the operators', () => {
    const counting = [...operatorChoices].filter(([, own]) =>
      own.some(({ noEffect }) => noEffect === undefined),
    )
    const choices = counting.map(([key]) => toCamel(key))
    expect(Object.keys(layer)).toEqual(expect.arrayContaining(choices))
    for (const key of ['ReuseFactor', 'Strategy']) expect(settingKey(key, 'model')).toBeDefined()
  })
})
