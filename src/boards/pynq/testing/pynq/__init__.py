"""What the driver needs of PYNQ, for tests: its DMA and registers speak over a socket to a simulated design.

As on a board, what the DMA has written is seen only after `invalidate`, buffers hold anything at first, and an Overlay
finds its blocks by the names of the block design.
"""
import base64
import json
import os
import socket

import numpy as np



def _connected(where):
    """The socket that was handed down by its number, or the one that listens at a path."""
    if where.isdigit():
        return socket.socket(fileno=int(where))
    bus = socket.socket(socket.AF_UNIX)
    bus.connect(where)
    return bus


_bus = _connected(os.environ["DESIGN_SOCKET"]).makefile("rwb")


def ask(**request):
    _bus.write((json.dumps(request) + "\n").encode())
    _bus.flush()
    return json.loads(_bus.readline().decode())


class Buffer(np.ndarray):
    """Memory that the DMA reaches; `allocated` counts those not freed."""

    allocated = 0

    def freebuffer(self):
        assert self.owned, "freed twice"
        self.owned = False
        Buffer.allocated -= 1
        self.fill(0)

    def invalidate(self):
        if self.written is not None:
            self.reshape(-1).view(np.uint32)[:len(self.written)] = self.written


def allocate(shape, dtype=np.uint32):
    buffer = np.empty(shape, dtype).view(Buffer)
    buffer.view(np.uint32).fill(0xDEADBEEF)
    buffer.owned, buffer.written = True, None
    Buffer.allocated += 1
    return buffer


class _Channel:
    def __init__(self, dma, name):
        self._dma, self._name = dma, name
        self._buffer = None

    def _state(self):
        return self._dma.run()[self._name]

    running = property(lambda self: self._state() != "halted")
    idle = property(lambda self: self._state() == "idle")
    error = property(lambda self: self._state() == "error")

    def start(self):
        ask(op="start", channel=self._name)

    def transfer(self, array, start=0, nbytes=0):
        assert array.owned, "a freed buffer"
        assert self._state() in ("idle", "fresh"), "DMA channel not idle"
        nbytes = nbytes or array.nbytes - start
        if nbytes > self._dma.buffer_max_size:
            raise ValueError("Transfer size is {} bytes".format(nbytes))
        self._buffer = array
        words = np.ascontiguousarray(array).reshape(-1).view(np.uint32)[start // 4:(start + nbytes) // 4]
        if self._name == "send":
            ask(op="send", words=base64.b64encode(words.astype("<u4").tobytes()).decode())
        else:
            ask(op="receive", words=len(words))

    def wait(self):
        while not self.idle:
            if self.error:
                raise RuntimeError("DMA Internal Error (transfer length 0?)")
        if self._name == "receive":
            words = base64.b64decode(ask(op="received")["words"])
            self._buffer.written = np.frombuffer(words, "<u4")
            self._buffer.invalidate()


class _Dma:
    buffer_max_size = (1 << 26) - 1

    def __init__(self):
        self.sendchannel, self.recvchannel = _Channel(self, "send"), _Channel(self, "receive")

    def run(self):
        return ask(op="run")

    def write(self, offset, value):
        if offset == 0 and value & 4:
            ask(op="reset")

    def read(self, offset):
        return 0


class _Registers:
    def read(self, offset):
        return ask(op="read", address=offset)["value"]

    def write(self, offset, value):
        ask(op="write", address=offset, value=value)


class _Hierarchy:
    pass


class Overlay:
    opened = []

    def __init__(self, bitfile_name, dtbo=None, download=True, ignore_version=False, device=None):
        self.opened.append((bitfile_name, dtbo, download, ignore_version, device))
        self.hier_0 = _Hierarchy()
        self.hier_0.axi_dma_0 = _Dma()
        setattr(self, os.environ["DESIGN_NAME"] + "_accel_0", _Registers())
