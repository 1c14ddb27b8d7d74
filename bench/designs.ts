// Whole designs with published counterparts: cycles, LUTs, flip-flops and DSP blocks, each beside its anchor.
//
//   npx tsx bench/designs.ts [--synth] [name …]

import { parseArgs } from 'node:util'
import { coreLatency } from '../src/backends/verilog/design.ts'
import { type HardwareOptions, type PreparedDesign, prepareDesign } from '../src/node/hardware.ts'
import { synthesiseDesign } from '../src/node/synthesise-design.ts'

interface Figures {
  readonly latency?: number
  readonly interval?: number
  readonly lut?: number
  readonly ff?: number
  readonly dsp?: number
}

interface Subject {
  readonly name: string
  readonly options: HardwareOptions
  /** What was published, and by whom. */
  readonly anchor: Figures & { readonly source: string }
}

const recorded = '../shared/reference/hls4ml'
const pulses = '../shared/reference/real/gamma-neutron'

function jetTagger(name: string): Subject {
  const folder = `${recorded}/${name}`
  return {
    name,
    options: {
      model: `${folder}/model.h5`,
      config: `${folder}/config.json`,
      part: 'xcu250-figd2104-2L-e',
      clock: 5,
    },
    anchor: {
      source: 'hls4ml, HLS report; LUT with 55 for a DSP: 261,727',
      latency: 10,
      interval: 1,
      lut: 109_157,
      ff: 13_339,
      dsp: 2774,
    },
  }
}

function autoencoder(
  name: string,
  config: string,
  part: string,
  clock: number,
  anchor: Subject['anchor'],
): Subject {
  return {
    name,
    options: { model: `${recorded}/autoencoder_resource_rf64/model.h5`, config, part, clock },
    anchor,
  }
}

function pulseClassifier(name: string, more: Partial<HardwareOptions>): Subject {
  return {
    name,
    options: {
      model: `${pulses}/studentModel_GN.h5`,
      data: [`${pulses}/traces.csv`],
      labelColumn: '-1',
      part: 'xczu3eg-sfvc784-1-e',
      clock: 10,
      ...more,
    },
    anchor: {
      source: 'hls4ml, reuse 8, RTL simulation',
      latency: 1063,
      interval: 1050,
      lut: 32_661,
      dsp: 70,
    },
  }
}

const subjects: readonly Subject[] = [
  jetTagger('jet_mlp_default'),
  jetTagger('jet_mlp_model_gran'),
  autoencoder(
    'autoencoder, reuse 64',
    `${recorded}/autoencoder_resource_rf64/config.json`,
    'xc7z020clg400-1',
    7,
    { source: 'hls4ml, after synthesis', latency: 525, interval: 64, lut: 38_533, ff: 50_970, dsp: 208 },
  ),
  autoencoder('autoencoder, reuse 1', 'bench/autoencoder-reuse-1.json', 'xcvu9p-flga2104-2L-e', 5, {
    source: 'hls4ml; 14 cycles quantised and pruned',
    latency: 17,
    interval: 1,
  }),
  pulseClassifier('pulse classifier', {}),
  pulseClassifier('pulse classifier, a sample a beat', { elementsPerBeat: 1 }),
  pulseClassifier('pulse classifier, folded, a sample a beat', {
    elementsPerBeat: 1,
    config: 'bench/pulse-classifier-folded.yml',
  }),
]

async function measure({ options }: Subject, synth: boolean): Promise<Figures & { core: number }> {
  const made = await prepareDesign(options)
  return {
    core: coreLatency(made.design),
    latency: made.design.top.latency,
    interval: made.design.top.interval,
    ...(synth ? await countsOf(made) : {}),
  }
}

async function countsOf({ design, device }: PreparedDesign): Promise<Figures> {
  const { total, complete } = await synthesiseDesign(design, { family: device.family, timeoutMs: 3_600_000 })
  if (!complete) throw new Error(`${design.options.project}: not all modules were synthesised`)
  return { lut: total.lut + total.lutram + total.srl, ff: total.ff, dsp: total.dsp }
}

function cell(own: number | undefined, anchor: number | undefined): string {
  if (own === undefined) return '–'
  const ratio =
    anchor === undefined || anchor === 0
      ? ''
      : ` (${(own / anchor).toFixed(3)} of ${anchor.toLocaleString('en')})`
  return own.toLocaleString('en') + ratio
}

const { values, positionals } = parseArgs({
  options: { synth: { type: 'boolean', default: false } },
  allowPositionals: true,
})
console.log(
  '| design | core cycles | cycles | II | LUT | FF | DSP | anchor |\n|---|---|---|---|---|---|---|---|',
)
for (const subject of subjects) {
  if (positionals.length > 0 && !positionals.some(name => subject.name.includes(name))) continue
  const own = await measure(subject, values.synth)
  const { anchor } = subject
  // Published cycles are those of the function alone, unless samples come one by one.
  const beats = subject.options.elementsPerBeat !== undefined
  const cells = [
    subject.name,
    cell(own.core, beats ? undefined : anchor.latency),
    cell(own.latency, beats ? anchor.latency : undefined),
    cell(own.interval, anchor.interval),
    cell(own.lut, anchor.lut),
    cell(own.ff, anchor.ff),
    cell(own.dsp, anchor.dsp),
    anchor.source,
  ]
  console.log(`| ${cells.join(' | ')} |`)
}
