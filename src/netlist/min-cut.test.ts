import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFlowGraph, sink, source } from './min-cut.ts'

test('finds a cheapest cut with the fewest nodes on the source side', () => {
  const edge = fc.tuple(fc.nat(6), fc.nat(6), fc.constantFrom(1, 2, 5, Number.POSITIVE_INFINITY))
  fc.assert(
    fc.property(fc.array(edge, { maxLength: 20 }), drawn => {
      const edges = drawn.filter(([from, to]) => from !== to && from !== sink && to !== source)
      const graph = createFlowGraph()
      for (let node = 2; node < 7; node++) expect(graph.node()).toBe(node)
      for (const [from, to, capacity] of edges) graph.edge(from, to, capacity)
      const cost = (inside: (node: number) => boolean) =>
        edges.reduce((sum, [from, to, c]) => (inside(from) && !inside(to) ? sum + c : sum), 0)
      const sides = Array.from(
        { length: 32 },
        (_, mask) => (node: number) => node === source || (node > 1 && ((mask >> (node - 2)) & 1) === 1),
      )
      const least = Math.min(...sides.map(cost))
      // Without any finite cut there is nothing to find.
      if (least === Number.POSITIVE_INFINITY) return
      const size = (inside: (node: number) => boolean) => [0, 1, 2, 3, 4, 5, 6].filter(inside).length
      const fewest = Math.min(...sides.filter(side => cost(side) === least).map(size))
      const found = graph.cut()
      expect(cost(node => found[node] === 1)).toBe(least)
      expect(size(node => found[node] === 1)).toBe(fewest)
    }),
    { numRuns: 300, seed: 2 },
  )
})
