// Small networks, and numbers for them, of which tests of packages are made.

import { defineNetwork } from '../../builder/define-network.ts'

/** By name. */
export const smallNetworks = { tiny: tinyNetwork, wide: wideNetwork }

/** Five elements of three types in, three of different types out: no frame fills beats of two or four words. */
function tinyNetwork() {
  const net = defineNetwork('tiny')
  net
    .input('x', {
      shape: [5],
      types: ['fixed<9,4>', 'fixed<9,4>', 'fixed<6,2>', 'ufixed<7,3>', 'fixed<9,4>'],
      rounding: 'RND_CONV',
      overflow: 'SAT',
    })
    .dense({ weights: [3, -2, 1, 0, 5, -4, 2, 2, -1, 7, -3, 1, 1, -6, 2, 0, 4, 3, -2, 1], frac: 2 })
    .relu('ufixed<8,5,RND,SAT>')
    .dense({ weights: [1, -3, 2, 2, 5, -1, -4, 0, 3, 1, -2, 6], frac: 1 })
    .output()
  return net.finish().typed
}

/** Seventy elements in, so that many frames cross pages of memory; one of many bits out. */
function wideNetwork() {
  const net = defineNetwork('wide')
  const weights = Array.from({ length: 70 }, (_, k) => ((k * 37) % 41) - 20)
  net
    .input('x', { shape: [70], types: 'fixed<12,5>', rounding: 'RND', overflow: 'SAT' })
    .dense({ weights, frac: 9 })
    .output()
  return net.finish().typed
}

/** Numbers from −12 to 12 that float32 holds; some lie on ties, some beyond the types. */
export function numbers(count: number): Float64Array {
  let state = 1
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const value = (state / 2 ** 32 - 0.5) * 24
    return Math.fround(state % 3 === 0 ? Math.round(value * 64) / 64 : value)
  })
}
