// A test bench around `<project>_comblock`: FIFOs as the core has them, an accelerator that stalls at random, a processor
// that writes and reads at random.

import { registers } from '../../../rtl/axi/register-map.ts'

export interface BenchOptions {
  readonly project: string
  /** Words of each FIFO. */
  readonly depth: number
  /** Cycles from a read to its word: 1, or 2 with the FIFO's output register. */
  readonly latency: 1 | 2
  /** Whether `full`, `afull` and `empty` follow the enables of the same cycle, as in FPGALIB's, or come from registers. */
  readonly direct: boolean
  readonly words: number
  /** Of 16: how often each of processor writing, accelerator taking, accelerator giving, processor reading goes on. */
  readonly pace: readonly [write: number, take: number, give: number, read: number]
}

/**
 * A FIFO in its own words: pointers with one more bit, the other side's seen two cycles later as through synchronisers,
 * guarded by the flags of the cycle before.
 */
const fifo = `
module model_fifo #(parameter DEPTH = 16, LATENCY = 1, DIRECT = 1, OFFSET = 4) (
  input wire clk, input wire we, input wire [31:0] din, output wire full, output wire afull, output wire overflow,
  input wire re, output wire [31:0] dout, output wire valid, output wire empty, output wire underflow
);
  reg [31:0] memory [0:DEPTH-1];
  integer wr = 0, rd = 0, wr1 = 0, wr2 = 0, rd1 = 0, rd2 = 0;
  reg full_q = 0, empty_q = 1;
  reg [31:0] d1 = 0, d2 = 0;
  reg v1 = 0, v2 = 0;
  wire wen = we && !full_q;
  wire ren = re && !empty_q;
  wire full_now = wr + wen - rd2 == DEPTH;
  wire afull_now = wr + wen - rd2 >= DEPTH - OFFSET;
  wire empty_now = wr2 - (rd + ren) == 0;
  reg afull_q = 0;
  assign full = DIRECT ? full_now : full_q;
  assign afull = DIRECT ? afull_now : afull_q;
  assign empty = DIRECT ? empty_now : empty_q;
  assign overflow = we && full_q;
  assign underflow = re && empty_q;
  assign dout = LATENCY == 1 ? d1 : d2;
  assign valid = LATENCY == 1 ? v1 : v2;
  always @(posedge clk) begin
    if (wen) memory[wr % DEPTH] <= din;
    if (ren) d1 <= memory[rd % DEPTH];
    d2 <= d1; v1 <= ren; v2 <= v1;
    wr <= wr + wen; rd <= rd + ren;
    wr1 <= wr; wr2 <= wr1; rd1 <= rd; rd2 <= rd1;
    full_q <= full_now; empty_q <= empty_now; afull_q <= afull_now;
  end
endmodule
`

export interface WholeOptions extends Pick<BenchOptions, 'project' | 'depth' | 'latency' | 'pace'> {
  /** Words of frames in, and those that should come. */
  readonly sent: readonly number[]
  readonly expected: readonly number[]
}

/** The same around a real accelerator: words from `sent.hex`, compared with `expected.hex`. */
export function wholeBench({ project, depth, latency, pace, sent, expected }: WholeOptions): string {
  const wires = registers.map(({ address }) => `ireg${address / 4}`)
  return `\`timescale 1ns/1ps
${fifo}
module bench;
  reg clk = 0, resetn = 0;
  always #5 clk = !clk;
  wire clear, re, valid, empty, we, full, afull, over_in, over_out, under_in, under_out, back_valid, back_empty;
  wire [31:0] from, to, back;
  wire [31:0] ${wires.join(', ')};
  reg [31:0] sent [0:${sent.length - 1}];
  reg [31:0] expected [0:${expected.length - 1}];
  initial begin $readmemh("sent.hex", sent); $readmemh("expected.hex", expected); end
  reg write = 0, read = 0;
  reg [31:0] control = 0, word = 0;
  integer next = 0, received = 0, cycles = 0, seed = 5;
  model_fifo #(${depth}, ${latency}, 1) out_fifo (.clk(clk), .we(write), .din(word), .full(), .afull(),
    .overflow(over_out), .re(re), .dout(from), .valid(valid), .empty(empty), .underflow(under_out));
  model_fifo #(${depth}, 1, 1) in_fifo (.clk(clk), .we(we), .din(to), .full(full), .afull(afull), .overflow(over_in),
    .re(read), .dout(back), .valid(back_valid), .empty(back_empty), .underflow(under_in));
  ${project}_comblock dut (.aclk(clk), .aresetn(resetn), .fifo_clear(clear), .out_fifo_re(re), .out_fifo_data(from),
    .out_fifo_valid(valid), .out_fifo_empty(empty), .in_fifo_we(we), .in_fifo_data(to), .in_fifo_full(full),
    .in_fifo_afull(afull), .oreg0(control), ${wires.map(name => `.${name}(${name})`).join(', ')});
  always @(posedge clk) begin
    cycles <= cycles + 1;
    resetn <= cycles > 4;
    control <= cycles > 200;
    if (cycles == 190 && ireg4 !== 0) begin $display("a frame before start"); $finish; end
    write <= 0;
    if (cycles > 8 && next < ${sent.length} && !out_fifo.full_now && $unsigned($random(seed)) % 16 < ${pace[0]}) begin
      write <= 1; word <= sent[next]; next <= next + 1;
    end
    read <= !in_fifo.empty_now && $unsigned($random(seed)) % 16 < ${pace[3]};
    if (over_out || over_in) begin $display("overflow"); $finish; end
    if (back_valid) begin
      if (back !== expected[received]) begin $display("word %0d is %h, not %h", received, back, expected[received]); $finish; end
      received <= received + 1;
    end
    if (received == ${expected.length} && cycles % 64 == 0) begin
      $display("DONE %0d words; %0d frames in, %0d out; status %0d; hash %h%h; id %h; control %0d", received, ireg4, ireg5,
        ireg1, ireg3, ireg2, ireg11, ireg0);
      $finish;
    end
    if (cycles > ${(sent.length + expected.length) * 40 + 10000}) begin $display("hangs after %0d words", received); $finish; end
  end
endmodule
`
}

/** Echoes words, each inverted, through two places; takes and gives at random. */
function stub({ project, pace }: BenchOptions): string {
  const flat = registers.filter(({ address }) => address !== 0)
  return `
module ${project}_accel (
  input wire aclk, input wire aresetn,
  input wire [31:0] s_axis_tdata, input wire s_axis_tvalid, output wire s_axis_tready, input wire s_axis_tlast,
  output wire [31:0] m_axis_tdata, output wire m_axis_tvalid, input wire m_axis_tready,
  output wire m_axis_tlast, output wire [3:0] m_axis_tkeep,
  input wire [31:0] control,
${flat.map(({ name }) => `  output wire [31:0] ${name.toLowerCase()}`).join(',\n')}
);
  reg [31:0] queue [0:7];
  integer put = 0, got = 0;
  reg takes = 0, gives = 0;
  // An offer stands until it is taken, as streams demand.
  assign s_axis_tready = takes && put - got < 8;
  assign m_axis_tvalid = gives && put != got;
  assign m_axis_tdata = queue[got % 8];
  assign m_axis_tlast = 0;
  assign m_axis_tkeep = 15;
${flat.map(({ name, address }) => `  assign ${name.toLowerCase()} = ${address === 4 ? 'control + 1' : address};`).join('\n')}
  integer seed = 7;
  always @(posedge aclk) begin
    takes <= $unsigned($random(seed)) % 16 < ${pace[1]};
    if (!m_axis_tvalid || m_axis_tready) gives <= $unsigned($random(seed)) % 16 < ${pace[2]};
    if (s_axis_tvalid && s_axis_tready) begin queue[put % 8] <= ~s_axis_tdata; put <= put + 1; end
    if (m_axis_tvalid && m_axis_tready) got <= got + 1;
    if (s_axis_tlast) $fatal(1, "a last word");
  end
endmodule
`
}

/** Verilog that ends with `DONE <words> <cycles> <underflows>`, or with what went wrong. */
export function benchVerilog(options: BenchOptions): string {
  const { project, depth, latency, direct, words, pace } = options
  const wires = registers.map(({ address }) => `ireg${address / 4}`)
  return `\`timescale 1ns/1ps
${fifo}
${stub(options)}
module bench;
  reg clk = 0, resetn = 0;
  always #5 clk = !clk;
  wire clear, re, valid, empty, we, full, afull, over_in, over_out, under_in, under_out, out_full, back_valid, back_empty;
  wire [31:0] from, to, back;
  wire [31:0] ${wires.join(', ')};
  reg write = 0, read = 0;
  reg [31:0] sent = 0;
  integer received = 0, cycles = 0, underflows = 0, seed = 3;
  // A processor looks before it writes and before it reads; it writes nothing beyond what there is room for.
  integer level = 0;
  model_fifo #(depth, ${latency}, ${direct ? 1 : 0}) out_fifo (.clk(clk), .we(write), .din(sent), .full(out_full), .afull(),
    .overflow(over_out), .re(re), .dout(from), .valid(valid), .empty(empty), .underflow(under_out));
  model_fifo #(depth, 1, 1) in_fifo (.clk(clk), .we(we), .din(to), .full(full), .afull(afull), .overflow(over_in),
    .re(read), .dout(back), .valid(back_valid), .empty(back_empty), .underflow(under_in));
  localparam depth = ${depth};
  ${project}_comblock dut (.aclk(clk), .aresetn(resetn), .fifo_clear(clear), .out_fifo_re(re), .out_fifo_data(from),
    .out_fifo_valid(valid), .out_fifo_empty(empty), .in_fifo_we(we), .in_fifo_data(to), .in_fifo_full(full),
    .in_fifo_afull(afull), .oreg0(32'h5), ${wires.map(name => `.${name}(${name})`).join(', ')});
  always @(posedge clk) begin
    cycles <= cycles + 1;
    resetn <= cycles > 4;
    if (write) begin sent <= sent + 1; end
    write <= cycles > 8 && sent + write < ${words} && !out_fifo.full_now && $unsigned($random(seed)) % 16 < ${pace[0]};
    read <= !in_fifo.empty_now && $unsigned($random(seed)) % 16 < ${pace[3]};
    if (over_out) begin $display("the processor overflows"); $finish; end
    if (over_in) begin $display("overflow after %0d words", received); $finish; end
    if (under_out) underflows <= underflows + 1;
    if (clear) begin $display("a clear"); $finish; end
    if (back_valid) begin
      if (back !== ~received) begin $display("word %0d is %h", received, ~back); $finish; end
      received <= received + 1;
    end
    if (received == ${words}) begin
      if (${wires.map((name, k) => `${name} !== 32'd${k === 0 ? 5 : k === 1 ? 6 : 4 * k}`).join(' || ')}) $display("registers");
      $display("DONE %0d %0d %0d", received, cycles, underflows);
      $finish;
    end
    if (cycles > ${words * 80 + 1000}) begin $display("hangs after %0d words", received); $finish; end
  end
endmodule
`
}
