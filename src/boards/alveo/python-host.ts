// `alveo_driver.py`: the host of a card in Python, by pyxrt. `predict` is that of the PYNQ driver.

import type { Conversion } from '../../fixed/types.ts'
import type { PackageDescription } from '../package-description.ts'
import { driverConstants, wordFunctions } from '../pynq/driver.ts'
import {
  checkShapes,
  contextMethods,
  cyclesDeadline,
  dataMethods,
  errorClasses,
  helpers,
  keepShapes,
  type Prediction,
  predictMethod,
  shapeArguments,
} from '../pynq/driver-parts.ts'
import { kernelName, unitName } from './kernel.ts'

/** The driver's text; `inputs` says how a number becomes each element of the input. */
export function printAlveoDriver(description: PackageDescription, inputs: readonly Conversion[]): string {
  const { project, board, buildHash, lutra } = description
  return `"""${project} on ${board.title} by XRT: build ${buildHash}, Lutra ${lutra}.

    from alveo_driver import AlveoDriver
    nn = AlveoDriver("build/${project}.hw.xclbin", X.shape, y.shape)
    y_hw = nn.predict(X)

As a program it runs the golden data: python3 alveo_driver.py build/${project}.hw.xclbin ../data
"""

import argparse
import os
import sys
import time

import numpy as np
import pyxrt

KERNEL = "${kernelName(description)}"
# The compute unit is called for its build: an .xclbin of another has none of this name.
UNIT = "${unitName(description)}"
${driverConstants(description, inputs)}


${errorClasses}${driverClass(description)}${helpers}${wordFunctions(description)}${mainProgram}`
}

const prediction: Prediction = {
  words: 'Words',
  refuse: `        if self._hung:
            raise AcceleratorError("a run did not end: reset the card (xrt-smi reset) and open the driver again")
`,
  begin: '        before = self._counters()\n',
  transferArguments: '',
  progress: '"{} rows done{}".format(min(rows, first + at_once), self._state())',
  check: '        self._check_flags(before, rows)\n',
}

const driverClass = (description: PackageDescription) => `class AlveoDriver:
    """The network on a card.

    xclbin: path of the .xclbin.
${shapeArguments}    device: index of the card, as xrt-smi examine counts.
    """

    # Seconds that every run may take, beside four times what its cycles take.
    timeout_floor = 2.0

    def __init__(self, xclbin, x_shape=(1,) + INPUT_SHAPE, y_shape=(1,) + OUTPUT_SHAPE, dtype=np.float32, device=0):
${checkShapes}${keepShapes}        self._input_buffer = self._output_buffer = None
        self._at_hand = 0
        self._hung = False
        binary = pyxrt.xclbin(xclbin)
        names = [kernel.get_name() for kernel in binary.get_kernels()]
        if KERNEL not in names:
            raise BuildMismatch("{} has {}, not {}: is it the .xclbin of the package?"
                                .format(xclbin, ", ".join(names) or "no kernel", KERNEL))
        self._device = pyxrt.device(device)
        uuid = self._device.load_xclbin(binary)
        try:
            self._kernel = pyxrt.kernel(self._device, uuid, "{}:{{{}}}".format(KERNEL, UNIT),
                                        pyxrt.kernel.exclusive)
        except RuntimeError as error:
            raise BuildMismatch("the compute unit {} cannot be opened ({}): is the .xclbin of the same package as this "
                                "driver, and does no other program use it?".format(UNIT, error))
        # pyxrt reads registers up to XRT 2.14; later ones have no way to (Xilinx/XRT issue 7863).
        self._read = getattr(self._kernel, "read_register", None)
        self._check_build()

${predictMethod(prediction, description)}
${cyclesDeadline('run')}
    def close(self):
        """Gives the buffers back; predict makes them again."""
        self._input_buffer = self._output_buffer = None
        self._at_hand = 0

${contextMethods}
    def _check_build(self):
        if self._read is None:
            return
        if self._read(ID) != ID_WORD:
            raise BuildMismatch("{} does not answer as an accelerator of Lutra: its ID register reads {:#010x}, expected "
                                "{:#010x}".format(UNIT, self._read(ID), ID_WORD))
        found = "{:08x}{:08x}".format(self._read(HASH_HIGH), self._read(HASH_LOW))
        if found != BUILD_HASH:
            raise BuildMismatch("the .xclbin is of build {}, this driver of build {}: build it again from this package"
                                .format(found, BUILD_HASH))

${dataMethods}
    def _rows_at_once(self):
        return max(1, BUFFER_BYTES // (4 * max(INPUT_BUS_WORDS, OUTPUT_BUS_WORDS)))

    def _buffer(self, argument, rows, words):
        """A buffer in the bank of an argument, and its words on this side."""
        group = self._kernel.group_id(argument)
        buffer = pyxrt.bo(self._device, 4 * rows * words, pyxrt.bo.normal, group)
        return buffer, np.frombuffer(buffer.map(), WORD_DTYPE).reshape(rows, words)

    def _reserve(self, rows):
        """Buffers for at least so many rows. Words that only fill the last beat of a row stay 0."""
        if self._at_hand >= rows:
            return
        self.close()
        self._input_buffer, self._input_words = self._buffer(0, rows, INPUT_BUS_WORDS)
        self._output_buffer, self._output_words = self._buffer(1, rows, OUTPUT_BUS_WORDS)
        self._input_words[:] = 0
        self._at_hand = rows

    def _transfer(self, words, results):
        rows = len(words)
        self._reserve(rows)
        self._input_words[:rows, :INPUT_WORDS] = words
        directions = pyxrt.xclBOSyncDirection
        self._input_buffer.sync(directions.XCL_BO_SYNC_BO_TO_DEVICE, 4 * rows * INPUT_BUS_WORDS, 0)
        limit = self.deadline(rows)
        state = self._kernel(self._input_buffer, self._output_buffer, rows).wait(int(1000 * limit))
        if state != pyxrt.ert_cmd_state.ERT_CMD_STATE_COMPLETED:
            self._hung = True
            what = "no result after {:.3g} s".format(limit)
            if state != pyxrt.ert_cmd_state.ERT_CMD_STATE_TIMEOUT:
                raise AcceleratorError("the run ended as {}{}".format(state, self._state()))
            raise AcceleratorTimeout("{}{}. Reset the card (xrt-smi reset) and open the driver again"
                                     .format(what, self._state()))
        self._output_buffer.sync(directions.XCL_BO_SYNC_BO_FROM_DEVICE, 4 * rows * OUTPUT_BUS_WORDS, 0)
        results[:] = self._output_words[:rows, :OUTPUT_WORDS]

    def _counters(self):
        """Status and counts of frames, where registers can be read. They go on from run to run."""
        return None if self._read is None else [self._read(own) for own in (STATUS, FRAMES_IN, FRAMES_OUT)]

    def _check_flags(self, before, rows):
        if before is None:
            return
        status, *counts = self._counters()
        told = ["{}: {}".format(name, MEANINGS[name]) for name, bit in FLAGS if status & bit & ~before[0]]
        came = [(now - then) & 0xffffffff for now, then in zip(counts, before[1:])]
        if told or came != [rows & 0xffffffff] * 2:
            raise FrameError("the results are not those of the rows sent: {} of {} frames came in, {} results went out. {}"
                             .format(came[0], rows, came[1], " ".join(told)))

    def _state(self):
        if self._read is None:
            return ""
        status, came, went = self._counters()
        return "; {} frames came in and {} results went out since the card was loaded; STATUS {:#x}".format(
            came, went, status)

`

const mainProgram = `

def main():
    parser = argparse.ArgumentParser(description="Runs the golden data on the card and compares, value by value.")
    parser.add_argument("xclbin")
    parser.add_argument("data", nargs="?", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data"),
                        help="folder with X_test.npy and y_test.npy")
    parser.add_argument("--device", type=int, default=0)
    arguments = parser.parse_args()
    X = np.load(os.path.join(arguments.data, "X_test.npy"))
    y = np.load(os.path.join(arguments.data, "y_test.npy"))
    with AlveoDriver(arguments.xclbin, X.shape, y.shape, device=arguments.device) as nn:
        y_hw, _, _ = nn.predict(X, profile=True)
    np.save("y_hw.npy", y_hw)
    different = np.argwhere(y_hw != y)
    print("{} of {} values differ".format(len(different), y.size))
    for index in different[:5]:
        own = tuple(index.tolist())
        print("{}: {} on the card, {} expected".format(own, y_hw[own], y[own]))
    return 1 if len(different) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AcceleratorError, ValueError, OSError) as error:
        print("{}: {}".format(type(error).__name__, error), file=sys.stderr)
        sys.exit(2)
`
