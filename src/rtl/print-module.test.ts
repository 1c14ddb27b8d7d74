import { describe, expect, it } from 'vitest'
import { fixedType } from '../fixed/types.ts'
import { createBuilder } from '../netlist/builder.ts'
import type { Net } from '../netlist/netlist.ts'
import type { RtlModule } from './module.ts'
import { printVerilog, printVerilogProject } from './print-module.ts'

const byte = fixedType(true, 8, 3)

function moduleOf(
  name: string,
  build: (b: ReturnType<typeof createBuilder>, x: Net) => Net,
  input = byte,
): RtlModule {
  const b = createBuilder()
  b.layer('fc1')
  const x = b.input('x', input)
  const y = build(b, x)
  return {
    name,
    summary: 'Made for a test',
    ports: [
      { name: 'x', direction: 'in', elements: [{ net: x, type: input }] },
      { name: 'y', direction: 'out', elements: [{ net: y, type: b.type(y) }] },
    ],
    netlist: b.finish(),
    instances: [],
  }
}

describe('printVerilog', () => {
  it('prints adders at their natural width and registers in groups', () => {
    const module = moduleOf('fc1', (b, x) => {
      const sum = b.name(b.add(x, x, 2), 'acc_3')
      const held = b.register(sum)
      return b.mul(held, b.register(x, { reset: 1n }))
    })
    expect(printVerilog(module)['fc1.v']).toBe(`// fc1: Made for a test
//
// Ports, element 0 in the lowest bits:
//   in  x: 1 x fixed<8,5>
//   out y: 1 x fixed<18,12>

\`default_nettype none

module fc1 (
  input wire clk,
  input wire rst,
  input wire [7:0] x,
  output wire [17:0] y
);

  reg [7:0] x_q;
  reg [10:0] acc_3_q;
  wire [10:0] acc_3;
  wire [17:0] fc1_mul4;

  assign acc_3 = {{{3{x[7]}}, x[7:2]} + {x[7], x}, x[1:0]};
  assign fc1_mul4 = $signed(acc_3_q) * $signed(x_q);

  always @(posedge clk) begin
    acc_3_q <= acc_3;
  end

  always @(posedge clk) begin
    if (rst) begin
      x_q <= 8'd1;
    end else begin
      x_q <= x;
    end
  end

  assign y = fc1_mul4;

endmodule

\`default_nettype wire
`)
  })

  it('renames keywords and names that would meet', () => {
    const module = moduleOf('m', (b, x) => {
      const first = b.name(b.negate(x), 'reg')
      const second = b.name(b.add(x, x), 'x')
      return b.add(first, b.name(b.add(first, second), 'a[3].b'))
    })
    const text = printVerilog(module)['m.v']!
    expect(text).toMatch(/assign reg_1 = -\{x\[7\], x\};/)
    expect(text).toMatch(/assign x_2 = /)
    expect(text).toMatch(/assign a_3_b = /)
  })

  it('reads a large table behind a register from a memory image, in the register itself', () => {
    const values = Array.from({ length: 512 }, (_, k) => BigInt(k % 100) - 50n)
    const module = moduleOf(
      'exp',
      (b, x) => b.register(b.table(x, { name: 'exp_table', first: -256n, values, frac: 4 })),
      fixedType(true, 9, 0),
    )
    const { files, top } = printVerilogProject(module)
    expect(Object.keys(files)).toEqual(['exp.v', 'exp_exp_table.mem'])
    expect(top.tablePath).toBe(true)
    expect(files['exp.v']).toMatch(/parameter TABLE_PATH = ".\/"/)
    expect(files['exp.v']).toMatch(/reg \[6:0\] exp_table \[0:511\];/)
    expect(files['exp.v']).toMatch(/initial \$readmemh\(\{TABLE_PATH, "exp_exp_table.mem"\}, exp_table\);/)
    expect(files['exp.v']).toMatch(
      /always @\(posedge clk\) begin\n {4}fc1_table1_q <= exp_table\[x\];\n {2}end/,
    )
    const words = files['exp_exp_table.mem']!.trim().split('\n')
    // Word 0 is index 0, which is value 256 of the list: 56 − 50; the last word is index −1.
    expect([words.length, words[0], words[511]]).toEqual([512, '06', '05'])
  })

  it('leaves out ports, elements and cells without bits or use', () => {
    const b = createBuilder()
    const none = b.input('none', fixedType(false, 0, 0))
    const x = b.input('x', byte)
    b.mul(x, x)
    const constant = b.constant(5n, 0)
    const module: RtlModule = {
      name: 'thin',
      summary: '',
      ports: [
        { name: 'none', direction: 'in', elements: [{ net: none, type: fixedType(false, 0, 0) }] },
        { name: 'x', direction: 'in', elements: [{ net: x, type: byte }] },
        {
          name: 'y',
          direction: 'out',
          elements: [
            { net: constant, type: fixedType(true, 6, 2) },
            { net: none, type: fixedType(false, 0, 0) },
            { net: x, type: fixedType(true, 10, 4) },
          ],
        },
      ],
      netlist: b.finish(),
      instances: [],
    }
    const text = printVerilog(module)['thin.v']!
    expect(text).toContain("assign y = {x[7], x, 1'd0, 6'd20};")
    expect(text).not.toMatch(/mul|input wire none/)
    expect(text).toContain('none (no bits, left out)')
  })

  it('gives modules of one name files of their own, and equal input equal text', () => {
    const b = createBuilder()
    const x = b.input('x', byte)
    const twice = [1, 2].map(shift => moduleOf('Layer', (inner, net) => inner.add(net, net, shift)))
    const nets = twice.map(module => {
      const { type } = module.ports[1]!.elements[0]!
      return b.instanceOutput({
        min: -(1n << BigInt(type.width - 1)),
        max: (1n << BigInt(type.width - 1)) - 1n,
        frac: type.frac,
      })
    })
    const top: RtlModule = {
      name: 'layer',
      summary: '',
      ports: [
        { name: 'x', direction: 'in', elements: [{ net: x, type: byte }] },
        {
          name: 'y',
          direction: 'out',
          elements: nets.map((net, k) => ({ net, type: twice[k]!.ports[1]!.elements[0]!.type })),
        },
      ],
      netlist: b.finish(),
      instances: twice.map((module, k) => ({
        name: 'u',
        module,
        inputs: { x: [x] },
        outputs: { y: [nets[k]!] },
      })),
    }
    const files = printVerilog(top)
    expect(Object.keys(files)).toEqual(['Layer_2.v', 'Layer_3.v', 'layer.v'])
    expect(files['layer.v']).toMatch(/Layer_3 u_2 \(\n {4}\.x\(x\),\n {4}\.y\(u_2_y\)\n {2}\);/)
    expect(printVerilog(top)).toEqual(files)
  })
})
