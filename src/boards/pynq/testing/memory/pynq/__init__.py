"""What drivers of accelerators without a DMA need of PYNQ, for tests: registers and memory of a simulated design.

As on a board, memory sees a buffer only after `flush`, the buffer sees memory only after `invalidate`, and buffers hold
anything at first.
"""
import os

import numpy as np

from design import ask, load, store


class Buffer(np.ndarray):
    """Memory that the accelerator reaches; `allocated` counts those not freed."""

    allocated = 0

    def freebuffer(self):
        assert self.owned, "freed twice"
        self.owned = False
        Buffer.allocated -= 1
        ask(op="free", address=self.physical_address)

    def flush(self):
        assert self.owned, "a freed buffer"
        store(self.physical_address, np.ascontiguousarray(self).reshape(-1).view(np.uint32))

    def invalidate(self):
        assert self.owned, "a freed buffer"
        self.reshape(-1).view(np.uint32)[:] = load(self.physical_address, self.size)


def allocate(shape, dtype=np.uint32):
    buffer = np.empty(shape, dtype).view(Buffer)
    buffer.view(np.uint32).fill(0xDEADBEEF)
    buffer.owned = True
    buffer.physical_address = ask(op="allocate", words=buffer.size)["address"]
    Buffer.allocated += 1
    return buffer


class _Registers:
    def read(self, offset):
        return ask(op="read", address=offset)["value"]

    def write(self, offset, value):
        assert 0 <= value < 1 << 32, "registers have 32 bits"
        ask(op="write", address=offset, value=int(value))


class Overlay:
    opened = []

    def __init__(self, bitfile_name, dtbo=None, download=True, ignore_version=False, device=None):
        self.opened.append((bitfile_name, dtbo, download, ignore_version, device))
        setattr(self, os.environ["DESIGN_NAME"] + "_accel_0", _Registers())
