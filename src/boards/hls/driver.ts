// The PYNQ driver of a block that an HLS tool made: words through the DMA, and nothing else. There are no registers, so no
// build hash, no counters and no flags are read.

import type { Conversion } from '../../fixed/types.ts'
import type { PackageDescription } from '../package-description.ts'
import { driverConstants, wordFunctions } from '../pynq/driver.ts'
import { overlayOpening } from '../pynq/driver-class.ts'
import {
  contextMethods,
  dataMethods,
  errorClasses,
  helpers,
  type Prediction,
  predictMethod,
} from '../pynq/driver-parts.ts'
import { closeBuffers } from '../pynq/roads.ts'

/** `axi_stream_driver.py` of the folder. */
export function printHlsDriver(description: PackageDescription, inputs: readonly Conversion[]): string {
  const { project, board, buildHash, lutra } = description
  return `"""${project} on ${board.title} by PYNQ, its IP made by an HLS tool. Build ${buildHash}, Lutra ${lutra}.

    from axi_stream_driver import NeuralNetworkOverlay
    nn = NeuralNetworkOverlay("${project}.bit", X.shape, y.shape)
    y_hw = nn.predict(X)

The IP has no registers: whether the bitstream is of this build cannot be asked of it.
"""

import time

import numpy as np
from pynq import Overlay, allocate

${driverConstants(description, inputs)}


${errorClasses}${driverClass(description)}${helpers}${wordFunctions(description)}`
}

const timeouts = `    # Seconds that every transfer may take, and each row of it: how many cycles an HLS tool's block takes is not known.
    timeout_floor = 2.0
    timeout_row = 0.01
`

const prediction: Prediction = {
  words: 'Words on the bus',
  refuse: `        if self._hung:
            raise AcceleratorError("a transfer did not end: load the bitstream again")
`,
  begin: '',
  transferArguments: '',
  progress: '"{} rows done".format(min(rows, first + at_once))',
  check: '',
}

const driverClass = (
  description: PackageDescription,
) => `${overlayOpening(timeouts)}        self._dma = self.hier_0.axi_dma_0
        self._send = self._dma.sendchannel
        self._receive = self._dma.recvchannel
        self._input_buffer = None
        self._output_buffer = None
        self._hung = False

${predictMethod(prediction, description)}
    def deadline(self, rows):
        """Seconds after which a transfer of so many rows counts as hung."""
        return self.timeout_floor + rows * self.timeout_row

${closeBuffers}
${contextMethods}
${dataMethods}
    def _rows_at_once(self):
        most = min(BUFFER_BYTES, getattr(self._dma, "buffer_max_size", BUFFER_BYTES))
        return max(1, most // (4 * max(INPUT_WORDS, OUTPUT_WORDS)))

    def _transfer(self, words, results):
        rows = len(words)
        if self._input_buffer is None or len(self._input_buffer) < rows:
            self.close()
            self._input_buffer = allocate(shape=(rows, INPUT_WORDS), dtype=WORD_DTYPE)
            self._output_buffer = allocate(shape=(rows, OUTPUT_WORDS), dtype=WORD_DTYPE)
        self._input_buffer[:rows] = words
        self._receive.transfer(self._output_buffer, 0, rows * OUTPUT_WORDS * 4)
        self._send.transfer(self._input_buffer, 0, rows * INPUT_WORDS * 4)
        self._await(rows)
        results[:] = self._output_buffer[:rows]

    def _await(self, rows):
        limit = self.deadline(rows)
        end = time.monotonic() + limit
        while not (self._send.idle and self._receive.idle):
            states = ["{} {}".format(name, "error" if channel.error else "idle" if channel.idle else "busy")
                      for name, channel in (("sending", self._send), ("receiving", self._receive))]
            if self._send.error or self._receive.error:
                self._hung = True
                raise AcceleratorError("the DMA stopped with an error: {}. Load the bitstream again"
                                       .format(", ".join(states)))
            if time.monotonic() > end:
                self._hung = True
                raise AcceleratorTimeout("no result after {:.3g} s; DMA: {}. Load the bitstream again"
                                         .format(limit, ", ".join(states)))
        # Both are done: these return at once, and make the results visible to the processor.
        self._send.wait()
        self._receive.wait()

`
