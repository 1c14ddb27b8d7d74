// The PYNQ road step by step, with the package's own names.

import type { PackageDescription } from '../package-description.ts'
import { rowsText } from '../rows-text.ts'
import { driverFile } from './driver.ts'

/** Boards for which PYNQ or Kria-PYNQ images are published, by what the steps call them. */
const images: Readonly<Record<string, string>> = {
  'pynq-z1': 'the PYNQ image for PYNQ-Z1',
  'pynq-z2': 'the PYNQ image for PYNQ-Z2',
  zcu104: 'the PYNQ image for ZCU104',
  ultra96v2: 'the PYNQ image for Ultra96-V2',
  'aup-zu3': 'the PYNQ image for AUP-ZU3',
  kv260: 'Ubuntu for Kria with Kria-PYNQ installed',
}

/**
 * Markdown, a section of a package's README. `folder` is where the notebook, the driver and the data lie within the
 * package, `bitstream` the path of the `.bit` without its ending.
 */
export function pynqSteps(description: PackageDescription, folder: string, bitstream: string): string {
  const { project, board, buildHash, input, output } = description
  const image =
    images[board.name] ??
    'a Linux image with PYNQ (none is published for this board: build one with PYNQ’s sdbuild)'
  const shape = (own: readonly number[]) => `(rows, ${own.join(', ')})`
  return `## On the board, with PYNQ

1. **Initialise the board.** Write ${image} to the SD card, set the board to boot from it, and connect it by Ethernet or USB. Jupyter answers at \`http://pynq:9090\` or, on a direct cable, \`http://192.168.2.99:9090\` (USB: \`http://192.168.3.1:9090\`); user and password are \`xilinx\` unless you changed them.
2. **Upload.** The bitstream and all of \`${folder}\` into one folder of the board:

   \`\`\`
   ssh xilinx@192.168.2.99 mkdir -p jupyter_notebooks/${project}
   scp ${bitstream}.bit ${bitstream}.hwh ${folder}/* xilinx@192.168.2.99:jupyter_notebooks/${project}/
   \`\`\`

3. **Python.** Open \`${project}/${project}.ipynb\` in Jupyter, or on a terminal of the board (\`sudo -i\`, since the logic is loaded as root):

   \`\`\`python
   import numpy as np
   from ${driverFile(description).replace('.py', '')} import NeuralNetworkOverlay
   X, y = np.load('X_test.npy'), np.load('y_test.npy')
   nn = NeuralNetworkOverlay('${project}.bit', X.shape, y.shape)
   \`\`\`

   A bitstream of another build than \`${buildHash}\` is refused here.
4. **Run.**

   \`\`\`python
   y_hw, seconds, rate = nn.predict(X, profile=True)
   assert (y_hw == y).all()
   \`\`\`

   \`X\` is ${shape(input.shape)}, \`y\` ${shape(output.shape)}, any number of rows at every call. ${rowsText(description)} \`y_test.npy\` is what the bit-accurate emulator gives: the board must give the same. \`nn.cycles()\` reads the accelerator’s own counters. What hangs ends with \`AcceleratorTimeout\`, which says how many frames came and went; \`predict\` can be called again after it.
5. **Or from your own machine**, steps 2 to 4 in one, by a key that the board knows; the second line compares it with every other road:

   \`\`\`
   lutra deploy . --host 192.168.2.99 --user xilinx --run
   lutra assess . --host 192.168.2.99 --user xilinx
   \`\`\`
`
}
