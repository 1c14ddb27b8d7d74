// The Yosys installed on the machine.

import { fail } from '../../diagnostics/diagnostic.ts'
import { findTool, toolVersion } from '../process.ts'
import type { YosysTool } from './tool.ts'

/** The native Yosys that `LUTRA_YOSYS` or PATH leads to, undefined when there is none; one that does not work is an error. */
export async function nativeYosys(env: NodeJS.ProcessEnv = process.env): Promise<YosysTool | undefined> {
  const found = findTool('yosys', env)
  if (found === undefined) return undefined
  const line = await toolVersion(found)
  const version = /^Yosys (\d+\.\d+\S*)/.exec(line)?.[1]
  if (version === undefined) return notYosys(found.path, line)
  return {
    name: 'yosys',
    kind: 'native',
    version,
    command: found.path,
    args: script => ['-q', '-s', script],
    bound: undefined,
  }
}

function notYosys(path: string, line: string): never {
  return fail({
    code: 'tool/not-working',
    place: `yosys (${path})`,
    problem: `asked for its version it said '${line}'`,
    expected: `a line beginning with 'Yosys' and a number`,
    remedy: 'Set LUTRA_YOSYS to a Yosys, or to wasm for the built-in one.',
  })
}
