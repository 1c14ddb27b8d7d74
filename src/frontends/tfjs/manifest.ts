// What a `model.json` of TensorFlow.js says of its arrays: groups of files, and the arrays that stand one behind another
// in a group's bytes (github.com/tensorflow/tfjs, tfjs-core/src/io/types.ts).

import { fail } from '../../diagnostics/diagnostic.ts'
import { isList, isObject, type Json, type JsonObject, shown } from '../json.ts'

/** How an array's numbers were packed: value = number · scale + min; float16 has neither. */
export interface Packing {
  readonly element: 'uint8' | 'uint16' | 'float16'
  readonly scale: number
  readonly min: number
}

export interface ManifestArray {
  readonly name: string
  readonly shape: readonly number[]
  /** Of the numbers as they are used. */
  readonly element: 'float32' | 'int32' | 'bool'
  readonly packing?: Packing
}

export interface ManifestGroup {
  /** Files whose bytes, joined, hold the arrays. */
  readonly paths: readonly string[]
  readonly arrays: readonly ManifestArray[]
}

/** The manifest of a model; fails with `tfjs/…` where it says what no manifest says, or names files elsewhere. */
export function readManifest(model: JsonObject, place: string): readonly ManifestGroup[] {
  const { weightsManifest: groups } = model
  if (!isList(groups)) return refuse(place, `its weightsManifest is ${shown(groups)}`, 'a list of groups')
  return groups.map(group => {
    if (!isObject(group) || !isList(group.paths) || !isList(group.weights)) {
      return refuse(place, `a group of its weights is ${shown(group)}`, 'paths and weights')
    }
    return {
      paths: group.paths.map(path => checkedPath(path, place)),
      arrays: group.weights.map(own => readArray(own, place)),
    }
  })
}

/** A file beside the model or below it: no other path, and no address. */
function checkedPath(path: Json, place: string): string {
  const parts = typeof path === 'string' ? path.split('/') : []
  const isPlain = (part: string) => part !== '' && part !== '.' && part !== '..' && !/[\\:\0]/.test(part)
  if (typeof path === 'string' && parts.length > 0 && parts.every(isPlain)) return path
  return fail({
    code: 'tfjs/path',
    place,
    problem: `its weights lie in ${shown(path)}`,
    expected: 'names of files beside the model.json',
    remedy: 'Copy the weights beside it and name them so in weightsManifest.',
  })
}

const elements = ['float32', 'int32', 'bool'] as const
const packings = ['uint8', 'uint16', 'float16'] as const

function readArray(array: Json, place: string): ManifestArray {
  if (!isObject(array) || typeof array.name !== 'string') {
    return refuse(place, `one of its weights is ${shown(array)}`, 'a name, a shape and a dtype')
  }
  const { name, shape, dtype, quantization } = array
  if (name.split('/').includes(''))
    return refuse(place, `one of its weights is called ${shown(name)}`, 'a name')
  const own = `${place}: weight '${name}'`
  if (!isList(shape) || !shape.every(isExtent)) {
    return refuse(own, `its shape is ${shown(shape)}`, 'a list of whole numbers')
  }
  const element = elements.find(known => known === dtype)
  if (element === undefined) return refuse(own, `its dtype is ${shown(dtype)}`, elements.join(', '))
  const packing = quantization === undefined ? undefined : readPacking(quantization, own)
  return { name, shape, element, ...(packing && { packing }) }
}

function isExtent(value: Json): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function readPacking(packing: Json, place: string): Packing {
  const element = packings.find(known => isObject(packing) && known === packing.dtype)
  if (!isObject(packing) || element === undefined) {
    return refuse(place, `its quantization is ${shown(packing)}`, `dtype ${packings.join(', ')}`)
  }
  if (element === 'float16') return { element, scale: 1, min: 0 }
  const { scale, min } = packing
  if (typeof scale === 'number' && typeof min === 'number') return { element, scale, min }
  return refuse(place, `its quantization is ${shown(packing)}`, 'a scale and a min')
}

function refuse(place: string, problem: string, expected: string): never {
  return fail({
    code: 'tfjs/manifest',
    place,
    problem,
    expected,
    remedy: 'Save or convert the model again.',
  })
}
