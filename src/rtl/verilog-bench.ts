// The Verilog-2005 test bench of a top module. It reads vectors, offers and takes beats (held back at random if asked
// for), may reset in mid-stream, compares with expected vectors when there are some, and logs every beat that moved.

import { range } from '../netlist/print-verilog.ts'
import { type BenchChannel, type BenchSetup, expectedFile, inputFile } from './bench-setup.ts'
import { sinkSpell, sourceSpell } from './stream-ports.ts'

/** The bench's text; the module is `<top>_tb`. */
export function printVerilogBench(setup: BenchSetup): string {
  const { top, inputs, outputs } = setup
  const lines = [
    `// Test bench of ${top.name}: ${setup.frames} frames, vectors from .mem files, one beat per line.`,
    '// It ends with PASS or FAIL (when parameter CHECK is 1) and writes LOG, a line per beat.',
    '// A cycle ends at a rising clock edge; cycle 0 is the first one after reset.',
    '`default_nettype none',
    '',
    `module ${top.name}_tb;`,
    '',
    ...indent(parameters(setup)),
    '',
    '  reg clk, rst;',
    "  initial clk = 1'b0;",
    '  always #5 clk = ~clk;',
    '',
    ...inputs.flatMap(channel => [...indent(sourceSignals(channel)), '']),
    ...outputs.flatMap(channel => [...indent(sinkSignals(channel)), '']),
    ...indent(idleSignals(setup)),
    ...indent(device(setup)),
    '',
    ...indent(runningState),
    '',
    ...indent(randomFunctions),
    '',
    ...indent(startTask(setup)),
    '',
    ...indent(driveTask(setup)),
    '',
    ...indent(observeTask(setup)),
    '',
    ...indent(reportTask(setup)),
    '',
    ...indent(mainLoop),
    '',
    'endmodule',
    '',
    '`default_nettype wire',
  ]
  return `${lines.join('\n')}\n`
}

function indent(lines: readonly string[], depth = 1): string[] {
  return lines.map(line => (line === '' ? '' : '  '.repeat(depth) + line))
}

function parameters({ frames, options, settings, outputs, inputs }: BenchSetup): string[] {
  const { stall } = options
  return [
    'parameter PATH = "./";  // folder of the vectors, with its slash',
    'parameter LOG = "stream.log";',
    'parameter CHECK = 0;  // 1: compare with <port>_expected.mem',
    `parameter FRAMES = ${frames};`,
    ...inputs.map(
      ({ name, beatsPerFrame }) => `parameter ${upper(name)}_BEATS = ${beatsPerFrame};  // per frame`,
    ),
    ...outputs.map(
      ({ name, beatsPerFrame }) => `parameter ${upper(name)}_BEATS = ${beatsPerFrame};  // per frame`,
    ),
    `parameter STALL = ${stall === undefined ? 0 : 1};  // 1: hold valid and ready back at random`,
    `parameter LIGHT = ${stall?.light ?? 96};  // how often out of 256, in light and in heavy spells`,
    `parameter HEAVY = ${stall?.heavy ?? 224};`,
    ...[...inputs, ...outputs].map(({ name, seed }) => `parameter [31:0] ${upper(name)}_SEED = 32'd${seed};`),
    `parameter RESET_AT = ${options.resetAt ?? -1};  // cycle of a reset in mid-stream; all frames follow once more`,
    `parameter RESET_CYCLES = ${settings.resetCycles};`,
    `parameter HANG_AFTER = ${settings.hangAfter};`,
    `parameter MAX_CYCLES = ${settings.maxCycles};`,
    `parameter DRAIN = ${settings.drainCycles};  // cycles to go on after the last beat: nothing more may come`,
  ]
}

const upper = (name: string): string => name.toUpperCase()

function sourceSignals(channel: BenchChannel): string[] {
  const { name, valid, ready, last, width } = channel
  const data =
    width === 0
      ? []
      : [
          `reg ${range(width)}${name};`,
          `reg ${range(width)}${name}_beats [0:FRAMES * ${upper(name)}_BEATS - 1];`,
          `initial $readmemh({PATH, "${inputFile(channel)}"}, ${name}_beats);`,
        ]
  return [
    `// Input stream ${name}.`,
    `reg ${[valid, ...(last === undefined ? [] : [last])].join(', ')};`,
    `wire ${ready ?? `${name}_ready`};`,
    ...(ready === undefined ? [`assign ${name}_ready = 1'b1;`] : []),
    ...data,
    `integer ${name}_sent;`,
    `reg [31:0] ${name}_random;`,
    `reg ${name}_go;`,
    `integer ${name}_start [0:FRAMES - 1];  // when each frame's first beat was taken`,
  ]
}

function sinkSignals(channel: BenchChannel): string[] {
  const { name, valid, ready, last, width } = channel
  const data =
    width === 0
      ? []
      : [
          `wire ${range(width)}${name};`,
          `reg ${range(width)}${name}_expected [0:FRAMES * ${upper(name)}_BEATS - 1];`,
          `initial if (CHECK != 0) $readmemh({PATH, "${expectedFile(channel)}"}, ${name}_expected);`,
        ]
  return [
    `// Output stream ${name}.`,
    `wire ${[valid, ...(last === undefined ? [] : [last])].join(', ')};`,
    `reg ${ready ?? `${name}_ready`};`,
    ...data,
    `integer ${name}_taken, ${name}_offered, ${name}_offer_at;`,
    `reg [31:0] ${name}_random;`,
    `integer ${name}_start [0:FRAMES - 1];  // when each frame's first beat was offered`,
    `integer ${name}_latency;`,
  ]
}

function idleSignals({ idle }: BenchSetup): string[] {
  if (idle.length === 0) return []
  return [
    '// Ports this bench does not use.',
    ...idle.flatMap(({ name, width }) => [
      `wire ${range(width)}${name};`,
      `assign ${name} = {${width}{1'b0}};`,
    ]),
    '',
  ]
}

function device({ top, inputs, outputs, idle }: BenchSetup): string[] {
  const pins = [
    'clk',
    'rst',
    ...[...inputs, ...outputs].flatMap(({ name, valid, ready, last, width }) => [
      valid,
      ...(ready === undefined ? [] : [ready]),
      ...(width === 0 ? [] : [name]),
      ...(last === undefined ? [] : [last]),
    ]),
    ...idle.map(({ name }) => name),
  ]
  const lines = pins.map((pin, k) => `  .${pin}(${pin})${k < pins.length - 1 ? ',' : ''}`)
  return [`${top.name} dut (`, ...lines, ');']
}

const runningState = [
  'integer log, cycle, moved_at, finished_at, reset_left, mismatches;',
  'reg was_reset, complete, ended;',
]

const randomFunctions = [
  '// xorshift, 32 bits.',
  'function [31:0] next_random;',
  '  input [31:0] state;',
  '  reg [31:0] x;',
  '  begin',
  '    x = state;',
  '    x = x ^ (x << 13);',
  '    x = x ^ (x >> 17);',
  '    x = x ^ (x << 5);',
  '    next_random = x;',
  '  end',
  'endfunction',
  '',
  'function goes_ahead;',
  '  input [31:0] state;',
  '  input heavy;',
  "  goes_ahead = STALL == 0 || {24'd0, state[15:8]} >= (heavy ? HEAVY : LIGHT);",
  'endfunction',
]

function startTask({ inputs, outputs }: BenchSetup): string[] {
  return [
    '// Everything back to before the first frame.',
    'task start;',
    '  begin',
    '    cycle = 0;',
    '    moved_at = 0;',
    '    finished_at = -1;',
    '    mismatches = 0;',
    ...inputs.flatMap(({ name }) => [
      `    ${name}_sent = 0;`,
      `    ${name}_go = 1'b0;`,
      `    ${name}_random = ${upper(name)}_SEED;`,
    ]),
    ...outputs.flatMap(({ name }) => [
      `    ${name}_taken = 0;`,
      `    ${name}_offered = 0;`,
      `    ${name}_random = ${upper(name)}_SEED;`,
    ]),
    '  end',
    'endtask',
    '',
    'task rest;',
    '  begin',
    ...inputs.flatMap(({ name, valid, last, width }) => [
      `    ${valid} <= 1'b0;`,
      ...(last === undefined ? [] : [`    ${last} <= 1'b0;`]),
      ...(width === 0 ? [] : [`    ${name} <= {${width}{1'b0}};`]),
    ]),
    ...outputs.map(({ name, ready }) => `    ${ready ?? `${name}_ready`} <= 1'b0;`),
    '  end',
    'endtask',
  ]
}

function driveTask({ inputs, outputs }: BenchSetup): string[] {
  return [
    '// What this cycle offers and takes. A beat once offered stays until it is taken.',
    'task drive;',
    '  begin',
    ...inputs.flatMap(({ name, valid, last, width }) => [
      `    ${name}_random = next_random(${name}_random);`,
      `    if (!${name}_go)`,
      `      ${name}_go = ${name}_sent < FRAMES * ${upper(name)}_BEATS`,
      `        && goes_ahead(${name}_random, (cycle & ${sourceSpell}) != 0);`,
      `    ${valid} <= ${name}_go;`,
      ...(last === undefined
        ? []
        : [`    ${last} <= ${name}_go && ${name}_sent % ${upper(name)}_BEATS == ${upper(name)}_BEATS - 1;`]),
      ...(width === 0 ? [] : [`    ${name} <= ${name}_go ? ${name}_beats[${name}_sent] : {${width}{1'b0}};`]),
    ]),
    ...outputs.flatMap(({ name, ready }) => [
      `    ${name}_random = next_random(${name}_random);`,
      `    ${ready ?? `${name}_ready`} <= ${
        ready === undefined ? "1'b1" : `goes_ahead(${name}_random, (cycle & ${sinkSpell}) != 0)`
      };`,
    ]),
    '  end',
    'endtask',
  ]
}

function observeTask({ inputs, outputs }: BenchSetup): string[] {
  const done = [
    ...inputs.map(({ name }) => `${name}_sent == FRAMES * ${upper(name)}_BEATS`),
    ...outputs.map(({ name }) => `${name}_taken == FRAMES * ${upper(name)}_BEATS`),
  ]
  return [
    '// What moved in the cycle that ends here.',
    'task observe;',
    '  begin',
    ...indent(inputs.flatMap(observeSource), 2),
    ...indent(outputs.flatMap(observeSink), 2),
    `    complete = ${done.join('\n      && ')};`,
    '    if (finished_at < 0 && complete) finished_at = cycle;',
    '    if (finished_at >= 0 && cycle - finished_at >= DRAIN) end_with("done");',
    '    else if (finished_at < 0 && cycle - moved_at >= HANG_AFTER) end_with("hang");',
    '    else if (cycle + 1 >= MAX_CYCLES) end_with("too-long");',
    '  end',
    'endtask',
    '',
    'task end_with;',
    '  input [8 * 8 - 1:0] verdict;',
    '  if (!ended) begin',
    "    ended = 1'b1;",
    '    $fdisplay(log, "%0s", verdict);',
    '    if (verdict == "done") report;',
    '    else $display("FAIL: %0s", verdict);',
    '    $fclose(log);',
    '    $finish;',
    '  end',
    'endtask',
  ]
}

function observeSource({ name, valid, ready }: BenchChannel): string[] {
  const taken = ready ?? `${name}_ready`
  return [
    ...unknown(taken),
    `if (!ended && ${valid} && ${taken}) begin`,
    `  $fdisplay(log, "in ${name} %0d", cycle);`,
    `  if (${name}_sent % ${upper(name)}_BEATS == 0) ${name}_start[${name}_sent / ${upper(name)}_BEATS] = cycle;`,
    `  ${name}_sent = ${name}_sent + 1;`,
    `  ${name}_go = 1'b0;`,
    '  moved_at = cycle;',
    'end',
  ]
}

function observeSink({ name, valid, ready, width }: BenchChannel): string[] {
  const beats = `${upper(name)}_BEATS`
  const value = width === 0 ? "1'b0" : name
  return [
    ...unknown(valid),
    `if (!ended && ${valid}) begin`,
    `  if (${name}_taken == FRAMES * ${beats}) begin`,
    `    $fdisplay(log, "extra ${name}");`,
    '    end_with("extra");',
    '  end else begin',
    `    if (${name}_offered == ${name}_taken) begin`,
    `      ${name}_offered = ${name}_taken + 1;`,
    `      ${name}_offer_at = cycle;`,
    `      if (${name}_taken % ${beats} == 0) ${name}_start[${name}_taken / ${beats}] = cycle;`,
    `      if (${name}_taken == ${beats} - 1) ${name}_latency = cycle;`,
    '    end',
    `    if (${ready ?? `${name}_ready`}) begin`,
    `      $fdisplay(log, "out ${name} %0d %0d %h", ${name}_offer_at, cycle, ${value});`,
    ...(width === 0
      ? []
      : [
          `      if (CHECK != 0 && ${name} !== ${name}_expected[${name}_taken]) begin`,
          `        $display("${name}, beat %0d: %h, expected %h", ${name}_taken, ${name},`,
          `          ${name}_expected[${name}_taken]);`,
          '        mismatches = mismatches + 1;',
          '      end',
        ]),
    `      ${name}_taken = ${name}_taken + 1;`,
    '      moved_at = cycle;',
    '    end',
    '  end',
    'end',
  ]
}

function unknown(signal: string): string[] {
  return [
    `if (!ended && ${signal} !== 1'b0 && ${signal} !== 1'b1) begin`,
    `  $fdisplay(log, "unknown ${signal}");`,
    '  end_with("unknown");',
    'end',
  ]
}

function reportTask({ inputs, outputs }: BenchSetup): string[] {
  const interval = ({ name }: BenchChannel) => [
    `    if (FRAMES > 2) $display("${name}: a frame every %0.2f cycles",`,
    `      1.0 * (${name}_start[FRAMES - 1] - ${name}_start[(FRAMES - 1) / 2]) / (FRAMES - 1 - (FRAMES - 1) / 2));`,
  ]
  return [
    'task report;',
    '  begin',
    ...inputs.flatMap(interval),
    ...outputs.flatMap(({ name }) => [
      `    $display("${name}: latency of the first frame %0d cycles", ${name}_latency - ${inputs[0]!.name}_start[0]);`,
    ]),
    ...outputs.flatMap(interval),
    '    if (CHECK == 0) $display("DONE: %0d frames, not compared", FRAMES);',
    '    else if (mismatches == 0) $display("PASS: %0d frames", FRAMES);',
    '    else $display("FAIL: %0d beats differ", mismatches);',
    '  end',
    'endtask',
  ]
}

const mainLoop = [
  'initial begin',
  '  log = $fopen(LOG, "w");',
  "  was_reset = 1'b0;",
  "  ended = 1'b0;",
  '  reset_left = RESET_CYCLES;',
  "  rst = 1'b1;",
  '  start;',
  '  rest;',
  'end',
  '',
  'always @(posedge clk)',
  '  if (ended) begin',
  '  end else if (rst) begin',
  '    reset_left = reset_left - 1;',
  '    if (reset_left == 0) begin',
  "      rst <= 1'b0;",
  '      start;',
  '      drive;',
  '    end',
  '  end else begin',
  '    observe;',
  '    cycle = cycle + 1;',
  '    if (!ended && !was_reset && cycle == RESET_AT) begin',
  '      $fdisplay(log, "reset");',
  "      was_reset = 1'b1;",
  '      reset_left = RESET_CYCLES;',
  "      rst <= 1'b1;",
  '      rest;',
  '    end else if (!ended) drive;',
  '  end',
]
