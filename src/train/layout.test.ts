// Files of training beside files that Keras wrote: read, written again, and laid out alike, as libhdf5 behind Debian's
// python3-h5py sees it: groups, attributes with their kinds of text, types and shapes of arrays.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingReference, referenceFolder } from '../../test/support/reference.ts'
import { initialWeights } from './initialise.ts'
import { readKerasModel, writeKerasModel } from './keras-model.ts'
import { readModelConfig } from './model.ts'

const python = '/usr/bin/python3'

const script = `
import h5py, json, sys
def kind(t):
    if isinstance(t, h5py.h5t.TypeStringID):
        return ['variable' if t.is_variable_str() else 'fixed', ['ascii', 'utf8'][t.get_cset()]]
    return [str(t.dtype)]
def dump(path):
    found = {}
    with h5py.File(path, 'r') as file:
        def visit(name, item):
            attributes = {}
            for key in item.attrs:
                a = h5py.h5a.open(item.id, key.encode())
                attributes[key] = kind(a.get_type()) + [list(a.shape)]
            own = {'is': type(item).__name__, 'attributes': attributes}
            if isinstance(item, h5py.Dataset):
                own.update(type=kind(item.id.get_type()), shape=list(item.shape), chunks=item.chunks)
            found[name] = own
        visit('', file)
        file.visititems(visit)
        names = {key: [str(n) for n in item.attrs['weight_names']] for key, item in file['model_weights'].items()}
        config = json.loads(file.attrs['model_config'])
        return {'objects': found, 'names': names, 'layers': [str(n) for n in file['model_weights'].attrs['layer_names']], 'config': config}
print(json.dumps([dump(path) for path in sys.argv[1:]]))
`

function hasH5py(): boolean {
  try {
    execFileSync(python, ['-c', 'import h5py'], { stdio: 'ignore' })
    return true
  } catch {
    console.warn('skipped: no h5py (Debian: python3-h5py)')
    return false
  }
}

interface Laid {
  readonly objects: Record<string, { attributes: Record<string, unknown>; shape?: readonly number[] }>
  readonly names: Record<string, readonly string[]>
  readonly layers: readonly string[]
  readonly config: {
    readonly class_name: string
    readonly config: { readonly layers: readonly KerasLayer[] }
  }
}
interface KerasLayer {
  readonly class_name: string
  readonly config: Record<string, unknown>
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lutra-layout-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function laidOut(...paths: readonly string[]): Laid[] {
  return JSON.parse(execFileSync(python, ['-c', script, ...paths], { encoding: 'utf8', maxBuffer: 2 ** 26 }))
}

/** What a network is, apart from how it was trained elsewhere. */
function bare({ objects, ...rest }: Laid) {
  const kept = Object.entries(objects).filter(([name]) => !name.startsWith('optimizer_weights'))
  const root = { ...objects['']!.attributes }
  delete root.training_config
  return { ...rest, objects: { ...Object.fromEntries(kept), '': { ...objects['']!, attributes: root } } }
}

/** Attributes that training has no choice of, or that Keras repeats of the input. */
const apart = /_(?:constraint|regularizer|initializer)$|^batch_input_shape$/

const settingsOf = ({ config }: Laid) =>
  config.config.layers.map(({ class_name: name, config: own }) => {
    const keys = Object.keys(own).filter(key => !apart.test(key))
    return [name, Object.fromEntries(keys.map(key => [key, plain(own[key])]))]
  })

/** Without numbers that Keras gives its objects, and without blanks in the text of quantisers. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(', ', ',')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key]) => key !== 'shared_object_id')
  return Object.fromEntries(entries.map(([key, own]) => [key, plain(own)]))
}

const opens = hasH5py()
const real = join(referenceFolder, 'real')

describe.skipIf(!opens || missingReference('real') !== undefined)('the layout of a file', () => {
  it.each([
    'gamma-neutron/studentModel_GN.h5',
    'gamma-neutron/teacherModel_GN.h5',
    'mnist-cnn/distilled-mnist.h5',
    'mnist-cnn/teacher_model_2Dconv_mnist.h5',
  ])('is that of a file Keras wrote: %s', async name => {
    const theirs = join(real, name)
    const { model, weights } = await readKerasModel(new Uint8Array(readFileSync(theirs)), name)
    const ours = join(folder, 'ours.h5')
    writeFileSync(ours, await writeKerasModel(model, weights!))
    const [wanted, found] = laidOut(theirs, ours).map(bare)
    expect(found!.objects).toEqual(wanted!.objects)
    expect(found!.names).toEqual(wanted!.names)
    expect(found!.layers).toEqual(wanted!.layers)
    expect(found!.config.class_name).toBe(wanted!.config.class_name)
    expect(settingsOf(found!)).toEqual(settingsOf(wanted!))
  })
})

describe.skipIf(!opens)('h5py', () => {
  it('opens architectures of any length, text beyond ASCII, and counts', async () => {
    const layers = [
      { kind: 'conv2d-batch-norm', filters: 2, kernelSize: 1 } as const,
      ...Array.from(
        { length: 200 },
        (_, k) => ({ kind: 'activation', activation: 'relu', name: `r${k}` }) as const,
      ),
    ]
    const model = readModelConfig({ name: 'größer', input: [2, 2, 1], layers }, 'test')
    const path = join(folder, 'long.h5')
    writeFileSync(path, await writeKerasModel(model, initialWeights(model, 1)))
    const [own] = laidOut(path)
    expect(JSON.stringify(own!.config).length).toBeGreaterThan(2 ** 14)
    expect(own!.config.config.layers).toHaveLength(202)
    const group = 'model_weights/conv2d_batch_norm/conv2d_batch_norm'
    expect(own!.objects[`${group}/iteration:0`]).toMatchObject({ type: ['int64'], shape: [] })
    expect(own!.objects[`${group}/batch_normalization/moving_mean:0`]).toMatchObject({ type: ['float32'] })
  })
})
