// `NeuralNetworkOverlay`, the class that is PYNQ's overlay of a package. How frames come to the accelerator stands in
// `roads.ts`, and what drivers without PYNQ share with it in `driver-parts.ts`.

import type { PackageDescription } from '../package-description.ts'
import {
  checkShapes,
  contextMethods,
  cyclesDeadline,
  dataMethods,
  keepShapes,
  type Prediction,
  predictMethod,
  shapeArguments,
} from './driver-parts.ts'
import type { DriverRoad } from './roads.ts'

/** From `class` to the constructor's shapes; `limits` are the lines that say how long transfers may take. */
export function overlayOpening(limits: string): string {
  return `class NeuralNetworkOverlay(Overlay):
    """The network on the board.

    bitfile_name: the bitstream; its .hwh lies beside it.
${shapeArguments}    dtbo, download, ignore_version, device: as pynq.Overlay takes them.
    """

${limits}
    def __init__(self, bitfile_name, x_shape, y_shape, dtype=np.float32, dtbo=None, download=True,
                 ignore_version=False, device=None):
${checkShapes}        super().__init__(bitfile_name, dtbo=dtbo, download=download, ignore_version=ignore_version,
                         device=device)
${keepShapes}`
}

const timeouts = `    # Seconds that every transfer may take, beside four times what its cycles take.
    timeout_floor = 2.0
`

const prediction: Prediction = {
  words: 'Words on the bus',
  refuse: '',
  begin: '        self._accelerator.write(CONTROL, START | CLEAR)\n',
  transferArguments: ', rows',
  progress: '"{} rows done; {}".format(min(rows, first + at_once), self._state(rows))',
  check: `        if rows > 0:
            self._check_flags(rows)
`,
}

/** `NeuralNetworkOverlay` of a package for a road, whose file is called `file`. */
export function overlayClass(road: DriverRoad, file: string, description: PackageDescription): string {
  return `${overlayOpening(timeouts)}        self._accelerator = getattr(self, ACCELERATOR)
${road.open}        self._check_build()

${predictMethod(prediction, description)}
    def cycles(self):
        """Clock cycles of the latest predict by the accelerator's own counters: busy in all, and of the last stretch
        without a pause; frames that came in and results that went out; the clock in Hz."""
        read = self._accelerator.read
        return {
            "busy": read(BUSY_CYCLES),
            "last": read(LAST_CYCLES),
            "frames_in": read(FRAMES_IN),
            "frames_out": read(FRAMES_OUT),
            "clock_hz": CLOCK_HZ,
        }

${cyclesDeadline('transfer')}
${road.close}
${contextMethods}
    def _check_build(self):
        read = self._accelerator.read
        if read(ID) != ID_WORD:
            raise BuildMismatch("{} does not answer as an accelerator of Lutra: its ID register reads {:#010x}, "
                                "expected {:#010x}. Is this the bitstream of the package?"
                                .format(ACCELERATOR, read(ID), ID_WORD))
        found = "{:08x}{:08x}".format(read(HASH_HIGH), read(HASH_LOW))
        if found != BUILD_HASH:
            raise BuildMismatch("the bitstream is of build {}, this driver of build {}: take the .bit, the .hwh and "
                                "${file} from the same package".format(found, BUILD_HASH))

${dataMethods}
${road.transfer}
    def _check_flags(self, rows):
        status = self._accelerator.read(STATUS)
        counts = [self._accelerator.read(FRAMES_IN), self._accelerator.read(FRAMES_OUT)]
        told = [name for name, bit in FLAGS if status & bit]
        if told or counts != [rows & 0xffffffff] * 2:
            self._give_up(FrameError, "the results are not those of the rows sent", rows)

    def _state(self, rows):
        read = self._accelerator.read
        status = read(STATUS)
        flags = ", ".join("{} {}".format(name, int(status & bit != 0)) for name, bit in (("busy", BUSY),) + FLAGS)
        return "{} of {} frames came in, {} results went out; STATUS {:#x}: {}; start {}{}".format(
            read(FRAMES_IN), rows, read(FRAMES_OUT), status, flags, read(CONTROL) & START, self._carrier())

    def _give_up(self, error, problem, rows):
        state = self._state(rows)
        hint = self._hint()
        rest = self._recover()
        raise error("{}: {}.{}{}".format(problem, state, hint, rest))

    def _hint(self):
        read = self._accelerator.read
        status = read(STATUS)
        told = ["{}: {}.".format(name, MEANINGS[name]) for name, bit in FLAGS if status & bit]
        if not read(CONTROL) & START:
            told.append("start is 0 in CONTROL: the accelerator lets no frame in.")
        elif read(FRAMES_IN) == 0 and not status & BUSY:
            told.append("${road.nothingCame}")
        return "".join(" " + one for one in told)

    def _recover(self):
        """Drops what is left in the accelerator, so that the next predict begins anew."""
${road.recover}        self._accelerator.write(CONTROL, START | FLUSH)
        empty = _within(1.0, lambda: not self._accelerator.read(STATUS) & BUSY${road.alsoIdle})
        self._accelerator.write(CONTROL, START | CLEAR)
        if not empty:
            return " The accelerator does not come to rest: load the bitstream again."
        return " ${road.recovered}; predict can be called again."
`
}
