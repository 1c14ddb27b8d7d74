// `run_board.py`: runs rows on the board from a terminal, without a notebook. What it found stands in its last line, as
// JSON that `lutra deploy` reads.

import type { PackageDescription } from '../package-description.ts'
import { driverFile } from './driver.ts'

/** What the last line of `run_board.py` begins with. */
export const runLine = 'LUTRA '

export function printRunBoard(description: PackageDescription): string {
  const { project, board, buildHash, lutra, output } = description
  const shape = `(${output.shape.map(extent => `${extent}, `).join('')})`
  return `"""Runs ${project} on ${board.title}: build ${buildHash}, Lutra ${lutra}.

    python3 run_board.py

as root, since the logic is loaded as such (sudo -i). Rows come from X_test.npy, results go to y_hw.npy. The last line begins with ${runLine.trim()} and is JSON: rows, seconds, rows per
second, cycles by the accelerator's counters, and, where there is y_test.npy, how many values differ from it. Exit code 0: the
rows went through; 3: accelerator, DMA or bitstream are at fault, told in the line.
"""

import argparse
import hashlib
import json
import os
import sys

import numpy as np
from ${driverFile(description).replace('.py', '')} import BUILD_HASH, AcceleratorError, NeuralNetworkOverlay

OUTPUT_SHAPE = ${shape}


def tell(**found):
    print("${runLine}" + json.dumps(found, sort_keys=True))
    sys.stdout.flush()


def run(rows, results, expected, bitfile):
    X = np.load(rows)
    with NeuralNetworkOverlay(bitfile, X.shape, (len(X),) + OUTPUT_SHAPE) as nn:
        y, seconds, rate = nn.predict(X, profile=True)
        cycles = nn.cycles()
    # Written whole or not at all.
    np.save(results + ".part.npy", y)
    os.replace(results + ".part.npy", results)
    with open(results, "rb") as file:
        hashed = hashlib.sha256(file.read()).hexdigest()
    differ = {}
    if expected and os.path.exists(expected):
        wanted = np.load(expected)
        differ = {"differ": int(np.count_nonzero(y != wanted)) if y.shape == wanted.shape else int(y.size)}
    tell(rows=len(X), seconds=seconds, rate=rate, cycles=cycles, build=BUILD_HASH, hash=hashed, **differ)


def main():
    parser = argparse.ArgumentParser(description="Runs ${project} on the board.")
    parser.add_argument("--rows", default="X_test.npy")
    parser.add_argument("--results", default="y_hw.npy")
    parser.add_argument("--expected", default="y_test.npy")
    parser.add_argument("--bitfile", default="${project}.bit")
    given = parser.parse_args()
    try:
        run(given.rows, given.results, given.expected, given.bitfile)
    except AcceleratorError as error:
        tell(error=type(error).__name__, message=str(error), build=BUILD_HASH)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
`
}
