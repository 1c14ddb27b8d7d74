// How frames come to the accelerator, as methods of the driver's class: through a DMA, through windows in its registers, or
// through memory that it reads itself. Each gives `_rows_at_once`, `_transfer` (rows of words to rows of results) and
// `_carrier` (what is to be told of it).

import type { BusInterface } from '../bus.ts'

export interface DriverRoad {
  /** What is imported of PYNQ. */
  readonly imports: string
  /** The end of the constructor. */
  readonly open: string
  readonly close: string
  readonly transfer: string
  /** Why no word came, as far as one can tell from here. */
  readonly nothingCame: string
  /** Resets what carries frames; may return what prevents it. */
  readonly recover: string
  /** Beside the accelerator's own rest. */
  readonly alsoIdle: string
  readonly recovered: string
}

/** `close` of a driver that holds buffers. */
export const closeBuffers = `    def close(self):
        """Frees the buffers; predict allocates them again."""
        for buffer in (self._input_buffer, self._output_buffer):
            if buffer is not None:
                buffer.freebuffer()
        self._input_buffer = self._output_buffer = None
`

const reserve = `    def _reserve(self, rows):
        """Buffers for at least so many rows. Words that only fill the last beat of a row stay 0."""
        if self._input_buffer is not None and len(self._input_buffer) >= rows:
            return
        self.close()
        self._input_buffer = allocate(shape=(rows, INPUT_BUS_WORDS), dtype=WORD_DTYPE)
        self._output_buffer = allocate(shape=(rows, OUTPUT_BUS_WORDS), dtype=WORD_DTYPE)
        self._input_buffer[:] = 0
`

const stream: DriverRoad = {
  imports: 'Overlay, allocate',
  open: `        self._dma = self.hier_0.axi_dma_0
        self._send = self._dma.sendchannel
        self._receive = self._dma.recvchannel
        self._input_buffer = None
        self._output_buffer = None
`,
  close: closeBuffers,
  transfer: `    def _rows_at_once(self):
        most = min(BUFFER_BYTES, getattr(self._dma, "buffer_max_size", BUFFER_BYTES))
        return max(1, most // (4 * max(INPUT_BUS_WORDS, OUTPUT_BUS_WORDS)))

${reserve}
    def _transfer(self, words, results, all_rows):
        rows = len(words)
        self._reserve(rows)
        self._input_buffer[:rows, :INPUT_WORDS] = words
        self._receive.transfer(self._output_buffer, 0, rows * OUTPUT_BUS_WORDS * 4)
        self._send.transfer(self._input_buffer, 0, rows * INPUT_BUS_WORDS * 4)
        self._await(rows, all_rows)
        results[:] = self._output_buffer[:rows, :OUTPUT_WORDS]

    def _await(self, rows, all_rows):
        limit = self.deadline(rows)
        end = time.monotonic() + limit
        while True:
            late = time.monotonic() > end
            if self._send.error or self._receive.error:
                self._give_up(AcceleratorError, "the DMA stopped with an error", all_rows)
            if self._send.idle and self._receive.idle:
                break
            if late:
                self._give_up(AcceleratorTimeout, "no result after {:.3g} s".format(limit), all_rows)
        # Both are done: these return at once, and make the results visible to the processor.
        self._send.wait()
        self._receive.wait()

    def _carrier(self):
        busy = ["{} {}".format(name, "error" if channel.error else "idle" if channel.idle else "busy")
                for name, channel in (("sending", self._send), ("receiving", self._receive))]
        return "; DMA: " + ", ".join(busy)
`,
  nothingCame: 'No word reached the accelerator: is the DMA connected to it, and does its clock run?',
  recover: `        self._dma.write(DMA_CONTROL, DMA_RESET)
        if not _within(1.0, lambda: not self._dma.read(DMA_CONTROL) & DMA_RESET):
            return " The DMA does not come out of its reset: load the bitstream again."
        self._send.start()
        self._receive.start()
`,
  alsoIdle: '',
  recovered: 'The DMA was reset and the accelerator emptied',
}

const windows: DriverRoad = {
  imports: 'Overlay',
  open: '',
  close: `    def close(self):
        """Nothing is held: frames lie in the accelerator."""
`,
  transfer: `    def _rows_at_once(self):
        return 256

    def _transfer(self, words, results, all_rows):
        """Row by row: into the input window, through, and out of the output window."""
        read, write = self._accelerator.read, self._accelerator.write
        taken = np.empty(OUTPUT_WORDS, np.uint32)
        for row, sent in enumerate(np.ascontiguousarray(words).view(np.uint32).tolist()):
            for k, word in enumerate(sent):
                write(INPUT_WINDOW + 4 * k, word)
            write(GO, 1)
            self._await(all_rows)
            for k in range(OUTPUT_WORDS):
                taken[k] = read(OUTPUT_WINDOW + 4 * k)
            results[row] = taken.view(WORD_DTYPE)

    def _await(self, all_rows):
        limit = self.deadline(1)
        end = time.monotonic() + limit
        while True:
            late = time.monotonic() > end
            if not self._accelerator.read(GO) & 1:
                return
            if late:
                self._give_up(AcceleratorTimeout, "no result after {:.3g} s".format(limit), all_rows)

    def _carrier(self):
        return "; GO {}".format(self._accelerator.read(GO) & 1)
`,
  nothingCame: 'The frame waits in the input window.',
  recover: '',
  alsoIdle: ' and not self._accelerator.read(GO) & 1',
  recovered: 'The accelerator was emptied',
}

const memory: DriverRoad = {
  imports: 'Overlay, allocate',
  open: `        self._input_buffer = None
        self._output_buffer = None
`,
  close: closeBuffers,
  transfer: `    def _rows_at_once(self):
        return max(1, BUFFER_BYTES // (4 * max(INPUT_BUS_WORDS, OUTPUT_BUS_WORDS)))

${reserve}
    def _transfer(self, words, results, all_rows):
        rows = len(words)
        self._reserve(rows)
        self._input_buffer[:rows, :INPUT_WORDS] = words
        # The accelerator reads and writes memory past the processor's caches.
        self._input_buffer.flush()
        self._output_buffer.flush()
        write = self._accelerator.write
        for low, buffer in ((INPUT_ADDRESS, self._input_buffer), (OUTPUT_ADDRESS, self._output_buffer)):
            write(low, buffer.physical_address & 0xffffffff)
            write(low + 4, buffer.physical_address >> 32)
        write(FRAMES, rows)
        write(AP_CTRL, AP_START)
        self._await(rows, all_rows)
        self._output_buffer.invalidate()
        results[:] = self._output_buffer[:rows, :OUTPUT_WORDS]

    def _await(self, rows, all_rows):
        limit = self.deadline(rows)
        end = time.monotonic() + limit
        while True:
            late = time.monotonic() > end
            if self._accelerator.read(AP_CTRL) & AP_IDLE:
                return
            if late:
                self._give_up(AcceleratorTimeout, "no result after {:.3g} s".format(limit), all_rows)

    def _carrier(self):
        return "; run: {}".format("ended" if self._accelerator.read(AP_CTRL) & AP_IDLE else "under way")
`,
  nothingCame: 'No word reached the accelerator: does memory answer it, and does its clock run?',
  recover: '',
  alsoIdle: ' and self._accelerator.read(AP_CTRL) & AP_IDLE',
  recovered: 'The accelerator was emptied',
}

export const driverRoads: Readonly<Record<BusInterface, DriverRoad>> = {
  axi_stream: stream,
  axi_lite: windows,
  axi_master: memory,
}
