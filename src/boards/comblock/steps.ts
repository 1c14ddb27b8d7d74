// The roads to a ComBlock step by step, with the package's own names: a node of a HyperFPGA, a board over TCP.

import type { PackageDescription } from '../package-description.ts'
import { rowsText } from '../rows-text.ts'
import { firmwareFile, hyperfpgaModel } from './cluster-python.ts'
import { comblockIp, fifoDepths } from './fifos.ts'

/** Markdown, sections of a package's README; empty where there is no ComBlock. */
export function comblockSteps(description: PackageDescription): string {
  if (description.link !== 'comblock') return ''
  const roads = [
    wiring(description),
    ...(hyperfpgaModel(description) === undefined ? [] : [cluster(description)]),
    ...(description.board.kind === 'fpga' ? [] : [ownProcessor(description), overTcp(description)]),
  ]
  return roads.join('\n\n')
}

function wiring(description: PackageDescription): string {
  const { project } = description
  const { out, in: back } = fifoDepths(description)
  return `## The ComBlock

\`rtl/${project}_comblock.v\` stands between a ComBlock 2.0 (\`${comblockIp.vlnv}\`) and the accelerator. Vivado needs the core: \`git clone ${comblockIp.repository}\` in the package's folder, or the folder \`src\` of a clone in \`LUTRA_IP_REPO\`.

| ComBlock | accelerator |
|---|---|
| output FIFO, ${out} words of 32 bits | words of frames in, one after another |
| input FIFO, ${back} words of 32 bits | words of results out |
| output register 0 | CONTROL: 1 lets frames in (it is 0 at first), 2 clears counters and flags, 8 drops what is on its way |
| input register k, 0 to 11 | register k of the accelerator, from CONTROL to ID |

A full FIFO holds the accelerator, and no word is lost. The FIFOs are not to be cleared by their control words: a clear takes back one side's pointer alone. What a broken run has left goes with CONTROL = 9 (start and drop), reading until nothing comes, CONTROL = 3, CONTROL = 1; all programs here begin so.`
}

function cluster(description: PackageDescription): string {
  const { project } = description
  const file = firmwareFile(description)
  const model = hyperfpgaModel(description)
  return `## On a HyperFPGA

1. **Access.** Ask the cluster's keepers for an account on its JupyterHub (https://hyperfpga.sti.ictp.it) and for nodes of model ${model}; a kernel there has \`hyperfpga_cluster\` and \`ipyparallel\`.
2. **Upload.** \`hw/${file}\` into \`bitstreams\` of your home there: the cluster looks for \`<firmware>-<model>.xsa\`, makes \`.bit.bin\` and \`.dtbo\` of it once, and loads them with \`fpgautil\` and \`insmod comblock.ko\`. The files of \`comblock/\` with \`data/X_test.npy\` and \`data/y_test.npy\` go into one folder. Drop them into JupyterLab, or:

   \`\`\`
   scp hw/${file} USER@HUB:bitstreams/
   scp comblock/* data/*.npy USER@HUB:${project}/
   \`\`\`

3. **Python.** Open \`${project}_cluster.ipynb\`, or in a notebook beside it, where \`nodes\` is the list of the nodes assigned to you:

   \`\`\`python
   from cluster import open_cluster, predict_on_nodes, joined, report
   client = await open_cluster(nodes)          # firmware '${project}'
   \`\`\`

4. **Run.**

   \`\`\`python
   import numpy as np
   X, y = np.load('X_test.npy'), np.load('y_test.npy')
   report(predict_on_nodes(client, X), y)                      # all rows on every node
   y_hw = joined(predict_on_nodes(client, X, share=True))      # the rows shared among them
   assert (y_hw == y).all()
   \`\`\`

   Each node has its own result: rows, numbers, cycles, or the error that it ended with. Nodes need no NumPy. Who writes remote functions himself (\`dview = client[:]\`, \`@dview.remote(block=True)\`) finds in \`comblock_accelerator.py\` what runs on a node: \`Accelerator(Comblock(0)).run(words)\`; the installed module's \`comblock.Comblock(0)\` does as well.`
}

function ownProcessor(description: PackageDescription): string {
  const { board } = description
  const pynq =
    board.kind === 'zynq' || board.kind === 'zynqmp'
      ? `

With PYNQ instead of the Linux driver, the port itself:

\`\`\`python
from pynq import Overlay
from comblock_driver import NeuralNetwork, RegisterComblock
overlay = Overlay('<the .bit, with the .hwh beside it>')
nn = NeuralNetwork(RegisterComblock(overlay.comblock_0))
\`\`\``
      : ''
  return `## On the board's own Linux

With the bitstream loaded and the ComBlock's driver (\`/dev/ComBlock_0_regs_i\`, …), in the folder of \`comblock/\`:

\`\`\`python
import numpy as np
from comblock_driver import NeuralNetwork
X, y = np.load('X_test.npy'), np.load('y_test.npy')
with NeuralNetwork() as nn:
    y_hw, seconds, rate = nn.predict(X, profile=True)
assert (y_hw == y).all()
\`\`\`

${rowsText(description)} A bitstream of another build is refused; what hangs ends with \`AcceleratorTimeout\`, and \`predict\` can be called again.${pynq}`
}

function overTcp({ project, input }: PackageDescription): string {
  return `## Over TCP, by UDMA

1. **Server.** In Vitis, from \`hw/${project}.xsa\`, a FreeRTOS project “LwIP echo server” whose answers are made by \`process_command\` of \`udma.h\` (\`https://gitlab.com/ictp-mlab/udma\`), as its page says. It listens at port 7 of \`192.168.1.10\` where no DHCP gives another address. In \`write_FIFO\`, the published file asks \`CB_IFIFO_STATUS\` for room; with \`CB_OFIFO_STATUS\` there, words go in packets. Programs here run with either, word by word where the server takes no packets.
2. **Python**, on any computer with NumPy, in the folder of \`comblock/\`:

   \`\`\`python
   import numpy as np
   from comblock_driver import NeuralNetwork
   from udma_driver import Udma, predict_on_boards
   X, y = np.load('X_test.npy'), np.load('y_test.npy')
   with NeuralNetwork(Udma('192.168.1.10')) as nn:
       assert (nn.predict(X) == y).all()
   for board, y_hw, error in predict_on_boards(['192.168.1.10', '192.168.1.11'], X):
       print(board, error or (y_hw != y).sum())
   \`\`\`

3. **TypeScript**, with rows of numbers, one behind another (${input.types.length} a row):

   \`\`\`ts
   import { readFileSync } from "node:fs"
   import { udma } from "lutra/node"
   const accelerator = JSON.parse(readFileSync("package.json", "utf8"))
   const client = await udma.connect({ host: "192.168.1.10" })
   const { values, cycles } = await udma.predict(client, accelerator, rows)
   client.close()
   \`\`\`

   \`predict\` makes the words as the drivers in Python do; \`udma.runFrames\` takes words as they are on the bus.`
}
