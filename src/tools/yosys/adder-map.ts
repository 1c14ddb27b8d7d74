// Yosys maps that say what becomes of every two-operand addition and subtraction.

/** A map of `$add` and `$sub`; the body reads A and B and writes Y, and knows by SUBTRACT which it is. */
export function adderMap(body: readonly string[]): string {
  return `${[...head, ...body.map(line => (line === '' ? '' : `  ${line}`)), 'endmodule'].join('\n')}\n`
}

const head = [
  '(* techmap_celltype = "$add $sub" *)',
  'module lutra_adder (A, B, Y);',
  ...[
    'A_SIGNED = 0',
    'B_SIGNED = 0',
    'A_WIDTH = 1',
    'B_WIDTH = 1',
    'Y_WIDTH = 1',
    '_TECHMAP_CELLTYPE_ = ""',
  ].map(own => `  parameter ${own};`),
  '  localparam SUBTRACT = _TECHMAP_CELLTYPE_ == "$sub";',
  '  input [A_WIDTH-1:0] A;',
  '  input [B_WIDTH-1:0] B;',
  '  output [Y_WIDTH-1:0] Y;',
]
