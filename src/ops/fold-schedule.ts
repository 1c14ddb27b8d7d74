// Who multiplies what, when, on a folded array: n × m products on n·m / reuse multipliers, one frame every `steps`
// cycles. In each step every lane shows one input to all its multipliers, so an input costs one multiplexer a lane and
// not one a multiplier.
//
// With fewer steps than inputs (reuse < n) every output has an accumulator of its own and several lanes feed it. With
// more, one lane shows all inputs again and again, and an accumulator makes one output after another, a group each.

import type { MacSchedule } from '../rtl/mac-options.ts'
import type { Strategy } from './strategy.ts'

export interface FoldRequest {
  readonly inputs: number
  readonly outputs: number
  /** Most steps a frame may take; more than inputs · outputs changes nothing. */
  readonly reuse: number
  /** Whether input i adds anything to output j. */
  isZero(input: number, output: number): boolean
  /** The order in which every output must add its inputs; absent: any. */
  readonly order?: readonly number[]
}

/** The schedule of a matrix. Inputs that add to no output are not shown; multipliers of zeros alone are not built. */
export function foldSchedule(request: FoldRequest): MacSchedule {
  const used = usedInputs(request)
  const count = Math.max(1, used.length)
  return request.reuse < count ? wide(request, used) : narrow(request, used)
}

/** The schedule of inputs that come in order, a beat a step: an element is a lane, every output has its accumulator. */
export function beatSchedule(request: Omit<FoldRequest, 'reuse' | 'order'>, perBeat: number): MacSchedule {
  const steps = Math.ceil(request.inputs / perBeat)
  const lanes = Array.from({ length: Math.min(perBeat, request.inputs) }, (_, k) =>
    Array.from({ length: steps }, (_, r) => (r * perBeat + k < request.inputs ? r * perBeat + k : -1)),
  )
  const accumulators = Array.from({ length: request.outputs }, (_, j) => [j])
  return finish(request, { steps, stepsPerGroup: steps, groups: 1, lanes, accumulators })
}

function usedInputs({ inputs, outputs, isZero, order }: FoldRequest): number[] {
  const all = order ?? Array.from({ length: inputs }, (_, i) => i)
  return all.filter(i => Array.from({ length: outputs }, (_, j) => isZero(i, j)).includes(false))
}

/** Several lanes, each output its own accumulator. */
function wide(request: FoldRequest, used: readonly number[]): MacSchedule {
  const laneCount = Math.ceil(used.length / request.reuse)
  const steps = Math.ceil(used.length / laneCount)
  const lanes =
    request.order === undefined
      ? clusteredLanes(request, used, laneCount, steps)
      : // In order: step r shows the next inputs, lane by lane.
        Array.from({ length: laneCount }, (_, k) =>
          Array.from({ length: steps }, (_, r) => used[r * laneCount + k] ?? -1),
        )
  const accumulators = Array.from({ length: request.outputs }, (_, j) => [j])
  return finish(request, { steps, stepsPerGroup: steps, groups: 1, lanes, accumulators })
}

/** One lane that shows all inputs once a group. */
function narrow(request: FoldRequest, used: readonly number[]): MacSchedule {
  const stepsPerGroup = Math.max(1, used.length)
  const most = Math.max(1, Math.floor(request.reuse / stepsPerGroup))
  const accumulatorCount = Math.ceil(request.outputs / Math.min(most, request.outputs))
  const groups = Math.ceil(request.outputs / accumulatorCount)
  const accumulators = Array.from({ length: accumulatorCount }, (_, a) =>
    Array.from({ length: groups }, (_, q) => {
      const output = q * accumulatorCount + a
      return output < request.outputs ? output : -1
    }),
  )
  const lanes = [used.length === 0 ? [-1] : [...used]]
  return finish(request, { steps: groups * stepsPerGroup, stepsPerGroup, groups, lanes, accumulators })
}

function finish(
  { isZero }: Pick<FoldRequest, 'isZero'>,
  schedule: Omit<MacSchedule, 'multipliers'>,
): MacSchedule {
  const multipliers = schedule.lanes.flatMap((inputs, lane) =>
    schedule.accumulators.flatMap((outputs, accumulator) =>
      outputs.some(j => j >= 0 && inputs.some(i => i >= 0 && !isZero(i, j))) ? [{ lane, accumulator }] : [],
    ),
  )
  return { ...schedule, multipliers }
}

/**
 * Inputs whose zeros coincide share a lane, so that whole multipliers fall away: a lane begins with the input of most
 * zeros and takes the one that leaves it most outputs without any product, and so on. Ties take the first.
 */
function clusteredLanes(
  { outputs, isZero }: FoldRequest,
  used: readonly number[],
  laneCount: number,
  steps: number,
): number[][] {
  const zeros = new Map(used.map(i => [i, Array.from({ length: outputs }, (_, j) => isZero(i, j))]))
  const left = new Set(used)
  return Array.from({ length: laneCount }, (_, lane) => {
    const size = Math.min(steps, left.size - (laneCount - 1 - lane))
    let idle = Array.from({ length: outputs }, () => true)
    const inputs: number[] = []
    while (inputs.length < size) {
      const next = mostIdle(left, idle, zeros)
      left.delete(next)
      inputs.push(next)
      idle = idle.map((own, j) => own && zeros.get(next)![j]!)
    }
    return [...inputs, ...Array.from({ length: steps - size }, () => -1)]
  })
}

function mostIdle(
  left: ReadonlySet<number>,
  idle: readonly boolean[],
  zeros: ReadonlyMap<number, readonly boolean[]>,
): number {
  let best = -1
  let most = -1
  for (const input of left) {
    const own = zeros.get(input)!
    const count = idle.reduce((sum, still, j) => sum + (still && own[j]! ? 1 : 0), 0)
    if (count <= most) continue
    best = input
    most = count
  }
  return best
}

/** hls4ml's order of additions where it matters: the strategy's, else ascending. */
export function additionOrder(
  visit: (() => readonly number[]) | undefined,
  inputs: number,
): readonly number[] {
  return visit?.() ?? Array.from({ length: inputs }, (_, i) => i)
}

/** Whether a strategy folds its layer at this reuse factor. */
export function isFolded(strategy: Strategy, reuse: number): boolean {
  return reuse > 1 && (strategy === 'resource' || strategy === 'latency' || strategy === 'compressed')
}
