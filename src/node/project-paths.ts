// Paths of what is written: none leads out of its folder, and none is another's on a disk that takes `A` for `a`.

import { fail } from '../diagnostics/diagnostic.ts'

/** Paths of a project are relative, without `..`, and distinct even where case does not count. */
export function checkProjectPaths(paths: readonly string[]): void {
  const seen = new Map<string, string>()
  const folders = new Map<string, string>()
  for (const path of paths) {
    const problem = pathProblem(path)
    if (problem !== undefined) failPath(path, problem)
    const key = path.toLowerCase()
    const twin = seen.get(key)
    if (twin !== undefined)
      failPath(path, `it is the same as '${twin}' where upper and lower case are not told apart`)
    seen.set(key, path)
    for (let cut = key.indexOf('/'); cut >= 0; cut = key.indexOf('/', cut + 1))
      folders.set(key.slice(0, cut), path)
  }
  for (const [key, path] of seen) {
    const inside = folders.get(key)
    if (inside !== undefined) failPath(path, `it is a file and, in '${inside}', a folder`)
  }
}

function pathProblem(path: string): string | undefined {
  if (path === '' || path.endsWith('/')) return 'it names no file'
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'it is not relative'
  if (path.includes('\\')) return 'it has a backslash'
  if (path.includes('\0')) return 'it has a zero character'
  const bad = path.split('/').find(part => part === '' || part === '.' || part === '..')
  return bad === undefined ? undefined : `it has the part '${bad}'`
}

function failPath(path: string, problem: string): never {
  fail({
    code: 'file/bad-path',
    place: `project file '${path.replaceAll('\0', '\\0')}'`,
    problem: `the path cannot be written: ${problem}`,
    expected: 'a path relative to the output folder',
    remedy: 'Rename the layer or project that it is named after.',
  })
}
