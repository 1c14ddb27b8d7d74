// Reads `report.json` back, for `lutra report DIR`: whatever is not as the schema has it is told, all at once.

import { CompileError, type Diagnostic, error, fail } from '../diagnostics/diagnostic.ts'
import { nearest } from '../diagnostics/nearest.ts'
import { fitReport, type Report, reportVersion } from './report.ts'
import type { Misfit } from './shape.ts'

/** More problems than these are the same problem. */
const most = 20

/** The report that a text holds; `place` is the file's name. Fails with `report/…` codes. */
export function parseReport(text: string, place: string): Report {
  const json = parseJson(text, place)
  checkVersion(json, place)
  const { value, misfits } = fitReport(json)
  const problems = misfits.length > 0 ? misfits.map(found => problemOf(found, place)) : clashes(value, place)
  if (problems.length > 0) throw new CompileError(problems.slice(0, most))
  return value
}

const remedy = 'Build again; a report is not meant to be edited by hand.'

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    return fail(
      { code: 'report/not-json', place, problem: 'the file is not JSON', expected: 'a report.json', remedy },
      cause,
    )
  }
}

function checkVersion(json: unknown, place: string): void {
  const given = typeof json === 'object' && json !== null && 'schema' in json ? json.schema : undefined
  if (given === reportVersion) return
  if (typeof given === 'number') otherVersion(given, place)
  fail({
    code: 'report/not-a-report',
    place,
    problem: "the file has no 'schema' number",
    expected: `a report.json with schema ${reportVersion}`,
    remedy: 'Name the folder that a build wrote, or its report.json.',
  })
}

function otherVersion(given: number, place: string): never {
  return fail({
    code: 'report/schema-version',
    place,
    problem: `the report has schema ${given}`,
    expected: `schema ${reportVersion}`,
    remedy: 'Read it with the version of Lutra that wrote it, or build again.',
  })
}

function problemOf({ kind, path, found, expected }: Misfit, place: string): Diagnostic {
  const where = path === '' ? place : `${place}: ${path}`
  const parts = { place: where, problem: found }
  switch (kind) {
    case 'missing':
      return error({ code: 'report/missing-key', ...parts, expected, remedy })
    case 'value':
      return error({ code: 'report/wrong-value', ...parts, expected, remedy })
    case 'unknown': {
      const near = nearest(path.slice(path.lastIndexOf('.') + 1), expected.split(', '))
      const hint = near === undefined ? expected : `'${near}'`
      return error({ code: 'report/unknown-key', ...parts, expected: hint, remedy })
    }
  }
}

/** What a schema cannot say: layers read earlier layers, matrices are square, names are unique. */
function clashes(report: Report, place: string): Diagnostic[] {
  const clash = (path: string, problem: string, expected: string) =>
    error({ code: 'report/inconsistent', place: `${place}: ${path}`, problem, expected, remedy })
  return [...layerClashes(report, clash), ...accuracyClashes(report, clash)]
}

type Clash = (path: string, problem: string, expected: string) => Diagnostic

function layerClashes({ layers }: Report, clash: Clash): Diagnostic[] {
  const seen = new Set<string>()
  return layers.flatMap((layer, k) => {
    const path = `layers[${k}]`
    const unknown = layer.inputs.filter(input => !seen.has(input))
    const again = seen.has(layer.name)
    seen.add(layer.name)
    return [
      ...unknown.map(input =>
        clash(`${path}.inputs`, `no layer '${input}' stands before it`, 'earlier layers'),
      ),
      ...(again ? [clash(`${path}.name`, `'${layer.name}' is used twice`, 'a name of its own')] : []),
    ]
  })
}

function accuracyClashes({ accuracy }: Report, clash: Clash): Diagnostic[] {
  if (accuracy === undefined) return []
  const classes = accuracy.classes?.length ?? accuracy.float.confusion.length
  return (['float', 'hardware'] as const).flatMap(side => {
    const { confusion } = accuracy[side]
    const square = confusion.length === classes && confusion.every(row => row.length === classes)
    const expected = `${classes} rows of ${classes} counts`
    return square ? [] : [clash(`accuracy.${side}.confusion`, 'it is not square', expected)]
  })
}
