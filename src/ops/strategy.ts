// How a layer of products may be built: hls4ml's strategies and reuse factor.

import { type ChoiceDefinition, type Refusal, refuse } from './definition.ts'

export const reuseFactorChoice: ChoiceDefinition = {
  key: 'ReuseFactor',
  summary: 'how often a multiplier is used per result',
  default: 1,
  check: { kind: 'integer', min: 1, max: 1 << 24 },
}

/** `Unrolled` is what hls4ml's documentation says and `Resource_Unrolled` what its code reads. */
export const strategyChoice: ChoiceDefinition = {
  key: 'Strategy',
  summary: 'how products are built',
  default: 'Latency',
  check: {
    kind: 'word',
    words: [
      'Latency',
      'Resource',
      'Resource_Unrolled',
      'Unrolled',
      'Distributed_Arithmetic',
      'DA',
      'Compressed',
    ],
  },
}

export type Strategy = 'latency' | 'resource' | 'unrolled' | 'distributed-arithmetic' | 'compressed'

/** The strategy behind a spelling. */
export function strategyOf(choice: unknown): Strategy {
  switch (String(choice).toLowerCase().replace(/_/g, '')) {
    case 'resource':
      return 'resource'
    case 'resourceunrolled':
    case 'unrolled':
      return 'unrolled'
    case 'distributedarithmetic':
    case 'da':
      return 'distributed-arithmetic'
    case 'compressed':
      return 'compressed'
    default:
      return 'latency'
  }
}

/** Whether products are visited turn by turn; unrolled, a single turn is the order of latency. */
export function isInTurns(strategy: Strategy, reuse: number): boolean {
  return strategy === 'resource' || (strategy === 'unrolled' && reuse > 1)
}

/** Whether hls4ml can build a reuse factor for n_in × n_out products (fpga_backend, `_validate_reuse_factor`). */
export function isLegalReuse(inputs: number, outputs: number, reuse: number): boolean {
  const perCall = Math.min(inputs, reuse)
  const multipliers = Math.ceil((inputs * outputs) / perCall)
  return (
    (multipliers % outputs === 0 || reuse >= inputs) &&
    (reuse % inputs === 0 || reuse < inputs) &&
    (inputs * outputs) % reuse === 0
  )
}

/** Why a C++ kernel does not take a reuse factor, with the nearest that it takes; undefined where it does. */
export function refuseReuse(
  name: string,
  inputs: number,
  outputs: number,
  reuse: number,
): Refusal | undefined {
  if (isLegalReuse(inputs, outputs, reuse)) return undefined
  const legal = Array.from({ length: inputs * outputs }, (_, k) => k + 1).filter(factor =>
    isLegalReuse(inputs, outputs, factor),
  )
  const near = [legal.findLast(factor => factor < reuse), legal.find(factor => factor > reuse)]
  return refuse(
    'hls/reuse-factor',
    `a ${name} of ${reuse} does not divide ${inputs} × ${outputs} products into equal turns; ${near.filter(factor => factor !== undefined).join(' and ')} ${near.includes(undefined) ? 'does' : 'do'}`,
  )
}

/** The legal reuse factor nearest to the one asked, the smaller of two equally near, as hls4ml snaps it. */
export function nearestLegalReuse(inputs: number, outputs: number, reuse: number): number {
  let best = 1
  for (let candidate = 1; candidate <= inputs * outputs; candidate++) {
    if (!isLegalReuse(inputs, outputs, candidate)) continue
    if (Math.abs(candidate - reuse) < Math.abs(best - reuse)) best = candidate
  }
  return best
}
