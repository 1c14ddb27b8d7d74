// Estimates of HLS projects beside vendor reports, layer by layer. The jet tagger's and the autoencoder's weights are
// those of networks of the same shape; the tutorial's CNNs, whose weights are not published with the reports, have random
// ones of their widths, half of them 0 where the report says so.
//
//   npx tsx bench/estimate-hls.ts

import { resolve } from 'node:path'
import { estimateHls } from '../src/estimate/hls-estimate.ts'
import { prepareModel } from '../src/node/prepare.ts'
import { hlsProducts } from '../src/ops/hls-cost.ts'

interface Row {
  readonly name: string
  readonly estimate: readonly [lut: number, ff: number, dsp: number]
  readonly report: readonly [lut: number, ff: number, dsp: number]
}

const recorded = resolve(import.meta.dirname, '../../shared/reference/hls4ml')

async function estimateCase(name: string, config: string, clockNs: number) {
  const { compiled } = await prepareModel({ model: `${recorded}/${name}/model.h5`, config })
  return estimateHls(compiled.typed, { backend: 'vivado', clockNs })
}

/** The jet tagger's report: instances of the dense layers. */
const tagger: Readonly<Record<string, Row['report']>> = {
  fc1: [26_112, 2_453, 751],
  fc2: [50_962, 4_602, 1_234],
  fc3: [24_411, 2_369, 651],
  output: [3_968, 481, 133],
}

/** Inputs, outputs, share of zeros, fraction bits, spread of the weights; LUT, FF and DSP of the report. */
const tutorial: readonly (readonly [string, number, number, number, number, number, Row['report']])[] = [
  ['pruned CNN, conv 27 × 16', 27, 16, 0.5, 10, 0.25, [6_334, 3_799, 208]],
  ['pruned CNN, conv 144 × 16', 144, 16, 0.5, 10, 0.12, [38_710, 10_465, 786]],
  ['pruned CNN, conv 144 × 24', 144, 24, 0.5, 10, 0.12, [53_724, 11_809, 1_300]],
  ['pruned CNN, dense 96 × 42', 96, 42, 0.5, 10, 0.12, [59_765, 6_159, 1_394]],
  ['pruned CNN, dense 42 × 64', 42, 64, 0.5, 10, 0.2, [35_083, 4_332, 1_167]],
  ['pruned CNN, dense 64 × 10', 64, 10, 0, 10, 0.2, [17_875, 2_736, 549]],
  ['quantised CNN, conv 27 × 16', 27, 16, 0.5, 5, 0.25, [7_354, 2_826, 27]],
  ['quantised CNN, conv 144 × 16', 144, 16, 0.5, 5, 0.12, [42_854, 9_439, 105]],
  ['quantised CNN, conv 144 × 24', 144, 24, 0.5, 5, 0.12, [48_911, 9_548, 5]],
  ['quantised CNN, dense 96 × 42', 96, 42, 0.5, 5, 0.12, [52_236, 4_281, 6]],
  ['quantised CNN, dense 42 × 64', 42, 64, 0.5, 5, 0.2, [24_971, 2_801, 0]],
]

let state = 99
function uniform(): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) / 2 ** 32
}

function normal(): number {
  return Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(2 * Math.PI * uniform())
}

function tutorialRow([name, inputs, outputs, zeros, frac, spread, report]: (typeof tutorial)[number]): Row {
  const most = 2 ** frac - 1
  const raw = Array.from({ length: inputs * outputs }, () =>
    uniform() < zeros
      ? 0n
      : BigInt(Math.max(-most, Math.min(most, Math.round(normal() * spread * 2 ** frac)))),
  )
  const weight = { shape: [inputs, outputs], type: { signed: true, width: frac + 6, frac }, raw }
  const widths = { inputWidth: 16, accumulatorWidth: 16 }
  const products = { weight, inputs, outputs, ...widths, strategy: 'latency', reuse: 1 } as const
  const { lut, ff, dsp } = hlsProducts(products, { clockNs: 5 })
  return { name, estimate: [lut, ff, dsp], report }
}

function print({ name, estimate, report }: Row): void {
  const cells = estimate.map((own, k) => `${own.toLocaleString('en')} / ${report[k]!.toLocaleString('en')}`)
  console.log(
    `| ${name} | ${cells.join(' | ')} | ${off(estimate[0], report[0])} | ${off(estimate[1], report[1])} |`,
  )
}

function off(own: number, other: number): string {
  return `${own > other ? '+' : ''}${(100 * (own / other - 1)).toFixed(0)} %`
}

const jets = await estimateCase('jet_mlp_model_gran', `${recorded}/jet_mlp_model_gran/config.json`, 5)
const folded = await estimateCase(
  'autoencoder_resource_rf64',
  `${recorded}/autoencoder_resource_rf64/config.json`,
  7,
)
const unfolded = await estimateCase('autoencoder_resource_rf64', 'bench/autoencoder-reuse-1.json', 5)
const rows: Row[] = [
  ...Object.entries(tagger).map(([name, report]): Row => {
    const { lut, ff, dsp } = jets.layers.find(layer => layer.name === name)!
    return { name: `jet tagger, ${name}`, estimate: [lut, ff, dsp], report }
  }),
  {
    name: 'autoencoder, reuse 64 (after logic synthesis)',
    estimate: [folded.total.lut, folded.total.ff, folded.total.dsp],
    report: [38_533, 50_970, 208],
  },
  ...tutorial.map(tutorialRow),
]
console.log(
  '| layer | LUT / report | FF / report | DSP / report | LUT off | FF off |\n|---|---|---|---|---|---|',
)
for (const row of rows) print(row)
for (const k of [0, 1]) {
  const sorted = rows
    .map(({ estimate, report }) => Math.abs(estimate[k]! / report[k]! - 1))
    .sort((a, b) => a - b)
  const at = (part: number) => `${(100 * sorted[Math.ceil(part * sorted.length) - 1]!).toFixed(0)} %`
  console.log(`${['LUT', 'FF'][k]}: median ${at(0.5)}, nine of ten ${at(0.9)}`)
}
const { total } = jets
console.log(
  `jet tagger in all: ${total.lut} LUT (109,157), ${total.ff} FF (13,339), ${total.dsp} DSP (2,774), ${total.bram18} BRAM (4)`,
)
console.log(
  `latency and II, report in brackets: jet tagger ${jets.latency}, ${jets.interval} (10, 1; its softmax is the latency one, 2 cycles shorter); autoencoder, reuse 64: ${folded.latency}, ${folded.interval} (525, 64); reuse 1: ${unfolded.latency}, ${unfolded.interval} (17, 1)`,
)
