// The road to a card step by step, with the package's own names.

import type { PackageDescription } from '../package-description.ts'
import { rowsText } from '../rows-text.ts'
import { platformOf } from './build.ts'
import { rowsFile } from './golden-words.ts'
import { kernelName, unitName } from './kernel.ts'

/** Markdown, a section of a page of the package; `folder` is where the card's files lie within the package. */
export function alveoSteps(description: PackageDescription, folder: string): string {
  const { project, clockMhz, buildHash } = description
  const { name, memory } = platformOf(description)
  const kernel = kernelName(description)
  return `## On the card

Needs Vitis (for \`v++\` and Vivado), XRT, and the development files of the platform \`${name}\`; \`platforminfo -l\` lists what is there. Another platform goes with \`PLATFORM=\`.

1. **Export the kernel and link it.** In \`${folder}/\`, with Vitis and XRT set up (\`source …/settings64.sh\`, \`source /opt/xilinx/xrt/setup.sh\`):

   \`\`\`
   cd ${folder}
   make xclbin
   \`\`\`

   \`package_kernel.tcl\` packages \`${kernel}\` (registers on \`s_axi_control\`, memory on \`m_axi_gmem\`; \`kernel.xml\` says which) as \`build/${kernel}.xo\`; \`v++\` links one compute unit, \`${unitName(description)}\`, with its frames in \`${memory}\`, at ${clockMhz} MHz, into \`build/${project}.hw.xclbin\`. Linking takes hours. \`make TARGET=hw_emu xclbin\` links for emulation instead.
2. **Run the golden data, in Python.**

   \`\`\`
   python3 alveo_driver.py build/${project}.hw.xclbin ../data
   \`\`\`

   \`y_test.npy\` is what the bit-accurate emulator gives: the card must give the same. From a program of yours:

   \`\`\`python
   import numpy as np
   from alveo_driver import AlveoDriver
   X, y = np.load('../data/X_test.npy'), np.load('../data/y_test.npy')
   nn = AlveoDriver('build/${project}.hw.xclbin', X.shape, y.shape)
   y_hw, seconds, rate = nn.predict(X, profile=True)
   assert (y_hw == y).all()
   \`\`\`

   \`X\` may have any number of rows at every call. ${rowsText(description)} A run that does not end is given up (\`AcceleratorTimeout\`).
3. **Or in C++.**

   \`\`\`
   make host
   build/host build/${project}.hw.xclbin ${rowsFile(description)} y_words.bin
   \`\`\`

   It compares word by word, prints the first that differ, frames per second with transfers, and the kernel’s own count of cycles per frame.

An \`.xclbin\` of another build than \`${buildHash}\` is refused: its compute unit has another name, and where XRT lets a host read registers (C++; Python up to XRT 2.14), the hash in them is compared too. Reading registers needs the kernel for one program alone, so the hosts open it exclusively.
`
}
