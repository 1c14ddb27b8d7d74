// `udma_driver.py`: a ComBlock over TCP, on a board whose program speaks UDMA. tools/udma/protocol.ts says what is known
// of the protocol and of the published server's faults.

import type { PackageDescription } from '../package-description.ts'

export function printUdmaPython({ project, board, buildHash, lutra }: PackageDescription): string {
  return `"""${project} on ${board.title} over TCP, by UDMA: build ${buildHash}, Lutra ${lutra}.

    from comblock_driver import NeuralNetwork
    from udma_driver import Udma, predict_on_boards
    nn = NeuralNetwork(Udma("192.168.1.10"))
    y_hw = nn.predict(X)
"""

${udmaClass}`
}

const udmaClass = `import collections
import concurrent.futures
import socket
import struct

from comblock_accelerator import OFIFO_STATUS, OFIFO_VALUE, OREG0, OUT_FIFO_WORDS, AcceleratorError, AcceleratorTimeout
from comblock_driver import NeuralNetwork

(READ_REG, READ_RAM, READ_MEM, READ_FIFO, WRITE_REG, WRITE_RAM, WRITE_MEM, WRITE_FIFO) = range(8)
SELECT_COMBLOCK = 9
LOG = 255
(FAIL, SUCCESS, OVERFLOW, UNDERFLOW, LOG_ENABLED, LOG_DISABLED) = range(6)

# Most words of data in a request: it must arrive in one piece, since the server takes one request from one read.
PACKET_WORDS = 250


class ConnectionLost(AcceleratorError):
    """The board cannot be reached, or no longer, or what answers is no UDMA server."""


class Udma:
    """A ComBlock over TCP: the commands of UDMA, and the methods of the module comblock.

    timeout: seconds for connecting and for each whole answer. After an error of the connection it is closed; connect()
    opens it again.
    """

    def __init__(self, ip, port=7, timeout=5.0, comblock=0):
        self.ip, self.port, self.timeout = ip, port, timeout
        self._socket = None
        self._singly = False
        self.connect()
        if comblock != 0:
            self.select_comblock(comblock)

    def connect(self):
        self.close()
        try:
            self._socket = socket.create_connection((self.ip, self.port), self.timeout)
        except OSError as cause:
            raise ConnectionLost("no connection to {}:{}: {}. Is the board on, and the server's program running?"
                                 .format(self.ip, self.port, cause))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(self.timeout)

    def close(self):
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    disconnect = close

    def read_reg(self, register):
        """A word of the port: 0 to 15 input registers, 16 to 31 output registers, 34 and 38 the FIFOs' status."""
        words = self._read("READ_REG", 1, READ_REG, register)
        if len(words) != 1:
            self._broken("READ_REG was answered without a word")
        return words[0]

    def write_reg(self, register, data):
        self._write("WRITE_REG", 1, WRITE_REG, register, data)

    def read_available(self, most):
        """Words of the input FIFO that are there, at most so many."""
        most = min(most, PACKET_WORDS)
        return self._read("READ_FIFO", most, READ_FIFO, most)

    def read_fifo(self, length=1):
        """As many words, as far as they are there."""
        words = []
        while len(words) < length:
            came = self.read_available(length - len(words))
            if not came:
                break
            words.extend(came)
        return words

    def write_fifo(self, data):
        """Words into the output FIFO; how many were taken, fewer where it is full."""
        words = [data] if isinstance(data, int) else data
        taken = 0
        while taken < len(words):
            piece = words[taken:taken + PACKET_WORDS]
            count = 0 if self._singly else self._write("WRITE_FIFO", len(piece), WRITE_FIFO, len(piece), *piece)
            if count == 0 and self._takes_none():
                # The published server writes only while results wait: a register behind the last is the FIFO itself.
                piece = piece[:16]
                for word in piece:
                    self.write_reg(OFIFO_VALUE - OREG0, word)
                return taken + len(piece)
            taken += count
            if count < len(piece):
                break
        return taken

    def _takes_none(self):
        self._singly = self._singly or self.fifo_out_elements() < OUT_FIFO_WORDS // 2
        return self._singly

    def fifo_in_elements(self):
        return self.read_reg(34) >> 16

    def fifo_out_elements(self):
        return self.read_reg(OFIFO_STATUS) >> 16

    def read_ram(self, address, length=1, increment=1):
        return self._read("READ_RAM", length, READ_RAM, address, length, increment)

    def write_ram(self, address, data, increment=1):
        return self._write("WRITE_RAM", len(data), WRITE_RAM, address, len(data), increment, *data)

    def read_mem(self, address, length=1, increment=1):
        return self._read("READ_MEM", length, READ_MEM, address, length, increment)

    def write_mem(self, address, data, increment=1):
        return self._write("WRITE_MEM", len(data), WRITE_MEM, address, len(data), increment, *data)

    def select_comblock(self, number):
        status, _ = self._ask("SELECT_COMBLOCK", 1, SELECT_COMBLOCK, number)
        # A server with one ComBlock refuses every choice, and keeps to the only one there is.
        if status != SUCCESS and number != 0:
            self._refused("SELECT_COMBLOCK")

    def log(self, on):
        self._send("LOG", (LOG, 1 if on else 0))
        status, = struct.unpack("<I", self._take(4))
        if status != (LOG_ENABLED if on else LOG_DISABLED):
            self._broken("LOG was answered with status {}".format(status))

    def _read(self, name, most, *request):
        status, count = self._ask(name, most, *request)
        words = list(struct.unpack("<{}I".format(count), self._take(4 * count)))
        # An underflow is one of earlier reads: the server looks before each of its own.
        if status not in (SUCCESS, UNDERFLOW):
            self._refused(name)
        return words

    def _write(self, name, sent, *request):
        status, count = self._ask(name, sent, *request)
        if status == OVERFLOW:
            raise AcceleratorError("the output FIFO overflowed: words were lost")
        if status != SUCCESS:
            self._refused(name)
        return count

    def _ask(self, name, most, *request):
        self._send(name, request)
        status, count = struct.unpack("<II", self._take(8))
        if status > UNDERFLOW:
            self._broken("{} was answered with status {}".format(name, status))
        if count > most:
            self._broken("{} was answered with {} words where {} were asked for".format(name, count, most))
        return status, count

    def _send(self, name, words):
        if self._socket is None:
            raise ConnectionLost("the connection to {}:{} is closed: call connect()".format(self.ip, self.port))
        try:
            self._socket.sendall(struct.pack("<{}I".format(len(words)), *words))
        except OSError as cause:
            self._broken("{} could not be sent: {}".format(name, cause))

    def _take(self, count):
        data = bytearray()
        while len(data) < count:
            try:
                part = self._socket.recv(count - len(data))
            except socket.timeout:
                self.close()
                raise AcceleratorTimeout("{}:{} gave no whole answer within {:.3g} s; the connection was closed"
                                         .format(self.ip, self.port, self.timeout))
            except OSError as cause:
                self._broken(str(cause))
            if not part:
                self._broken("the server closed the connection in the middle of an answer")
            data.extend(part)
        return bytes(data)

    def _broken(self, problem):
        self.close()
        raise ConnectionLost("{}:{}: {}; the connection was closed, connect() opens it again".format(
            self.ip, self.port, problem))

    def _refused(self, name):
        raise AcceleratorError("{}:{} refuses {}: is the package's bitstream loaded, and the server built for it?"
                               .format(self.ip, self.port, name))


BoardResult = collections.namedtuple("BoardResult", "board y error")


def predict_on_boards(addresses, X, timeout=5.0):
    """The same rows on many boards at once, by their addresses ("host" or ("host", port)): a BoardResult for each, with
    y or with the error. A board that fails takes nothing from the others."""
    def one(address):
        ip, port = (address, 7) if isinstance(address, str) else address
        name = "{}:{}".format(ip, port)
        try:
            with NeuralNetwork(Udma(ip, port, timeout)) as nn:
                return BoardResult(name, nn.predict(X), None)
        except Exception as error:
            return BoardResult(name, None, error)
    with concurrent.futures.ThreadPoolExecutor(max(1, len(addresses))) as pool:
        return list(pool.map(one, addresses))
`
