// `comblock_driver.py`: numbers through an accelerator behind a ComBlock, as the PYNQ driver takes and gives them.

import type { Conversion } from '../../fixed/types.ts'
import type { PackageDescription } from '../package-description.ts'
import { checkInputs, holdsExactly, tuple, typesOf, wordFunctions } from '../pynq/driver.ts'
import { contextMethods, helpers, predictEnd } from '../pynq/driver-parts.ts'
import { encodeCall, scalerConstants, scalingNote } from '../pynq/driver-words.ts'

/** `inputs` says how a number becomes each element of the input. */
export function printDriverPython(description: PackageDescription, inputs: readonly Conversion[]): string {
  const { project, board, buildHash, lutra, form, input, output } = description
  checkInputs(description, inputs)
  return `"""${project} on ${board.title} by its ComBlock: build ${buildHash}, Lutra ${lutra}.

    from comblock_driver import NeuralNetwork
    nn = NeuralNetwork()             # ComBlock 0 of this node: /dev/ComBlock_0_*
    y_hw = nn.predict(X)
"""

import time

import numpy as np
from comblock_accelerator import (INPUT_WORDS, OUTPUT_WORDS, Accelerator, AcceleratorError, AcceleratorTimeout,
                                  BuildMismatch, Comblock, FrameError, RegisterComblock)

INPUT_SHAPE = ${tuple(input.shape)}
OUTPUT_SHAPE = ${tuple(output.shape)}
WORD_DTYPE = ${form === 'float' ? 'np.float32' : 'np.int32'}
EXACT_IN_FLOAT32 = ${form === 'float' || holdsExactly(output) ? 'True' : 'False'}
${form === 'raw' ? typesOf(output, inputs) : ''}${scalerConstants(description).join('\n')}


${networkClass(description)}${helpers}${wordFunctions(description)}`
}

const networkClass = (description: PackageDescription) => `class NeuralNetwork:
    """The network behind a ComBlock.

    comblock: a number for this node's own ComBlock (0), or an object that leads to one: Comblock(n) of this package or
    of the module comblock, RegisterComblock(overlay.comblock_0) with PYNQ, Udma(address) over TCP.
    dtype: type of the results. Where it cannot hold every value exactly, results are float64.
    """

    def __init__(self, comblock=0, dtype=np.float32):
        self.accelerator = Accelerator(Comblock(comblock) if isinstance(comblock, int) else comblock)
        self._dtype = np.dtype(dtype)

    def predict(self, X, debug=False, profile=False, encode=None, decode=None):
        """The network's results for X, rows first: y, or (y, seconds, rows per second) with profile.

${scalingNote(description)}        Who wants to make words himself passes encode, from X to (rows, INPUT_WORDS) of WORD_DTYPE, and decode, from
        (rows, OUTPUT_WORDS) of WORD_DTYPE to y.
        """
        began = time.perf_counter()
        words = _check_words(encode(X)) if encode is not None else encode_rows(X)
        rows = len(words)
        if debug:
            print("{} rows: {} words in, {} words out each".format(rows, INPUT_WORDS, OUTPUT_WORDS))
        results = words_of(self.accelerator.run(bytes_of(words)))
        y = decode(results) if decode is not None else decode_rows(results, self._dtype)
${predictEnd}
    def cycles(self):
        """Clock cycles of the latest predict by the accelerator's own counters."""
        return self.accelerator.cycles()

    def close(self):
        self.accelerator.close()

${contextMethods}

def encode_rows(X):
    """Words of rows of numbers: (rows, INPUT_WORDS) of WORD_DTYPE."""
    x = np.asarray(X)
    if x.ndim == 0 or x.shape[1:] not in (INPUT_SHAPE, (INPUT_WORDS,)):
        raise ValueError("X has shape {}, expected {}".format(x.shape, _spelled(INPUT_SHAPE)))
    return ${encodeCall(description, 'x.reshape(len(x), INPUT_WORDS)')}


def decode_rows(words, dtype=np.float32):
    """Numbers of rows of words, in the network's shape."""
    dtype = np.dtype(dtype)
    if not EXACT_IN_FLOAT32 and np.finfo(dtype).nmant < 52:
        dtype = np.dtype(np.float64)
    return decode_words(words).astype(dtype).reshape((len(words),) + OUTPUT_SHAPE)


def bytes_of(words):
    """Rows of words as the accelerator takes them."""
    return np.ascontiguousarray(words).view(np.uint32).astype("<u4").tobytes()


def words_of(data):
    """Rows of words of what the accelerator gives."""
    words = np.frombuffer(data, "<u4").astype(np.uint32).view(WORD_DTYPE)
    return words.reshape(len(words) // OUTPUT_WORDS, OUTPUT_WORDS)

`
