// The networks of the reference data, written down through the package API from their integers. The files lie beside
// the project, in `../shared/reference/cmvm`, and are read in place.

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { openNpz } from '../src/formats/npz.ts'
import { type DefinedNetwork, defineNetwork, type FixedType } from '../src/index.ts'

const folder = resolve(import.meta.dirname, '../../shared/reference/cmvm')

/** What da4ml makes of a network: adders alone, LUTs through the same pre-pass, adders in series. */
export interface Anchor {
  readonly bits: number
  readonly lut: number
  readonly depth: number
}

export interface ReferenceNetwork {
  readonly name: string
  readonly anchor: Anchor | undefined
  define(): DefinedNetwork
  /** Rows of inputs and the exact outputs. */
  vectors(): { readonly rows: number; readonly x: Float64Array; readonly y: Float64Array }
}

const anchors: Readonly<Record<string, Anchor>> = {
  'hgq_76.86': { bits: 11_314, lut: 12_064, depth: 18 },
  'hgq_76.61': { bits: 6_020, lut: 6_651, depth: 16 },
  'hgq_76.47': { bits: 5_462, lut: 6_024, depth: 17 },
  'hgq_76.27': { bits: 4_135, lut: 4_661, depth: 15 },
  'hgq_75.99': { bits: 2_751, lut: 3_111, depth: 14 },
  'hgq_75.86': { bits: 2_440, lut: 2_794, depth: 13 },
  mlp_u6: { bits: 48_597, lut: 46_844, depth: 34 },
  mlp_g6: { bits: 37_895, lut: 36_687, depth: 28 },
  mlp_s4: { bits: 19_387, lut: 19_068, depth: 24 },
}

/** Undefined where the reference data is not there. */
export function referenceNetworks(): readonly ReferenceNetwork[] | undefined {
  if (!existsSync(folder)) return undefined
  return [
    ...['76.86', '76.61', '76.47', '76.27', '75.99', '75.86'].map(hgqTagger),
    ...['u6', 'g6', 's4'].map(kind => integerMlp(kind, false)),
    integerMlp('s4', true),
  ]
}

function open(file: string) {
  const npz = openNpz(readFileSync(resolve(folder, file)), file)
  return (key: string) => Array.from(npz.array(key).data as ArrayLike<number>, Number)
}

/** A jet tagger trained with HGQ: every element of every activation has a type of its own, some of no bits. */
function hgqTagger(accuracy: string): ReferenceNetwork {
  const name = `hgq_${accuracy}`
  const file = `hgq_openml_${accuracy}`
  return {
    name,
    anchor: anchors[name],
    define: () => {
      const read = open(`${file}.npz`)
      const types = (layer: number) => {
        const [sign, integer, frac] = [read(`ik${layer}`), read(`ii${layer}`), read(`if${layer}`)]
        return sign.map((signed, k): FixedType => {
          const width = Math.max(0, signed + integer[k]! + frac[k]!)
          return { signed: signed === 1, width, frac: frac[k]! }
        })
      }
      const net = defineNetwork(`tagger_${accuracy.replace('.', '_')}`)
      let signal = net.input('x', { shape: [16], types: types(0) })
      for (let layer = 0; layer < 4; layer++) {
        if (layer > 0) signal = signal.relu(types(layer))
        signal = signal.dense({ weights: read(`W${layer}`), bias: read(`b${layer}`) })
      }
      signal.output()
      return net.finish()
    },
    vectors: () => {
      const read = open(`${file}_vec.npz`)
      const x = Float64Array.from(read('x'))
      return { rows: x.length / 16, x, y: Float64Array.from(read('y')) }
    },
  }
}

/** h = relu(floor((x W + b) / 2^s)) as uint8, the last layer raw; saturating: shifts 3 smaller, h clipped to 255. */
function integerMlp(kind: string, saturating: boolean): ReferenceNetwork {
  const name = `mlp_${kind}${saturating ? '_sat3' : ''}`
  const file = `mlp_${kind}.npz`
  return {
    name,
    anchor: anchors[name],
    define: () => {
      const read = open(file)
      const shifts = read('shifts')
      const net = defineNetwork(name)
      let signal = net.input('x', { shape: [16], types: 'fixed<8,8>' })
      for (let layer = 0; layer < 4; layer++) {
        const frac = layer === 3 ? 0 : shifts[layer]! - (saturating ? 3 : 0)
        signal = signal.dense({ weights: read(`W${layer}`), bias: read(`b${layer}`), frac })
        if (layer < 3) signal = signal.relu({ types: 'ufixed<8,8>', overflow: saturating ? 'SAT' : 'WRAP' })
      }
      signal.output()
      return net.finish()
    },
    vectors: () => {
      const read = open(file)
      const x = Float64Array.from(read('x'))
      return { rows: x.length / 16, x, y: Float64Array.from(read(saturating ? 'y_sat3' : 'y')) }
    },
  }
}
