// Names for the arrays of HGQ2's layers in a Keras 3 file, where only folders have names and variables have numbers:
// `kernel` for a layer's own `vars/0`, `kq/0` for `kq/quantizer/vars/0`, `query_dense/1` for `query_dense/vars/1`.
// Variables of no axes are passed over: `beta` and `ebops`, which weigh and count bits while training, and
// `i_decay_speed`, by which ranges shrink.

import type { Hdf5File } from '../../formats/hdf5/read.ts'
import type { JsonObject } from '../json.ts'
import type { NamedArray } from '../keras/weights.ts'

/** Variables in the order of the file: trained ones, then the two that count bits, then the others. */
interface Variables {
  readonly trained: readonly string[]
  readonly others?: readonly string[]
  /** The two that count bits come behind the others. */
  readonly countedLast?: boolean
}

const biased = ({ use_bias: useBias }: JsonObject): Variables => ({
  trained: useBias === false ? ['kernel'] : ['kernel', 'bias'],
})
const moments = ['moving_mean', 'moving_variance']
const scaled = ({ scale }: JsonObject) => (scale === false ? [] : ['gamma'])

const variables: Readonly<Record<string, (config: JsonObject) => Variables>> = {
  QDense: biased,
  QConv1D: biased,
  QConv2D: biased,
  QEinsumDense: ({ bias_axes: axes }) => biased({ use_bias: axes !== null && axes !== undefined }),
  QBatchNormDense: config => ({ trained: ['kernel', 'bias', ...scaled(config)], others: moments }),
  QEinsumDenseBatchnorm: config => ({ trained: ['kernel', 'bias', ...scaled(config)], others: moments }),
  QAffinedUnaryFunctionLUT: () => ({ trained: ['scale', 'bias'] }),
  QBatchNormalization: config => ({
    trained: [...scaled(config), ...(config.center === false ? [] : ['beta'])],
    others: moments,
    countedLast: true,
  }),
}

/** Whether a class is HGQ2's, as Keras 3's architecture is read. */
export function isHgq2(className: string): boolean {
  return className.startsWith('hgq>')
}

/** A layer's arrays under its folder. */
export function hgq2Arrays(
  file: Hdf5File,
  folder: string,
  { className, config }: { readonly className: string; readonly config: JsonObject },
): readonly NamedArray[] {
  const names = ownNames(variables[className.replace(/^hgq>/, '')]?.(config) ?? { trained: [] }, config)
  if (!file.has(folder)) return []
  return datasetsUnder(file, folder).flatMap(path => {
    if (file.shape(path).length === 0) return []
    const inner = path.slice(folder.length + 1)
    const own = /^vars\/(\d+)$/.exec(inner)
    const variable = inner.replace('/quantizer/vars/', '/').replace(/(^|\/)vars\//, '$1')
    return [{ path, variable: (own && names[Number(own[1])]) ?? variable }]
  })
}

function ownNames(
  { trained, others = [], countedLast = false }: Variables,
  { enable_ebops: counts }: JsonObject,
): readonly string[] {
  const counted = counts === false ? [] : ['ebops beta', 'ebops']
  return countedLast ? [...trained, ...others, ...counted] : [...trained, ...counted, ...others]
}

function datasetsUnder(file: Hdf5File, path: string): readonly string[] {
  if (file.isDataset(path)) return [path]
  return file.children(path).flatMap(child => datasetsUnder(file, `${path}/${child}`))
}
