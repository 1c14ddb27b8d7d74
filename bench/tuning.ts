// User seconds of `lutra tune`'s search by bit operations, with the results of equal layers shared between the networks
// that it tries and with each network run as a whole; both must find the same.
//
//   npx tsx bench/tuning.ts [name …]

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { lossKindOf, type ModelOptions, readModel, statedInputTypes } from '../src/node/prepare.ts'
import { prepareTuning } from '../src/search/prepare-tuning.ts'
import { type TuneResult, type Tuning, tune } from '../src/search/tune.ts'

const reference = resolve(import.meta.dirname, '../../shared/reference')
const recorded = (name: string): ModelOptions => ({
  model: `${reference}/hls4ml/${name}/model.h5`,
  data: [`${reference}/hls4ml/${name}/X.npy`],
})
const networks: Readonly<Record<string, ModelOptions>> = {
  jet_mlp_default: recorded('jet_mlp_default'),
  'teacherModel_GN, 0.5 % of accuracy': {
    model: `${reference}/real/gamma-neutron/teacherModel_GN.h5`,
    data: [`${reference}/real/gamma-neutron/traces.csv`],
    labelColumn: '-1',
  },
  cnn_svhn_small_parallel: recorded('cnn_svhn_small_parallel'),
}

async function tuningOf(options: ModelOptions): Promise<Tuning> {
  const read = await readModel(options)
  const { graph } = read.loaded
  const { loss } = lossKindOf(graph, read.data!.labels, undefined)
  const inputTypes = statedInputTypes(graph, read.config, read.options)
  const data = { inputs: read.data!.inputs, loss }
  const prepared = prepareTuning(graph, data, { config: read.config, inputTypes, rows: 1000, seed: 1 })
  return { ...prepared, judged: prepared.sample, maxLoss: 0.005 }
}

async function timed(tuning: Tuning): Promise<{ seconds: number; result: TuneResult }> {
  const before = process.cpuUsage().user
  const result = await tune(tuning)
  return { seconds: (process.cpuUsage().user - before) / 1e6, result }
}

const asked = process.argv.slice(2)
const known = Object.entries(networks).filter(([name]) => asked.length === 0 || asked.includes(name))
console.log('network                                  trials   apart s   shared s   ratio')
for (const [name, options] of known) {
  if (!existsSync(`${options.model}`)) {
    console.log(`${name}: no reference data at ${reference}`)
    continue
  }
  const tuning = await tuningOf(options)
  const shared = await timed(tuning)
  const apart = await timed({ ...tuning, apart: true })
  const isSame = isDeepStrictEqual(shared.result, apart.result)
  const ratio = (apart.seconds / shared.seconds).toFixed(2)
  const columns = [apart.seconds, shared.seconds].map(seconds => seconds.toFixed(1).padStart(10)).join('')
  console.log(
    `${name.padEnd(40)}${`${shared.result.trials}`.padStart(7)}${columns}${ratio.padStart(8)}${isSame ? '' : '   NOT THE SAME'}`,
  )
  if (!isSame) process.exitCode = 1
}
