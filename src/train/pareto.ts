// Points of a plane of cost and value that no other beats in both.

/** By rising cost; of points alike the first. */
export function paretoFront<P>(
  points: readonly P[],
  costOf: (point: P) => number,
  worthOf: (point: P) => number,
): P[] {
  const sorted = [...points].sort((a, b) => costOf(a) - costOf(b) || worthOf(b) - worthOf(a))
  const front: P[] = []
  for (const point of sorted)
    if (front.length === 0 || worthOf(point) > worthOf(front.at(-1)!)) front.push(point)
  return front
}
