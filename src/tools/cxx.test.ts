import { describe, expect, it } from 'vitest'
import { compileAndRun, findCxx, withCxxProgram } from './cxx.ts'

const echo = `#include "part/twice.h"
#include <cstdio>
int main() { for (int c; (c = std::getchar()) != EOF;) std::putchar(twice(c)); }
`
const files = {
  'part/twice.h': 'int twice(int x);\n',
  'part/twice.cpp': '#include "twice.h"\nint twice(int x) { return 2 * x; }\n',
}

describe.skipIf(findCxx() === undefined)('C++ programs', () => {
  it('take bytes and give bytes, any number of times', async () => {
    const outputs = await withCxxProgram(files, echo, async run => [
      await run(Uint8Array.of(1, 100, 0)),
      await run(new Uint8Array()),
    ])
    expect(outputs).toEqual([Uint8Array.of(2, 200, 0), new Uint8Array()])
  })

  it('that do not compile are an error with the compiler’s words', async () => {
    await expect(compileAndRun({}, 'int main() { return wrong; }', new Uint8Array())).rejects.toThrow(
      /tool\/cxx-failed[\s\S]*exited with code 1[\s\S]*wrong/,
    )
  })

  it('that fail are an error with their own words', async () => {
    const main = '#include <cstdio>\nint main() { std::fprintf(stderr, "no beat\\n"); return 3; }'
    await expect(compileAndRun({}, main, new Uint8Array())).rejects.toThrow(
      /tool\/cxx-program-failed[\s\S]*exited with code 3:\nno beat/,
    )
  })

  it('that do not end are stopped', async () => {
    const main = 'int main() { for (volatile int i = 0;;) i = 1; }'
    await expect(compileAndRun({}, main, new Uint8Array(), { timeoutMs: 2000 })).rejects.toThrow(
      'tool/timeout',
    )
  })
})
