// The road without an operating system step by step, with the package's own names.

import type { PackageDescription } from '../package-description.ts'
import { rowsText } from '../rows-text.ts'
import { type Carrier, carrierOf } from './frame.ts'
import { goldenPlan } from './golden.ts'
import { processorOf } from './vitis-scripts.ts'

const carriers: Readonly<Record<Carrier, string>> = {
  dma: 'the AXI DMA reads frames from memory and writes results to it',
  fifo: 'words are written to and read from an AXI4-Stream FIFO',
  comblock:
    'words are written to and read from the FIFOs of the ComBlock, whose registers show the accelerator’s',
  windows: 'words are written to and read from windows of the accelerator’s register port',
  master: 'the accelerator reads frames from memory and writes results to it',
}

/** Markdown, a section of a page. `goldenRows`: rows of the package's golden data; the program has those that fit it. */
export function bareMetalSteps(description: PackageDescription, goldenRows: number): string {
  const golden = goldenPlan(description, goldenRows).rows
  return [
    '## On the board, without an operating system',
    `\`baremetal/src\` is a program for ${processorOf(description.board)} and a library of a few functions (\`lutra.h\`): ${carriers[carrierOf(description)]}. It needs Vitis for the compiler and the board support package, but none of its drivers.`,
    platformStep(description),
    consoleStep(description),
    loadStep(description),
    outputStep(description, golden),
    ownData(description),
    rules(description),
  ].join('\n\n')
}

function outputStep({ project, board, buildHash, output }: PackageDescription, golden: number): string {
  const read = '6. **Read the output.**'
  if (golden === 0)
    return `${read} No golden row fits the memory beside the buffers, so the program only compares the build of the bitstream with its own. Link \`lutra.c\`, \`lutra_road.c\` and \`lutra_words.c\` to a program of yours that gets rows from elsewhere.`
  return `${read} The program runs ${golden} golden rows and tells:

   \`\`\`
   ${project} on ${board.title}, build ${buildHash}
   ${golden} golden rows compiled in
   0 of ${golden * output.types.length} words differ
   …
   PASSED
   \`\`\`

   Words that differ are told with row and place, what hangs ends with an error that says how many frames came and went, and a bitstream of another build is refused before anything is sent. The cycles are the accelerator’s own count.`
}

function platformStep({ project, board }: PackageDescription): string {
  const needs =
    board.kind === 'fpga'
      ? ''
      : ` The \`.xsa\` must have been made with the board files (the package’s README says how), since memory and the console’s pins are set up from it.`
  return `1. **Hardware platform and 2. application.** One command makes both out of \`hw/${project}.xsa\`, in the folder \`vitis\`:

   \`\`\`
   vitis -s baremetal/create_app.py
   \`\`\`

   with Vitis 2023.2 or later (\`lutra synth . --app\` runs Vivado and then this); before that \`xsct baremetal/create_app.tcl\`. By hand: a platform from the \`.xsa\` for \`${processorOf(board)}\` and \`standalone\`, an empty application on it, and the files of \`baremetal/src\` into its \`src\`.${needs}`
}

function consoleStep({ board }: PackageDescription): string {
  const port =
    board.kind === 'fpga'
      ? 'The UART is the FPGA’s own (AXI UART Lite), on the board’s USB.'
      : 'The UART is the processor system’s, on the board’s USB; where the board has two, it is the one that the platform’s `stdout` names.'
  return `3. **Serial console.** 115200 baud, 8 bits, no parity, 1 stop bit: \`screen /dev/ttyUSB1 115200\`, or PuTTY. ${port}`
}

function loadStep({ project, board }: PackageDescription): string {
  const launch = `*Run* on the application in Vitis does both, with \`hw/${project}.bit\` as bitstream and the board set to boot from JTAG.`
  if (board.kind !== 'fpga')
    return `4. **Program the FPGA and 5. load the \`.elf\`.** ${launch} It initialises the processor system first, which a program loaded by hand must have done to it too.`
  return `4. **Program the FPGA and 5. load the \`.elf\`.** ${launch} Or in \`xsct\` (\`xsdb\`):

   \`\`\`
   connect
   fpga -file hw/${project}.bit
   targets -set -filter {name =~ "MicroBlaze #0*"}
   dow vitis/${project}_app/build/${project}_app.elf
   con
   \`\`\``
}

function ownData(description: PackageDescription): string {
  const { input, output, form, scaler } = description
  return `### Your own data

\`\`\`c
#include "lutra.h"

static LUTRA_INPUT_BUFFER(x, 16);
static LUTRA_OUTPUT_BUFFER(y, 16);

lutra_status_t classify(const float numbers[16][LUTRA_INPUT_WORDS], float results[16][LUTRA_OUTPUT_WORDS])
{
    lutra_status_t status = lutra_init(); /* once is enough */
    for (uint32_t row = 0; row < 16 && status == LUTRA_OK; row++)
        status = lutra_encode(numbers[row], &x[row * LUTRA_INPUT_STRIDE]);
    if (status == LUTRA_OK)
        status = lutra_run(x, y, 16);
    for (uint32_t row = 0; row < 16 && status == LUTRA_OK; row++)
        lutra_decode(&y[row * LUTRA_OUTPUT_STRIDE], results[row]);
    return status; /* lutra_text(status) says it in words */
}
\`\`\`

A frame is ${input.types.length} words in and ${output.types.length} out, ${
    form === 'float'
      ? scaler === undefined
        ? 'float32: `lutra_encode` copies'
        : 'float32: `lutra_encode` scales'
      : `integers: \`lutra_encode\` ${scaler === undefined ? '' : 'scales, and '}rounds and saturates as the input’s types do, exactly`
  }. ${rowsText(description)}${scaler === undefined ? '' : ' `lutra_encode_scaled` takes rows that are scaled already.'} \`lutra_start\` and \`lutra_poll\` are \`lutra_run\` in two steps, for a program with other work to do.`
}

function rules(description: PackageDescription): string {
  const carrier = carrierOf(description)
  const isCached = description.board.kind !== 'fpga' && (carrier === 'dma' || carrier === 'master')
  const cache = `- The accelerator’s side does not see the processor’s cache. The library flushes the input, and the lines of the results, before it starts, and invalidates the results when they are there; programs do neither. What it asks for: buffers declared by the macros, which begin on a cache line and share none with other variables, and hands off both while frames are under way.
- Program and buffers lie in DDR memory below 4 GiB, where the linker script of the platform puts them. On-chip memory would do for the program; buffers there need the port that reaches it.`
  const local = `- Program, stack and data share 64 KiB of block RAM (\`lscript.ld\` as the platform makes it; 1 KiB of stack is enough, and no heap is used). \`lutra_golden.h\` says how many rows fit beside the program.`
  const free = '- Frames pass through the processor, so buffers may lie anywhere.'
  return `### Memory

${isCached ? cache : free}${description.board.kind === 'fpga' ? `\n${local}` : ''}`
}
