"""What the host of a card needs of pyxrt (src/python/pybind11/src/pyxrt.cpp of XRT), for tests: a kernel of one compute
unit whose registers and memory are a simulated design's. Memory sees a buffer after a sync, and the other way round."""
import enum
import os
import time

import numpy as np

from design import ask, load, store

KERNEL = os.environ["DESIGN_NAME"] + "_kernel"
UNIT = os.environ["DESIGN_UNIT"]


class ert_cmd_state(enum.Enum):
    ERT_CMD_STATE_NEW = 1
    ERT_CMD_STATE_COMPLETED = 4
    ERT_CMD_STATE_ERROR = 5
    ERT_CMD_STATE_TIMEOUT = 8


class xclBOSyncDirection(enum.Enum):
    XCL_BO_SYNC_BO_TO_DEVICE = 0
    XCL_BO_SYNC_BO_FROM_DEVICE = 1


class _Named:
    def __init__(self, name):
        self._name = name

    def get_name(self):
        return self._name


class xclbin:
    def __init__(self, filename):
        if not os.path.exists(filename):
            raise RuntimeError("No such file: " + filename)

    def get_kernels(self):
        return [_Named(KERNEL)]


class device:
    def __init__(self, index):
        if index != 0:
            raise RuntimeError("Could not open device with index '{}'".format(index))

    def load_xclbin(self, binary):
        return "uuid"


class kernel:
    class cu_access_mode(enum.Enum):
        exclusive = 0
        shared = 1

    exclusive = cu_access_mode.exclusive
    shared = cu_access_mode.shared

    def __init__(self, card, uuid, name, mode=cu_access_mode.shared):
        assert uuid == "uuid"
        if name not in (KERNEL, "{}:{{{}}}".format(KERNEL, UNIT)):
            raise RuntimeError("No compute units matching '{}'".format(name))
        self._mode = mode

    def group_id(self, argument):
        return 3

    def __call__(self, *arguments):
        own = run(self)
        for index, value in enumerate(arguments):
            own.set_arg(index, value)
        own.start()
        return own


if os.environ.get("OLD_XRT"):
    def _read_register(self, offset):
        if self._mode is not kernel.exclusive:
            raise RuntimeError("Cannot read or write kernel with shared access")
        return ask(op="read", address=offset)["value"]

    kernel.read_register = _read_register


class run:
    def __init__(self, of):
        self._kernel = of

    def set_arg(self, index, value):
        if isinstance(value, bo):
            low = 0x10 if index == 0 else 0x1c
            ask(op="write", address=low, value=value.address() & 0xffffffff)
            ask(op="write", address=low + 4, value=value.address() >> 32)
        else:
            assert index == 2 and type(value) is int
            ask(op="write", address=0x28, value=value)

    def start(self):
        ask(op="write", address=0, value=1)

    def wait(self, timeout_ms=0):
        assert timeout_ms > 0, "waits for ever"
        end = time.monotonic() + timeout_ms / 1000
        while time.monotonic() < end:
            ask(op="cycles", count=500)
            if ask(op="read", address=0)["value"] & 2:
                return ert_cmd_state.ERT_CMD_STATE_COMPLETED
        return ert_cmd_state.ERT_CMD_STATE_TIMEOUT


class bo:
    class flags(enum.Enum):
        normal = 0

    normal = flags.normal

    def __init__(self, card, size, flags, group):
        assert flags is bo.normal and group == 3 and size % 4 == 0
        self._words = np.full(size // 4, 0xdeadbeef, np.uint32)
        self._address = ask(op="allocate", words=size // 4)["address"]

    def address(self):
        return self._address

    def size(self):
        return self._words.nbytes

    def map(self):
        return memoryview(self._words).cast("B")

    def sync(self, direction, size, offset):
        first, last = offset // 4, (offset + size) // 4
        if direction is xclBOSyncDirection.XCL_BO_SYNC_BO_TO_DEVICE:
            store(self._address + offset, self._words[first:last])
        else:
            self._words[first:last] = load(self._address + offset, last - first)
