// Operators of a user's own: written outside of Lutra, registered by a config or a program, and from there as good as
// those in the table. docs/own-operators.md tells how; examples/own-operator is one.

import { CompileError, fail } from '../diagnostics/diagnostic.ts'
import { type Shape, sizeOf } from '../ir/tensor-type.ts'
import { type FloatValues, type OpDefinition, refuse } from './definition.ts'
import { autoIsDefault, resultRole } from './elementwise.ts'

/** What a mapping makes of a layer: attributes of the operator, and trained values by role. */
export interface OwnMeaning<A = unknown> {
  readonly attrs: A
  readonly weights?: Readonly<Record<string, FloatValues>>
}

/** A layer of a model as a mapping sees it. Attributes that it does not ask for refuse the model. */
export interface OwnLayer {
  readonly name: string
  /** Shapes of what it reads, without the axis of rows. */
  readonly inputs: readonly Shape[]
  /** An attribute as the file has it; undefined where it has none. */
  attribute(name: string): unknown
  /** A number; `usual` where the file has none. Anything else refuses the model. */
  number(name: string, usual?: number): number
  /** Keras: the trained array of a variable. ONNX: a constant operand by its place, `'1'`. `undefined` extents may be any. */
  weight(variable: string, shape: readonly (number | undefined)[]): FloatValues
  /** Refuses the model: what the layer asks cannot be computed. */
  refuse(problem: string, remedy: string): never
}

/** A layer of Keras, by the name of its class. */
export interface KerasMapping<A = unknown> {
  /** `Absolute`; a package before it (`mine>Absolute`) need not be named. */
  readonly className: string
  /** Its variables in the order in which the layer makes them: files of Keras 3 number them. */
  readonly variables?: readonly string[]
  read(layer: OwnLayer): OwnMeaning<A>
}

/** A node of ONNX, by its type and the domain of it. */
export interface OnnxMapping<A = unknown> {
  readonly domain: string
  readonly opType: string
  /** Whether it treats every element alike, so that images need not be turned to the file's order of axes for it. */
  readonly elementwise?: boolean
  read(layer: OwnLayer): OwnMeaning<A>
}

type Required = 'kind' | 'summary' | 'inferShape' | 'inferLossless' | 'evaluate' | 'emulate'

/** An operator, and the layers that become it. What is left out has the answers that `whole` gives. */
export type OwnOperator<A = unknown> = Pick<OpDefinition<string, A>, Required> &
  Partial<Omit<OpDefinition<string, A>, Required | 'choices'>> & {
    readonly sources?: {
      readonly keras?: readonly KerasMapping<A>[]
      readonly onnx?: readonly OnnxMapping<A>[]
    }
  }

/** Gives an operator its types; returns what it is given, to be listed in a config or registered. */
export function defineOperator<A>(operator: OwnOperator<A>): OwnOperator {
  return operator as OwnOperator
}

/** Methods that an operator has to have, and those that have an answer without it. */
export const requiredMethods = ['inferShape', 'inferLossless', 'evaluate', 'emulate'] as const
export const optionalMethods = ['inferAuto', 'hls', 'rtl', 'estimate', 'findings'] as const

export interface RegisteredOperator {
  readonly operator: OwnOperator
  /** What brought it: a config's path, or empty for a program. */
  readonly origin: string
}

/** The operators known to this process, by kind; `register-operator.ts` puts them here. */
export const registered = new Map<string, RegisteredOperator>()

/** The operator that a Keras layer of this class becomes. */
export function ownKerasLayer(
  className: string,
): { readonly operator: OwnOperator; readonly mapping: KerasMapping } | undefined {
  const plain = className.slice(className.indexOf('>') + 1)
  for (const { operator } of registered.values()) {
    const mapping = operator.sources?.keras?.find(
      own => own.className === className || own.className === plain,
    )
    if (mapping !== undefined) return { operator, mapping }
  }
  return undefined
}

/** The operator that an ONNX node becomes. */
export function ownOnnxNode(
  domain: string,
  opType: string,
): { readonly operator: OwnOperator; readonly mapping: OnnxMapping } | undefined {
  for (const { operator } of registered.values()) {
    const mapping = operator.sources?.onnx?.find(own => own.domain === domain && own.opType === opType)
    if (mapping !== undefined) return { operator, mapping }
  }
  return undefined
}

const wholes = new WeakMap<OwnOperator, OpDefinition<string, unknown>>()

/** The definition of a registered kind, every phase answered; undefined for others. */
export function ownDefinition(kind: string): OpDefinition<string, unknown> | undefined {
  const operator = registered.get(kind)?.operator
  if (operator === undefined) return undefined
  const made = wholes.get(operator) ?? whole(operator)
  wholes.set(operator, made)
  return made
}

/** With answers for what it leaves out, and its own faults told as such. */
function whole(operator: OwnOperator): OpDefinition<string, unknown> {
  const { sources: _, ...own } = operator
  const made: OpDefinition<string, unknown> = {
    roles: { result: resultRole },
    choices: [],
    inferAuto: autoIsDefault,
    hls: () => refuse('hls/own-operator', 'its operator, which is not one of Lutra, answers no hls'),
    rtl: () => refuse('rtl/own-operator', 'its operator, which is not one of Lutra, answers no rtl'),
    estimate: () =>
      refuse('estimate/own-operator', 'its operator, which is not one of Lutra, answers no estimate'),
    findings: () => [],
    examples: [],
    ...own,
  }
  return guarded(made)
}

/** Every answer looked at, and faults told with their place. */
function guarded(own: OpDefinition<string, unknown>): OpDefinition<string, unknown> {
  const ask = <R>(method: string, run: () => R, isRight: (result: R) => boolean): R => {
    const place = `operator '${own.kind}': ${method}`
    const result = orFault(place, run)
    return isRight(result) ? result : refuseResult(place)
  }
  const given = (result: unknown) => result !== undefined
  return {
    ...own,
    inferShape: (...args) => ask('inferShape', () => own.inferShape(...args), isShape),
    inferAuto: request => ask('inferAuto', () => own.inferAuto(request), hasResult),
    inferLossless: request => ask('inferLossless', () => own.inferLossless(request), hasResult),
    evaluate: (op, inputs) =>
      ask(
        'evaluate',
        () => own.evaluate(op, inputs),
        result => result instanceof Float64Array && result.length === sizeOf(op.shape),
      ),
    emulate: op =>
      ask(
        'emulate',
        () => own.emulate(op),
        plan => plan?.buffers?.[plan.output]?.size === sizeOf(op.output.shape),
      ),
    hls: op => ask('hls', () => own.hls(op), given),
    rtl: op => ask('rtl', () => own.rtl(op), given),
    estimate: (op, target) => ask('estimate', () => own.estimate(op, target), given),
    findings: op => ask('findings', () => own.findings(op), Array.isArray),
  }
}

const hasResult = (conversions: Readonly<Record<string, unknown>>) => conversions?.result !== undefined

function isShape(shape: Shape): boolean {
  return Array.isArray(shape) && shape.every(extent => Number.isSafeInteger(extent) && extent > 0)
}

/** What runs in a user's code: faults there are told with their place, and keep their cause. */
export function orFault<T>(place: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof CompileError) throw cause
    const message = cause instanceof Error ? cause.message : String(cause)
    return fail(
      { code: 'operator/fault', place, problem: `it failed: ${message}`, remedy: 'Correct the operator.' },
      cause,
    )
  }
}

function refuseResult(place: string): never {
  return fail({
    code: 'operator/result',
    place,
    problem: 'what it gives is not of the form that is asked',
    expected: "what the definition's types say, of the size of the operator's shape",
    remedy: 'docs/own-operators.md says what each method gives.',
  })
}

/** The code of all registered operators as text, by which a build is told from one with others. */
export function operatorTexts(): readonly string[] {
  return [...registered.values()].map(({ operator }) =>
    JSON.stringify(operator, (_, value) => {
      if (typeof value === 'function') return value.toString()
      return typeof value === 'bigint' ? `${value}n` : value
    }),
  )
}
