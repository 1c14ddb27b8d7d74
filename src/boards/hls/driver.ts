// The PYNQ driver of a block that an HLS tool made: words through the DMA, and nothing else. There are no registers, so no
// build hash, no counters and no flags are read.

import type { Conversion } from '../../fixed/types.ts'
import type { PackageDescription } from '../package-description.ts'
import { driverConstants, wordFunctions } from '../pynq/driver.ts'
import { errorClasses, helpers } from '../pynq/driver-class.ts'

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


${errorClasses}${driverClass}${helpers}${wordFunctions(description)}`
}

const driverClass = `class NeuralNetworkOverlay(Overlay):
    """The network on the board.

    bitfile_name: the bitstream; its .hwh lies beside it.
    x_shape, y_shape: shapes of a batch, rows first, as in X.shape and y.shape. The rows may differ at every predict.
    dtype: type of the results. Where it cannot hold every value exactly, results are float64.
    dtbo, download, ignore_version, device: as pynq.Overlay takes them.
    """

    # Seconds that every transfer may take, and each row of it: how many cycles an HLS tool's block takes is not known.
    timeout_floor = 2.0
    timeout_row = 0.01

    def __init__(self, bitfile_name, x_shape, y_shape, dtype=np.float32, dtbo=None, download=True,
                 ignore_version=False, device=None):
        _check_shape("x_shape", x_shape, INPUT_SHAPE)
        _check_shape("y_shape", y_shape, OUTPUT_SHAPE)
        super().__init__(bitfile_name, dtbo=dtbo, download=download, ignore_version=ignore_version,
                         device=device)
        self._x_shape = tuple(x_shape[1:])
        self._y_shape = tuple(y_shape[1:])
        self._dtype = np.dtype(dtype)
        self._dma = self.hier_0.axi_dma_0
        self._send = self._dma.sendchannel
        self._receive = self._dma.recvchannel
        self._input_buffer = None
        self._output_buffer = None
        self._hung = False

    def predict(self, X, debug=False, profile=False, encode=None, decode=None):
        """The network's results for X, rows first: y, or (y, seconds, rows per second) with profile.

        Words on the bus are made and read by this driver. Who wants to do it himself passes encode, from X to
        (rows, INPUT_WORDS) of WORD_DTYPE, and decode, from (rows, OUTPUT_WORDS) of WORD_DTYPE to y.
        """
        if self._hung:
            raise AcceleratorError("a transfer did not end: load the bitstream again")
        began = time.perf_counter()
        words = _check_words(encode(X)) if encode is not None else encode_words(self._checked(X))
        rows = len(words)
        if debug:
            print("{} rows: {} words in, {} words out each".format(rows, INPUT_WORDS, OUTPUT_WORDS))
        results = np.empty((rows, OUTPUT_WORDS), WORD_DTYPE)
        at_once = self._rows_at_once()
        for first in range(0, rows, at_once):
            self._transfer(words[first:first + at_once], results[first:first + at_once])
            if debug:
                print("{} rows done".format(min(rows, first + at_once)))
        y = decode(results) if decode is not None else self._decoded(results)
        if not profile:
            return y
        seconds = time.perf_counter() - began
        rate = rows / seconds
        print("Classified {} samples in {} seconds ({} inferences / s)".format(rows, seconds, rate))
        return y, seconds, rate

    def deadline(self, rows):
        """Seconds after which a transfer of so many rows counts as hung."""
        return self.timeout_floor + rows * self.timeout_row

    def close(self):
        """Frees the buffers; predict allocates them again."""
        for buffer in (self._input_buffer, self._output_buffer):
            if buffer is not None:
                buffer.freebuffer()
        self._input_buffer = self._output_buffer = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _checked(self, X):
        x = np.asarray(X)
        if x.ndim == 0 or x.shape[1:] not in (INPUT_SHAPE, self._x_shape):
            raise ValueError("X has shape {}, expected {}".format(x.shape, _spelled(INPUT_SHAPE)))
        return x.reshape(len(x), INPUT_WORDS)

    def _decoded(self, results):
        dtype = self._dtype
        if not EXACT_IN_FLOAT32 and np.finfo(dtype).nmant < 52:
            dtype = np.dtype(np.float64)
        return decode_words(results).astype(dtype).reshape((len(results),) + self._y_shape)

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
