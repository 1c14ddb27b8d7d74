// Makes operators of a user's own known, and refuses those that are not whole.

import { fail } from '../diagnostics/diagnostic.ts'
import { ops } from './index.ts'
import {
  type OwnOperator,
  optionalMethods,
  ownKerasLayer,
  ownOnnxNode,
  registered,
  requiredMethods,
} from './own-operators.ts'

/**
 * Makes an operator known to this process; returns what forgets it. Registering the same again changes nothing; what
 * `origin` registered before gives way to what it registers now. Fails with `operator/…` where it is not whole, or its
 * kind or one of its layers is another's.
 */
export function registerOperator(operator: OwnOperator, origin = ''): () => void {
  checkDefinition(operator)
  const known = registered.get(operator.kind)
  if (Object.hasOwn(ops, operator.kind) || (known !== undefined && !isSame(known, operator, origin)))
    refuseTaken('kind', operator.kind, `the kind '${operator.kind}' is another operator's`)
  for (const { className } of operator.sources?.keras ?? []) {
    const other = ownKerasLayer(className)?.operator
    if (other !== undefined && other.kind !== operator.kind)
      refuseTaken(operator.kind, className, `the Keras layer '${className}' is read by '${other.kind}'`)
  }
  for (const { domain, opType } of operator.sources?.onnx ?? []) {
    const other = ownOnnxNode(domain, opType)?.operator
    if (other !== undefined && other.kind !== operator.kind)
      refuseTaken(operator.kind, opType, `the ONNX node '${opType}' is read by '${other.kind}'`)
  }
  registered.set(operator.kind, { operator, origin })
  return () => {
    if (registered.get(operator.kind)?.operator === operator) registered.delete(operator.kind)
  }
}

/** Makes the operators of a config known, in place of those that the same config brought before. */
export function registerOperators(operators: unknown, origin: string): void {
  for (const [kind, own] of registered) if (own.origin === origin) registered.delete(kind)
  if (!Array.isArray(operators)) refuseDefinition('operators', 'they are no list', 'a list of operators')
  for (const operator of operators) registerOperator(operator as OwnOperator, origin)
}

function isSame(known: { operator: OwnOperator; origin: string }, operator: OwnOperator, origin: string) {
  return known.operator === operator || (origin !== '' && known.origin === origin)
}

function checkDefinition(operator: OwnOperator): void {
  if (typeof operator !== 'object' || operator === null)
    refuseDefinition('operators', 'one of them is no object', 'what defineOperator is given')
  const { kind } = operator
  if (typeof kind !== 'string' || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(kind))
    refuseDefinition(
      'an operator',
      `its kind is ${JSON.stringify(kind) ?? 'missing'}`,
      "lower case words, e.g. 'absolute'",
    )
  const place = `operator '${kind}'`
  if (typeof operator.summary !== 'string')
    refuseDefinition(place, 'it has no summary', 'what it computes, in a few words')
  for (const method of requiredMethods)
    if (typeof operator[method] !== 'function')
      refuseDefinition(place, `it has no method '${method}'`, requiredMethods.join(', '))
  for (const method of optionalMethods)
    if (operator[method] !== undefined && typeof operator[method] !== 'function')
      refuseDefinition(place, `its '${method}' is no method`, 'a method, or nothing')
  const known = ['kind', 'summary', 'roles', 'examples', 'sources', ...requiredMethods, ...optionalMethods]
  const unknown = Object.keys(operator).find(key => !known.includes(key))
  if (unknown !== undefined)
    refuseDefinition(place, `it has a '${unknown}', which nothing reads`, known.join(', '))
  if (operator.roles !== undefined && operator.roles.result === undefined)
    refuseDefinition(place, "its roles are without 'result'", 'the roles of its weights, and result')
  for (const { className, read } of operator.sources?.keras ?? [])
    if (typeof className !== 'string' || typeof read !== 'function')
      refuseDefinition(place, 'a mapping from Keras is not whole', 'className and read')
  for (const { domain, opType, read } of operator.sources?.onnx ?? [])
    if (typeof domain !== 'string' || typeof opType !== 'string' || typeof read !== 'function')
      refuseDefinition(place, 'a mapping from ONNX is not whole', 'domain, opType and read')
}

function refuseDefinition(place: string, problem: string, expected: string): never {
  return fail({
    code: 'operator/definition',
    place,
    problem,
    expected,
    remedy: 'docs/own-operators.md has an operator step by step.',
  })
}

function refuseTaken(kind: string, name: string, problem: string): never {
  return fail({
    code: 'operator/taken',
    place: kind === 'kind' ? `operator '${name}'` : `operator '${kind}'`,
    problem,
    expected: 'kinds and layers that no other operator has',
    remedy: 'Give it another name, e.g. with your own before it.',
  })
}
