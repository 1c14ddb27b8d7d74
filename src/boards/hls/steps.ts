// The page of the folder with the HLS project.

import type { PackageDescription } from '../package-description.ts'

export function hlsSteps({ project, board, buildHash }: PackageDescription): string {
  return `# ${project} on ${board.title}, as an IP of Vitis HLS

The same network as C++, in a folder of its own beside the rest of the package, whose Verilog it does not use.

1. **C++ to an IP**, in this folder:

   \`\`\`
   vitis_hls -f build_hls.tcl
   \`\`\`

   \`${project}_axi.cpp\` is the top function: words of 32 bits on \`s_axis\` and \`m_axis\`, free-running (\`ap_ctrl_none\`). The IP, \`xilinx.com:hls:${project}_axi:1.0\`, is left in \`ip/\`, the report of C synthesis in \`reports/\`.
2. **Bitstream**, with the same block design as for Lutra's own IP:

   \`\`\`
   vivado -mode batch -source vivado/project.tcl
   \`\`\`

   It leaves \`hw/${project}.bit\`, \`hw/${project}.hwh\` and \`hw/${project}.xsa\` here.
3. **Run** with \`axi_stream_driver.py\` of this folder and the golden data and notebook of \`../pynq\`: the same \`NeuralNetworkOverlay(…).predict(X)\`.

What it has not: registers. So there is no build hash to compare (the bitstream's \`USR_ACCESS\` has the upper half of \`${buildHash}\`, readable by JTAG), no counters (\`nn.cycles()\`), no flags for short or long frames, and after a transfer that hangs the bitstream must be loaded again. The C++ has no pragmas but the wrapper's: how much is unrolled and pipelined is the tool's choice, and its latency is what its report says.
`
}
