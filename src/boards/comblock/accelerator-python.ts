// `comblock_accelerator.py`: words through an accelerator behind a ComBlock, in the standard library alone, as a node of a
// cluster may have no more.

import { idWord, registerMap, registers } from '../../rtl/axi/register-map.ts'
import type { PackageDescription } from '../package-description.ts'
import { errorClasses } from '../pynq/driver-parts.ts'
import { comblockWords, fifoDepths, fifoMargin } from './fifos.ts'

const flags = ['short', 'long', 'not_finite'] as const

export function printAcceleratorPython(description: PackageDescription): string {
  const { project, board, buildHash, lutra } = description
  return `"""${project} on ${board.title} behind a ComBlock: build ${buildHash}, Lutra ${lutra}.

Words in and out, for Python 3.6 and later without NumPy; comblock_driver.py makes numbers of them.
"""

import os
import struct
import time

${constants(description)}


${errorClasses}${classes}`
}

function constants(description: PackageDescription): string {
  const { buildHash, clockMhz, latencyCycles, intervalCycles, input, output } = description
  const { CONTROL, STATUS } = registerMap
  const bit = ([index]: readonly [number, string]) => `1 << ${index}`
  const names = registers.map(({ name }) => name)
  return `BUILD_HASH = "${buildHash}"
CLOCK_HZ = ${Math.round(clockMhz * 1e6)}
LATENCY_CYCLES = ${latencyCycles}
INTERVAL_CYCLES = ${intervalCycles}
INPUT_WORDS = ${input.types.length}
OUTPUT_WORDS = ${output.types.length}
# Words of the FIFO to the logic, and those of it that stay free.
OUT_FIFO_WORDS = ${fifoDepths(description).out}
FIFO_MARGIN = ${fifoMargin}

# Registers of the accelerator by number: input register k of the ComBlock. Output register 0 is CONTROL.
REGISTERS = (
${names.map(name => `    "${name}",`).join('\n')}
)
(${names.join(',\n ')}) = range(${names.length})
ID_WORD = 0x${idWord.toString(16)}
START = ${bit(CONTROL.bits.start)}
CLEAR = ${bit(CONTROL.bits.clear)}
FLUSH = ${bit(CONTROL.bits.flush)}
BUSY = ${bit(STATUS.bits.busy)}
FLAGS = (${flags.map(name => `("${name}", ${bit(STATUS.bits[name])})`).join(', ')})
MEANINGS = {
${flags.map(name => `    "${name}": "${STATUS.bits[name][1]}",`).join('\n')}
}

# Words of the ComBlock's port behind its registers.
OREG0 = ${comblockWords.OREG0}
IFIFO_VALUE = ${comblockWords.IFIFO_VALUE}
IFIFO_STATUS = ${comblockWords.IFIFO_STATUS}
OFIFO_VALUE = ${comblockWords.OFIFO_VALUE}
OFIFO_STATUS = ${comblockWords.OFIFO_STATUS}`
}

/**
 * What is known of the kernel's driver (comblock_calls.c of ICTP's ComBlock driver for Linux): a read of a FIFO of more
 * than it holds, and a write of more than there is room for, are refused with E2BIG; a read of nothing from an empty one
 * leaves a lock behind; seeking the output registers is always refused, while positioned reads and writes are not.
 */
const classes = `class Comblock:
    """A ComBlock by the files of its Linux driver, /dev/ComBlock_N_{regs_i,regs_o,fifo_i,fifo_o}.

    Has the methods of the module comblock, whose class may be passed to Accelerator just as well.
    """

    def __init__(self, number=0, path="/dev/ComBlock_{}"):
        self._files = {}
        base = path.format(number)
        try:
            for name, mode in (("regs_i", os.O_RDONLY), ("regs_o", os.O_WRONLY),
                               ("fifo_i", os.O_RDONLY), ("fifo_o", os.O_WRONLY)):
                self._files[name] = os.open(base + "_" + name, mode)
        except OSError as cause:
            self.close()
            raise AcceleratorError("{}: is the bitstream loaded, and the driver (insmod comblock.ko)?".format(cause))

    def close(self):
        for file in self._files.values():
            os.close(file)
        self._files = {}

    # Positioned, as the driver refuses to seek in the output registers.
    def write_reg(self, register, data):
        os.pwrite(self._files["regs_o"], struct.pack("<I", data), register * 4)

    def read_reg(self, register):
        return struct.unpack("<I", os.pread(self._files["regs_i"], 4, register * 4))[0]

    def write_fifo(self, data):
        """Words, no more than there is room for."""
        words = [data] if isinstance(data, int) else data
        if len(words) > 0:
            os.write(self._files["fifo_o"], struct.pack("<{}I".format(len(words)), *words))
        return len(words)

    def read_fifo(self, length=1):
        """As many words, all of which must be there."""
        # A read of nothing would leave the driver locked.
        if length == 0:
            return []
        return list(struct.unpack("<{}I".format(length), os.read(self._files["fifo_i"], 4 * length)))

    # The driver tells a FIFO's bytes as the position in its file.
    def fifo_in_elements(self):
        return os.lseek(self._files["fifo_i"], 0, os.SEEK_CUR) // 4

    def fifo_out_elements(self):
        return os.lseek(self._files["fifo_o"], 0, os.SEEK_CUR) // 4


class RegisterComblock:
    """A ComBlock by reads and writes of its port: an object with read(offset) and write(offset, value), as PYNQ's MMIO
    and overlay.comblock_0 have them."""

    def __init__(self, port):
        self._port = port

    def close(self):
        pass

    def write_reg(self, register, data):
        self._port.write(4 * (OREG0 + register), data)

    def read_reg(self, register):
        return self._port.read(4 * register)

    def write_fifo(self, data):
        words = [data] if isinstance(data, int) else data
        for word in words:
            self._port.write(4 * OFIFO_VALUE, word)
        return len(words)

    def read_fifo(self, length=1):
        return [self._port.read(4 * IFIFO_VALUE) for _ in range(length)]

    def fifo_in_elements(self):
        return self._port.read(4 * IFIFO_STATUS) >> 16

    def fifo_out_elements(self):
        return self._port.read(4 * OFIFO_STATUS) >> 16


class Accelerator:
    """The accelerator behind a ComBlock: frames of words in, frames of words out.

    comblock: Comblock(n), RegisterComblock(port), Udma(address) or anything with write_reg, read_reg, write_fifo,
    read_fifo and fifo_in_elements. A bitstream of another build is refused.
    """

    # Seconds in which at least one word must move.
    timeout = 5.0

    def __init__(self, comblock):
        self.comblock = comblock
        self.check_build()

    def register(self, number):
        value = self.comblock.read_reg(number)
        if value is None:
            raise AcceleratorError("register {} of the ComBlock cannot be read".format(REGISTERS[number]))
        return value

    def check_build(self):
        found = self.register(ID)
        if found != ID_WORD:
            raise BuildMismatch("no accelerator of Lutra answers behind the ComBlock: its ID register reads {:#010x}, "
                                "expected {:#010x}. Is the package's bitstream loaded?".format(found, ID_WORD))
        found = "{:08x}{:08x}".format(self.register(HASH_HIGH), self.register(HASH_LOW))
        if found != BUILD_HASH:
            raise BuildMismatch("the bitstream is of build {}, these files of build {}: load the bitstream of the same "
                                "package".format(found, BUILD_HASH))

    def run(self, data):
        """Results of whole frames: bytes of little-endian words of 32 bits, for such bytes. Any number of frames."""
        if len(data) % (4 * INPUT_WORDS) != 0:
            raise ValueError("{} bytes are no whole frames of {} words".format(len(data), INPUT_WORDS))
        words = struct.unpack("<{}I".format(len(data) // 4), data)
        frames = len(words) // INPUT_WORDS
        self._drain()
        self.comblock.write_reg(0, START | CLEAR)
        self.comblock.write_reg(0, START)
        results = self._stream(words, frames)
        if frames > 0:
            self._check(frames)
        return struct.pack("<{}I".format(len(results)), *results)

    def cycles(self):
        """Clock cycles of the latest run by the accelerator's own counters, and its frames."""
        return {
            "busy": self.register(BUSY_CYCLES),
            "last": self.register(LAST_CYCLES),
            "frames_in": self.register(FRAMES_IN),
            "frames_out": self.register(FRAMES_OUT),
            "clock_hz": CLOCK_HZ,
        }

    def close(self):
        close = getattr(self.comblock, "close", None)
        if close is not None:
            close()

    def _stream(self, words, frames):
        results = []
        sent = 0
        moved = time.monotonic()
        while len(results) < frames * OUTPUT_WORDS:
            late = time.monotonic() - moved > self.timeout
            # A frame whose result is here has left the FIFO whole; all others may still lie in it.
            under_way = sent - len(results) // OUTPUT_WORDS * INPUT_WORDS
            piece = list(words[sent:sent + OUT_FIFO_WORDS - FIFO_MARGIN - under_way])
            taken = self._write(piece) if piece else 0
            sent += taken
            came = self._read(frames * OUTPUT_WORDS - len(results))
            results.extend(came)
            if taken > 0 or came:
                moved = time.monotonic()
            elif late:
                self._hung("no word moved for {:.3g} s".format(self.timeout), frames)
        return results

    def _write(self, words):
        taken = self.comblock.write_fifo(words)
        return len(words) if taken is None else taken

    def _read(self, most):
        """What has come, at most so many words. Single words come without a list from the module comblock."""
        read = getattr(self.comblock, "read_available", None)
        if read is not None:
            return read(most)
        length = min(self.comblock.fifo_in_elements(), most)
        if length == 0:
            return []
        came = self.comblock.read_fifo(length)
        if came is None:
            raise AcceleratorError("the ComBlock's FIFO cannot be read")
        return [came] if isinstance(came, int) else list(came)

    def _waiting(self):
        count = getattr(self.comblock, "fifo_out_elements", None)
        return None if count is None else count()

    def _drain(self):
        """Drops what an earlier run has left, through the accelerator and by reading: a FIFO that is cleared from one
        side keeps the other side's count."""
        self.comblock.write_reg(0, START | FLUSH)
        end = time.monotonic() + self.timeout
        quiet = 0
        while quiet < 2:
            late = time.monotonic() > end
            left = self._read(OUT_FIFO_WORDS)
            still = left or self._waiting() or self.register(STATUS) & BUSY
            quiet = 0 if still else quiet + 1
            if still and late:
                self._hung("what an earlier run left does not drain", 0)

    def _check(self, frames):
        status = self.register(STATUS)
        told = [name for name, bit in FLAGS if status & bit]
        counts = [self.register(FRAMES_IN), self.register(FRAMES_OUT)]
        if told or counts != [frames & 0xffffffff] * 2:
            raise FrameError("the results are not those of the frames sent: {}{}".format(
                self._state(frames), "".join(" {}: {}.".format(name, MEANINGS[name]) for name in told)))

    def _state(self, frames):
        status = self.register(STATUS)
        waiting = self._waiting()
        return "{} of {} frames came in, {} results went out; STATUS {:#x}; start {}{}.".format(
            self.register(FRAMES_IN), frames, self.register(FRAMES_OUT), status, self.register(CONTROL) & START,
            "" if waiting is None else "; {} words wait before it".format(waiting))

    def _hung(self, problem, frames):
        raise AcceleratorTimeout("{}: {} run can be called again.".format(problem, self._state(frames)))
`
