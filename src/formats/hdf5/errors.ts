// The messages of the HDF5 reader, one function each; `place` is always the file's name, with the object after it.

import { fail } from '../../diagnostics/diagnostic.ts'

const savedAgain = 'Save or copy the file again and compare its size with the original.'

/** The bytes carry no HDF5 signature; says what they look like instead, when that can be told. */
export function failNotHdf5(name: string, looksLike: string | undefined): never {
  fail({
    code: 'hdf5/not-hdf5',
    place: name,
    problem:
      looksLike === undefined ? 'this is not an HDF5 file' : `this is not an HDF5 file but ${looksLike}`,
    expected: 'the HDF5 signature at its beginning',
    remedy: 'Give a Keras .h5 file, or an HDF5 file with data sets.',
  })
}

/** The file ends before its own header says it does. */
export function failTruncated(name: string, found: number, stated: number | undefined): never {
  const end = stated === undefined ? 'within its header' : `but its header states ${stated} bytes`
  fail({
    code: 'hdf5/truncated',
    place: name,
    problem: stated === undefined ? `the file ends ${end}` : `the file has ${found} bytes ${end}`,
    remedy: savedAgain,
  })
}

/** The HDF5 library, or a check before it, found the file's structure broken. */
export function failUnreadable(place: string, reason: string): never {
  fail({ code: 'hdf5/unreadable', place, problem: `HDF5 cannot read this: ${reason}`, remedy: savedAgain })
}

/** A data set or attribute claims more elements than can be read, or than its file can hold. */
export function failTooLarge(place: string, problem: string, expected: string): never {
  fail({
    code: 'hdf5/too-large',
    place,
    problem,
    expected,
    remedy: 'Give a part of the data; if the file should be small, it is damaged.',
  })
}

/** A data type that has no meaning as numbers or text here. */
export function failUnsupportedType(place: string, type: string, expected: string): never {
  fail({
    code: 'hdf5/unsupported-type',
    place,
    problem: `its type is ${type}`,
    expected,
    remedy: 'Convert it before saving.',
  })
}

/** A 64-bit integer that a double cannot hold. */
export function failNotExact(place: string, index: number, value: bigint): never {
  fail({
    code: 'hdf5/not-exact',
    place,
    problem: `element ${index} is ${value}`,
    expected: 'integers within ±(2^53 − 1)',
    remedy: 'Convert the data to float64 or to smaller integers before saving.',
  })
}

/** A path that the file does not have, or that is not of the kind asked for. */
export function failNoSuchObject(place: string, problem: string, remedy: string): never {
  fail({ code: 'hdf5/no-such-object', place, problem, remedy })
}

/** A tree that cannot be written as HDF5. */
export function failUnwritable(place: string, reason: string): never {
  fail({
    code: 'hdf5/unwritable',
    place,
    problem: `HDF5 cannot write this: ${reason}`,
    remedy: 'Shorten the name or attribute, or split it.',
  })
}
