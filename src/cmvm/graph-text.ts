// An adder graph as JSON, for other programs: {inputs: [{min, max, frac}], ops: [{a, b, shift, sub}],
// outputs: [{node, shift, neg} or null]}. Op k is node n_in + k = a ± b·2^shift; an output is ±node·2^shift.
// An input with min = max is a constant. Integers are written whole, however long.

import type { AdderGraph } from '../netlist/adder-graph.ts'

/** The JSON text, an op a line. */
export function printAdderGraph({ inputs, ops, outputs }: AdderGraph): string {
  return [
    '{',
    ` "inputs": ${list(inputs.map(({ min, max, frac }) => `{"min": ${min}, "max": ${max}, "frac": ${frac}}`))},`,
    ` "ops": ${list(ops.map(({ a, b, shift, sub }) => `{"a": ${a}, "b": ${b}, "shift": ${shift}, "sub": ${sub}}`))},`,
    ` "outputs": ${list(outputs.map(out => (out === null ? 'null' : `{"node": ${out.node}, "shift": ${out.shift}, "neg": ${out.neg}}`)))}`,
    '}',
    '',
  ].join('\n')
}

function list(items: readonly string[]): string {
  return items.length === 0 ? '[]' : `[\n  ${items.join(',\n  ')}\n ]`
}
