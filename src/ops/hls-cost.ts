// What a vendor's HLS tool would report of a kernel: estimates before logic synthesis, as csynth prints them. Rules and
// figures are read off reports that public projects carry: Vivado HLS 2019.1 and 2020.1 of hls4ml's jet tagger (xcu250,
// 5 ns) and of its tutorial's two CNNs, and of an autoencoder at reuse 64 (pynq-z2) and 1 (xcvu9p).

import { sizeOf } from '../ir/tensor-type.ts'
import type { HlsTarget, OpEstimate, RawValues } from './definition.ts'
import { digitCount } from './digit-count.ts'
import { isFolded } from './fold-schedule.ts'
import type { Strategy } from './strategy.ts'

/** Products of constants with inputs, summed for each output. */
export interface HlsProducts {
  readonly weight: RawValues
  readonly inputs: number
  readonly outputs: number
  readonly inputWidth: number
  readonly accumulatorWidth: number
  readonly strategy: Strategy
  readonly reuse: number
}

/** Figures read off the reports; each says of what. */
const figures = {
  /** A constant is left to a DSP block from so many bits of its odd part on: 65 % of the jet tagger's weights. */
  blockBits: 6,
  /** LUTs a bit of a sum, of the jet tagger's layers: 25 a product of 16 bits. */
  sumBit: 1.1,
  /** Flip-flops a product in the jet tagger's layers, besides what stands at their borders. */
  productRegister: 2.35,
  /** LUTs and flip-flops a multiplier of a folded layer, from the autoencoder at reuse 64, after logic synthesis. */
  foldedLuts: 330,
  foldedRegisters: 440,
  /** Cycles of a folded layer beyond its reuse factor, from the same. */
  foldedCycles: 22,
  /** LUTs a bit of an elementwise function on arrays, from the jet tagger's ReLUs: 28 for 16 bits. */
  elementBit: 1.75,
  /** Nanoseconds of a product, and of each level of sums, that let a layer of 64 inputs take one cycle of 5 ns. */
  productNs: 2,
  levelNs: 0.35,
  /** What the tool leaves of a clock period for logic. */
  usable: 0.875,
} as const

/** Operands of a DSP block (DSP48E1: 25 × 18; DSP48E2 has two bits more). */
const blockOperands = [25, 18] as const

/** A dense layer, or one window of a convolution. */
export function hlsProducts(products: HlsProducts, target: HlsTarget): OpEstimate {
  return isFolded(products.strategy, products.reuse)
    ? foldedProducts(products)
    : unrolledProducts(products, target)
}

function unrolledProducts(products: HlsProducts, { clockNs }: HlsTarget): OpEstimate {
  const { weight, inputs, inputWidth, accumulatorWidth } = products
  const used = weight.raw.filter(raw => raw !== 0n)
  const inBlocks = used.filter(raw => oddBits(raw) >= figures.blockBits)
  const additions = used
    .filter(raw => oddBits(raw) < figures.blockBits)
    .reduce((sum, raw) => sum + digitCount(raw) - 1, 0)
  const shared = products.strategy === 'distributed-arithmetic'
  const sums = used.length * accumulatorWidth * figures.sumBit
  const levels = Math.ceil(Math.log2(Math.max(2, inputs)))
  const ns = figures.productNs + figures.levelNs * levels
  return {
    lut: Math.round(sums + additions * (inputWidth + 2) + (shared ? inBlocks.length * inputWidth : 0)),
    ff: Math.round(used.length * figures.productRegister),
    dsp: shared ? 0 : inBlocks.length * blocksOf(inputWidth, weight.type.width),
    bram18: 0,
    latency: Math.max(1, Math.round(ns / (figures.usable * clockNs))) + 1,
    interval: 1,
  }
}

function foldedProducts({ weight, inputs, outputs, inputWidth, reuse }: HlsProducts): OpEstimate {
  const multipliers = Math.ceil((inputs * outputs) / reuse)
  const { width } = weight.type
  return {
    lut: Math.round(multipliers * figures.foldedLuts),
    ff: Math.round(multipliers * figures.foldedRegisters),
    dsp: multipliers * blocksOf(inputWidth, width),
    bram18: reuse > 1 ? Math.ceil((multipliers * width) / 36) * Math.ceil(reuse / 512) : 0,
    latency: reuse + figures.foldedCycles,
    interval: reuse,
  }
}

/** DSP blocks of a product of two variables; few bits are multiplied in LUTs. */
export function blocksOf(a: number, b: number): number {
  if (Math.min(a, b) < 4 || a + b < 10) return 0
  return Math.ceil(Math.max(a, b) / (blockOperands[0] + 2)) * Math.ceil(Math.min(a, b) / blockOperands[1])
}

function oddBits(raw: bigint): number {
  let odd = raw < 0n ? -raw : raw
  while (odd % 2n === 0n) odd >>= 1n
  return odd.toString(2).length
}

/** An elementwise function of so many result bits a beat. */
export function hlsElements(bits: number): OpEstimate {
  return { lut: Math.round(bits * figures.elementBit), ff: 0, dsp: 0, bram18: 0, latency: 0, interval: 1 }
}

/** Block RAMs of tables looked up in the same cycle, two to a block. */
export function hlsTables(words: number, width: number, lookups: number): number {
  const each = Math.max(1, Math.ceil((words * width) / 18_432))
  return Math.ceil(lookups / 2) * each
}

/** Beats of a tensor in a stream: everything before its last axis. */
export function beatsOf(shape: readonly number[]): number {
  return sizeOf(shape.slice(0, -1))
}
