// What can be wrong with a network that a program defines.

import { fail } from '../diagnostics/diagnostic.ts'

export function failValue(place: string, value: number): never {
  return fail({
    code: 'network/value',
    place,
    problem: `it holds ${value}`,
    expected: 'finite numbers, taken exactly, or integers',
  })
}

export function failCount(place: string, what: string, count: number, expected: string): never {
  return fail({
    code: 'network/count',
    place,
    problem: `${count} ${what}`,
    expected,
  })
}

export function failType(place: string, text: string): never {
  return fail({
    code: 'network/type',
    place,
    problem: `${text} is no fixed-point type`,
    expected: "e.g. 'fixed<8,3>', or { signed, width, frac } of whole numbers, width at least 0",
  })
}

export function failName(name: string): never {
  return fail({
    code: 'network/duplicate-name',
    place: `layer '${name}'`,
    problem: 'another layer has this name',
    expected: 'a name of its own for every layer',
  })
}

export function failShape(place: string, shape: readonly number[]): never {
  return fail({
    code: 'network/shape',
    place,
    problem: `its shape is [${shape.join(', ')}]`,
    expected: 'at least one axis, every extent a whole number above 0',
  })
}

export function failNoOutput(name: string): never {
  return fail({
    code: 'network/no-output',
    place: `network '${name}'`,
    problem: 'nothing was named as its output',
    remedy: 'Call output() on the signals that leave the network.',
  })
}

export function failExponent(place: string, exponent: number): never {
  return fail({
    code: 'network/exponent',
    place,
    problem: `${exponent} is no power of two's exponent`,
    expected: 'a whole number from -1024 to 1024',
  })
}

export function failLeakingMembrane(place: string): never {
  return fail({
    code: 'network/leaking-membrane',
    place,
    problem: 'its membranes leak and have no type',
    expected: 'a type: with every step an exact membrane would gain the fraction bits of beta',
    remedy: "Give membrane, e.g. 'fixed<16,6,RND,SAT>'.",
  })
}

export function failSpikeCount(place: string, count: number): never {
  return fail({
    code: 'network/spike-count',
    place,
    problem: `a class decides with ${count} spikes`,
    expected: 'a whole number above 0',
  })
}
