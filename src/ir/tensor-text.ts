// The text form of trained values: what goes with a graph's text where the values are to be read and written by hand.
//
//   tensors {
//     fc1.weight = float[3, 2]: 0.5, -1, 0.25, 0, 2, -0.125
//     fc1.bias.raw = fixed<8,3>[2]: 12, -7
//   }

import { fail } from '../diagnostics/diagnostic.ts'
import type { StoredTensor, TensorId, TensorStore } from './graph.ts'
import { sizeOf } from './tensor-type.ts'
import { type Scanner, scanText } from './text-scanner.ts'
import { readHeldType, readList, readName, readNumber } from './text-values.ts'
import { printHeldType, printName, tensorValues } from './text-words.ts'

/** One line for each tensor, raw ones as their integers. */
export function printTensors(store: TensorStore): string {
  const lines = Array.from(store, ([id, tensor]) => {
    const values = tensorValues(tensor).join(', ')
    return `  ${printName(id)} = ${printHeldType(tensor)}:${values === '' ? '' : ` ${values}`}`
  })
  return ['tensors {', ...lines, '}', ''].join('\n')
}

/** The tensors that `printTensors` printed; fails with `ir/text-syntax` and the line. */
export function parseTensors(text: string, source = ''): TensorStore {
  const scanner = scanText(text, source)
  const store = new Map<TensorId, StoredTensor>()
  scanner.expect('tensors')
  scanner.expect('{')
  while (!scanner.take('}')) {
    const place = scanner.place()
    const id = readName(scanner, "a tensor's name, or '}'")
    if (store.has(id)) refuse(place, `'${id}' stands here for the second time`, 'every tensor once')
    store.set(id, readTensor(scanner, place))
  }
  if (!scanner.atEnd()) scanner.refuse('nothing after the tensors')
  return store
}

const integerWord = /-?\d+/y

function readTensor(scanner: Scanner, place: string): StoredTensor {
  scanner.expect('=')
  const type = readHeldType(scanner)
  scanner.expect(':')
  const size = sizeOf(type.shape)
  const integer = () => BigInt(scanner.match(integerWord) ?? scanner.refuse('a whole number'))
  const counted = <T>(values: T[]): T[] =>
    values.length === size
      ? values
      : refuse(place, `${values.length} values for [${type.shape.join(', ')}]`, `${size}`)
  const read = <T>(item: () => T): T[] => counted(size === 0 ? [] : readList(scanner, item))
  return type.form === 'raw'
    ? { ...type, raw: read(integer) }
    : { ...type, data: Float64Array.from(read(() => readNumber(scanner))) }
}

function refuse(place: string, problem: string, expected: string): never {
  return fail({ code: 'ir/text-syntax', place, problem, expected })
}
