// Reads HDF5 files: groups, attributes and numeric data sets as plain values. Every object asked for is looked up
// in its group's list of children first, so that a missing one is never an error inside the library.

import { nearest } from '../../diagnostics/nearest.ts'
import { type Hdf5AttributeValue, readAttribute } from './attribute.ts'
import { dtypeOf, type ElementType, readNumbers } from './elements.ts'
import { failNoSuchObject, failTooLarge, failUnreadable } from './errors.ts'
import { type Hdf5Library, loadHdf5Library } from './library.ts'
import { checkHdf5Bytes } from './signature.ts'

export type { Hdf5AttributeValue } from './attribute.ts'

/** A data set in row-major order; `dtype` is NumPy's name of the type it has in the file. */
export interface Hdf5Dataset {
  readonly shape: number[]
  readonly data: Float64Array
  readonly dtype: string
}

/** An open file. Paths are separated by `/`; a leading `/` may be left out, and `''` or `/` is the root. */
export interface Hdf5File {
  readonly name: string
  /** Whether a group or data set stands there. */
  has(path: string): boolean
  isDataset(path: string): boolean
  /** Names of the members of a group, in the file's order of names. */
  children(path: string): string[]
  attributeNames(path: string): string[]
  /** The attribute's value, undefined when there is none of that name; a null attribute is an empty list. */
  attribute(path: string, name: string): Hdf5AttributeValue | undefined
  /** The extents of a data set, whose elements are not read; [0] where it holds nothing. */
  shape(path: string): readonly number[]
  /** A numeric data set as doubles; integers beyond 2^53 are refused. */
  dataset(path: string): Hdf5Dataset
  /** Frees the file's memory; may be called more than once. */
  close(): void
}

const maxElements = 1e9
/** Deflate, the strongest common filter, cannot pack tighter than this. */
const maxCompression = 1032
const smallBytes = 64 * 2 ** 20

type Kind = 'group' | 'dataset' | 'other'

/** Opens HDF5 bytes; `name` is what errors call the file. Throws a `CompileError` with an `hdf5/…` code. */
export async function openHdf5(bytes: Uint8Array, name: string): Promise<Hdf5File> {
  checkHdf5Bytes(bytes, name)
  const library = await loadHdf5Library()
  const session = openSession(library, bytes, name)
  return {
    name,
    has: path => kindOf(session, clean(path)) !== undefined,
    isDataset: path => kindOf(session, clean(path)) === 'dataset',
    children: path => [...childrenOf(session, existing(session, path, 'group'))],
    attributeNames: path => [...attributeNamesOf(session, existing(session, path))],
    attribute: (path, attribute) => attributeOf(session, existing(session, path), attribute),
    shape: path => shapeOf(session, existing(session, path, 'dataset')),
    dataset: path => datasetOf(session, existing(session, path, 'dataset')),
    close: () => session.close(),
  }
}

/** The library's handle on one file, opened anew when the library had to be restarted. */
interface Session {
  readonly name: string
  readonly byteLength: number
  readonly library: Hdf5Library
  /** Runs a call on the file id; a refusal of the library becomes `hdf5/unreadable` at `path`. */
  run<T>(path: string, work: (id: bigint) => T): T
  readonly members: Map<string, readonly string[]>
  readonly attributes: Map<string, readonly string[]>
  readonly kinds: Map<string, Kind>
  close(): void
}

function openSession(library: Hdf5Library, bytes: Uint8Array, name: string): Session {
  const virtual = library.addFile(bytes)
  let id: bigint | undefined
  let generation = -1
  let closed = false
  const fileId = (): bigint => {
    if (closed) throw new Error(`${name} has been closed`)
    if (id !== undefined && generation === library.generation()) return id
    id = openFile(library, virtual, name)
    generation = library.generation()
    return id
  }
  const close = () => {
    if (closed) return
    const open = id
    closed = true
    if (open !== undefined && generation === library.generation())
      library.call(m => m.close_file(open), false)
    library.removeFile(virtual)
  }
  const run = <T>(path: string, work: (id: bigint) => T): T => {
    const current = fileId()
    const outcome = library.call(() => work(current))
    return outcome.ok ? outcome.value : failUnreadable(placeOf(name, path), outcome.reason)
  }
  try {
    fileId()
  } catch (problem) {
    close()
    throw problem
  }
  const members = new Map<string, readonly string[]>()
  const attributes = new Map<string, readonly string[]>()
  return { name, byteLength: bytes.length, library, run, members, attributes, kinds: new Map(), close }
}

function openFile(library: Hdf5Library, virtual: string, name: string): bigint {
  const outcome = library.call(m => m.open(virtual, m.H5F_ACC_RDONLY, false, -1, -1))
  if (!outcome.ok) failUnreadable(name, outcome.reason)
  if (outcome.value < 0n) failUnreadable(name, 'the file cannot be opened')
  return outcome.value
}

/** `/a/b` for `a//b/`; the root is `/`. */
function clean(path: string): string {
  return `/${path.split('/').filter(Boolean).join('/')}`
}

function placeOf(name: string, path: string): string {
  return path === '/' ? name : `${name}:${path.slice(1)}`
}

function existing(session: Session, path: string, wanted?: 'group' | 'dataset'): string {
  const cleaned = clean(path)
  const kind = kindOf(session, cleaned)
  if (kind === undefined) failMissing(session, cleaned)
  if (wanted !== undefined && kind !== wanted) {
    const words = { group: 'a group', dataset: 'a data set', other: 'a link or named type' }
    failNoSuchObject(
      placeOf(session.name, cleaned),
      `this is ${words[kind]}, not ${words[wanted]}`,
      kind === 'group' ? `It holds ${listed(childrenOf(session, cleaned))}.` : 'Give another path.',
    )
  }
  return cleaned
}

function failMissing(session: Session, path: string): never {
  const parts = path.split('/').slice(1)
  let parent = '/'
  while (parts.length > 1 && kindOf(session, join(parent, parts[0]!)) === 'group')
    parent = join(parent, parts.shift()!)
  const siblings = kindOf(session, parent) === 'group' ? childrenOf(session, parent) : []
  const near = nearest(parts[0] ?? '', siblings)
  failNoSuchObject(
    placeOf(session.name, path),
    'the file has nothing of that name',
    near === undefined
      ? `'${parent}' holds ${listed(siblings)}.`
      : `Did you mean '${join(parent, near).slice(1)}'?`,
  )
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'nothing'
  return names.length <= 12
    ? names.join(', ')
    : `${names.slice(0, 12).join(', ')} and ${names.length - 12} more`
}

function join(parent: string, child: string): string {
  return parent === '/' ? `/${child}` : `${parent}/${child}`
}

function kindOf(session: Session, path: string): Kind | undefined {
  if (path === '/') return 'group'
  const known = session.kinds.get(path)
  if (known !== undefined) return known
  const cut = path.lastIndexOf('/')
  const parent = cut === 0 ? '/' : path.slice(0, cut)
  if (kindOf(session, parent) !== 'group') return undefined
  if (!childrenOf(session, parent).includes(path.slice(cut + 1))) return undefined
  const { module } = session.library
  const type = session.run(path, id => module.get_type(id, path))
  const kind = type === module.H5G_GROUP ? 'group' : type === module.H5G_DATASET ? 'dataset' : 'other'
  session.kinds.set(path, kind)
  return kind
}

function childrenOf(session: Session, path: string): readonly string[] {
  return remembered(session.members, path, () =>
    session.run(path, id => session.library.module.get_names(id, path, false)),
  )
}

function attributeNamesOf(session: Session, path: string): readonly string[] {
  return remembered(session.attributes, path, () =>
    session.run(path, id => session.library.module.get_attribute_names(id, path)),
  )
}

function remembered<T>(store: Map<string, T>, key: string, make: () => T): T {
  const known = store.get(key)
  if (known !== undefined) return known
  const made = make()
  store.set(key, made)
  return made
}

function attributeOf(session: Session, path: string, name: string): Hdf5AttributeValue | undefined {
  if (!attributeNamesOf(session, path).includes(name)) return undefined
  const { module } = session.library
  const place = `${session.name}: attribute '${name}' of ${path}`
  const type = session.run(path, id => module.get_attribute_metadata(id, path, name))
  const count = type.shape === null ? 0 : productOf(type.shape)
  // Attributes are stored plainly, so none can be larger than its file (a variable-length string takes 16 bytes there).
  if (count * type.size > session.byteLength)
    failUnreadable(place, `it claims ${count} elements of ${type.size} bytes`)
  return readAttribute(session.library, type, count, place, {
    fill: buffer =>
      session.run(path, id => {
        const status = module.get_attribute_data(id, path, name, BigInt(buffer))
        if (status < 0) throw new Error('the attribute cannot be read')
      }),
    reclaim: buffer => {
      session.run(path, id => module.reclaim_vlen_memory(id, path, name, BigInt(buffer)))
    },
  })
}

function shapeOf(session: Session, path: string): readonly number[] {
  const { module } = session.library
  return session.run(path, id => module.get_dataset_metadata(id, path)).shape ?? [0]
}

function datasetOf(session: Session, path: string): Hdf5Dataset {
  const { module } = session.library
  const place = placeOf(session.name, path)
  const type = session.run(path, id => module.get_dataset_metadata(id, path))
  const element = dtypeOf(module, type, place)
  if (type.shape === null) return { shape: [0], data: new Float64Array(0), dtype: element.dtype }
  const count = productOf(type.shape)
  checkSize(session, place, type.shape, count, element)
  const data = readNumbers(session.library, element, count, place, buffer =>
    session.run(path, id => {
      const status = module.get_dataset_data(id, path, null, null, null, BigInt(buffer))
      if (status < 0) throw new Error('the data cannot be read')
    }),
  )
  return { shape: [...type.shape], data, dtype: element.dtype }
}

function productOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

function checkSize(
  session: Session,
  place: string,
  shape: readonly number[],
  count: number,
  element: ElementType,
): void {
  const problem = `shape [${shape.join(', ')}] has ${count} elements`
  if (count > maxElements) failTooLarge(place, problem, `at most ${maxElements}`)
  const bytes = count * element.size
  if (bytes > Math.max(smallBytes, session.byteLength * maxCompression)) {
    failTooLarge(place, problem, `no more than a file of ${session.byteLength} bytes can hold`)
  }
}
