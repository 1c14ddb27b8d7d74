// A priority queue of numbers: highest score first, equal scores by lowest key, so that the order is always the same.

export interface ScoreQueue {
  scores: Float64Array
  keys: Int32Array
  size: number
}

export const emptyQueue = (): ScoreQueue => ({
  scores: new Float64Array(1 << 10),
  keys: new Int32Array(1 << 10),
  size: 0,
})

export function pushScore(queue: ScoreQueue, score: number, key: number): void {
  if (queue.size === queue.keys.length) grow(queue)
  let at = queue.size++
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!isBefore(score, key, queue, parent)) break
    move(queue, parent, at)
    at = parent
  }
  queue.scores[at] = score
  queue.keys[at] = key
}

/** Removes the first entry; its score and key stand at 0 before the call. */
export function popScore(queue: ScoreQueue): void {
  const last = --queue.size
  const score = queue.scores[last]!
  const key = queue.keys[last]!
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= last) break
    if (child + 1 < last && isBefore(queue.scores[child + 1]!, queue.keys[child + 1]!, queue, child)) child++
    if (isBefore(score, key, queue, child)) break
    move(queue, child, at)
    at = child
  }
  queue.scores[at] = score
  queue.keys[at] = key
}

function isBefore(score: number, key: number, { scores, keys }: ScoreQueue, other: number): boolean {
  return score > scores[other]! || (score === scores[other] && key < keys[other]!)
}

function move({ scores, keys }: ScoreQueue, from: number, to: number): void {
  scores[to] = scores[from]!
  keys[to] = keys[from]!
}

function grow(queue: ScoreQueue): void {
  const scores = new Float64Array(2 * queue.size)
  const keys = new Int32Array(2 * queue.size)
  scores.set(queue.scores)
  keys.set(queue.keys)
  queue.scores = scores
  queue.keys = keys
}
