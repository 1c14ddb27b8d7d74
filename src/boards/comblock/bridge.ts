// `rtl/<project>_comblock.v`: the accelerator with the ports of a ComBlock's FIFOs and registers, and what lies between.

import { registers } from '../../rtl/axi/register-map.ts'
import type { PackageDescription } from '../package-description.ts'

/** A pin of the ComBlock, and the block's own that it is wired to. Widths in bits. */
interface BridgePin {
  readonly direction: 'input' | 'output'
  readonly name: string
  readonly width: number
  readonly core: string
}

const pin = (direction: BridgePin['direction'], name: string, core: string, width = 1): BridgePin => ({
  direction,
  name,
  width,
  core,
})

/** Register k of the map goes to IREGk; OREG0 is CONTROL, which IREG0 reads back. */
const registerPins: readonly BridgePin[] = [
  pin('input', 'oreg0', 'reg0_o', 32),
  ...registers.map(({ address }) => pin('output', `ireg${address / 4}`, `reg${address / 4}_i`, 32)),
]

/** All pins by which the block hangs on the ComBlock. */
export const bridgePins: readonly BridgePin[] = [
  pin('output', 'fifo_clear', 'fifo_clear_i'),
  pin('output', 'out_fifo_re', 'fifo_re_i'),
  pin('input', 'out_fifo_data', 'fifo_data_o', 32),
  pin('input', 'out_fifo_valid', 'fifo_valid_o'),
  pin('input', 'out_fifo_empty', 'fifo_empty_o'),
  pin('output', 'in_fifo_we', 'fifo_we_i'),
  pin('output', 'in_fifo_data', 'fifo_data_i', 32),
  pin('input', 'in_fifo_full', 'fifo_full_o'),
  pin('input', 'in_fifo_afull', 'fifo_afull_o'),
  ...registerPins,
]

/** `<project>_comblock`, the block that is packaged for a board with a ComBlock. */
export function comblockTop({ project }: Pick<PackageDescription, 'project'>): string {
  return `${project}_comblock`
}

/** Its path in the package. */
export function comblockPath(description: Pick<PackageDescription, 'project'>): string {
  return `rtl/${comblockTop(description)}.v`
}

/** Verilog of `<project>_comblock`: one clock, the ComBlock's FIFO clock and the register port's. */
export function printComblock(description: PackageDescription): string {
  const { project, board, buildHash } = description
  return `// ${project} for ${board.title} behind a ComBlock: its FIFOs to the accelerator's streams. Build ${buildHash}.

\`default_nettype none

module ${comblockTop(description)} (
  (* X_INTERFACE_INFO = "xilinx.com:signal:clock:1.0 aclk CLK" *)
  (* X_INTERFACE_PARAMETER = "ASSOCIATED_RESET aresetn" *)
  input wire aclk,
  (* X_INTERFACE_INFO = "xilinx.com:signal:reset:1.0 aresetn RST" *)
  (* X_INTERFACE_PARAMETER = "POLARITY ACTIVE_LOW" *)
  input wire aresetn,
${bridgePins.map(portLine).join(',\n')}
);

  // The FIFOs are never cleared from here: each side of a FIFO has a pointer of its own, and a clear of one side alone
  // would leave them apart.
  assign fifo_clear = 1'b0;

${reading}
${writing}
${accelerator(project)}
endmodule

\`default_nettype wire
`
}

function portLine({ direction, name, width }: BridgePin): string {
  return `  ${direction} wire ${width === 1 ? '' : `[${width - 1}:0] `}${name}`
}

/**
 * The FIFO answers a cycle after a read, or two with an output register. A read is counted as on its way for two cycles
 * whatever comes of it, so that four places hold all that can still come, at full rate.
 */
const reading = `  // From the processor: OUT_FIFO, whose word comes with valid a cycle or two after a read. A read is made where the
  // four places below hold what is there and all that may be on its way.
  reg [31:0] places [0:3];
  reg [1:0] first = 2'd0;
  reg [2:0] kept = 3'd0;
  reg [1:0] asked = 2'b00;
  reg waiting = 1'b0;
  wire s_ready;
  wire s_valid = kept != 3'd0;
  wire taken = s_valid && s_ready;
  wire [1:0] free = first + kept[1:0];
  wire [2:0] promised = kept + {2'b00, asked[0]} + {2'b00, asked[1]};
  // The flag of the cycle before: the FIFO's own follows the read in the same cycle.
  assign out_fifo_re = waiting && promised < 3'd4;
  always @(posedge aclk) begin
    waiting <= !out_fifo_empty;
    if (out_fifo_valid) places[free] <= out_fifo_data;
    if (!aresetn) begin
      first <= 2'd0;
      kept <= 3'd0;
      asked <= 2'b00;
    end else begin
      asked <= {asked[0], out_fifo_re};
      kept <= kept + {2'b00, out_fifo_valid} - {2'b00, taken};
      if (taken) first <= first + 2'd1;
    end
  end
`

const writing = `  // To the processor: IN_FIFO, which takes a word whenever it was not almost full a cycle before.
  reg stopped = 1'b1;
  wire m_valid;
  wire m_ready = !stopped;
  assign in_fifo_we = m_valid && m_ready;
  always @(posedge aclk) stopped <= !aresetn || in_fifo_afull || in_fifo_full;
`

function accelerator(project: string): string {
  const flat = registers.filter(({ address }) => address !== 0)
  return `  // Frames are counted by words: a FIFO carries no mark of a last one.
  wire m_last;
  wire [3:0] m_keep;
  assign ireg0 = oreg0;
  ${project}_accel accelerator (
    .aclk(aclk),
    .aresetn(aresetn),
    .s_axis_tdata(places[first]),
    .s_axis_tvalid(s_valid),
    .s_axis_tready(s_ready),
    .s_axis_tlast(1'b0),
    .m_axis_tdata(in_fifo_data),
    .m_axis_tvalid(m_valid),
    .m_axis_tready(m_ready),
    .m_axis_tlast(m_last),
    .m_axis_tkeep(m_keep),
    .control(oreg0),
${flat.map(({ name, address }) => `    .${name.toLowerCase()}(ireg${address / 4})`).join(',\n')}
  );`
}
