// All frontends, and the way from a user's files to a graph: the bytes say what a file is, not its name.

import { fail } from '../diagnostics/diagnostic.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { Frontend, SourceFile } from './frontend.ts'
import { checkGraphSize } from './graph-size.ts'
import { keras } from './keras/index.ts'
import { laterFormats } from './later-formats.ts'
import { onnx } from './onnx/index.ts'
import { tfjs } from './tfjs/index.ts'

export const frontends = { keras, onnx, tfjs } as const satisfies Readonly<Record<string, Frontend>>

/** Reads a model from its one or more files; fails with `import/…` when they are not a model that can be read. */
export async function importModel(files: readonly SourceFile[]): Promise<OpGraph> {
  if (files.length === 0) {
    fail({
      code: 'import/no-files',
      place: '',
      problem: 'no model file was given',
      expected: expectedFormats(),
    })
  }
  const [first] = files
  // Files that only their names tell: the model says which they are.
  const named = first === undefined ? undefined : partsOf(first)
  if (named !== undefined) return checkGraphSize(await named.frontend.read(files))
  const found = new Set(files.map(frontendOf))
  const [frontend] = found
  if (frontend === undefined || found.size > 1) {
    fail({
      code: 'import/several-models',
      place: files.map(file => file.name).join(', '),
      problem: `the files are of different formats: ${[...found].map(({ name }) => name).join(', ')}`,
      expected: 'the files of one model',
    })
  }
  return checkGraphSize(await frontend.read(files))
}

interface Parts {
  readonly frontend: Frontend
  /** Relative to the model's file. */
  readonly names: readonly string[]
}

/** The other files that a model names, for formats that keep it in several; undefined for the others. */
export function partsOf(file: SourceFile): Parts | undefined {
  const frontend: Frontend | undefined = Object.values<Frontend>(frontends).find(
    candidate => candidate.parts !== undefined && candidate.match(file.bytes, file.name),
  )
  return frontend?.parts && { frontend, names: frontend.parts(file) }
}

function frontendOf({ name, bytes }: SourceFile): Frontend {
  const frontend = Object.values(frontends).find(candidate => candidate.match(bytes, name))
  if (frontend !== undefined) return frontend
  const later = laterFormats.find(format => format.match(bytes, name))
  if (later !== undefined) {
    fail({
      code: 'import/unsupported-format',
      place: name,
      problem: `not supported yet: ${later.name}`,
      expected: expectedFormats(),
      remedy: later.remedy,
    })
  }
  return fail({
    code: 'import/unknown-format',
    place: name,
    problem: bytes.length === 0 ? 'the file is empty' : 'the file is no model that Lutra knows',
    expected: expectedFormats(),
  })
}

function expectedFormats(): string {
  return Object.values(frontends)
    .map(({ summary }) => summary)
    .join('; ')
}
