// A node's attributes: each is read or refused, none goes unseen.

import { didYouMean } from '../../diagnostics/nearest.ts'
import type { OnnxAttribute, OnnxNode } from '../../formats/onnx/model.ts'
import type { Problems } from '../problems.ts'

/** Reads one node's attributes; wrong ones are reported and replaced by what is usual, so that reading goes on. */
export interface NodeAttributes {
  has(name: string): boolean
  number(name: string, usual: number): number
  numbers(name: string, usual: readonly number[]): readonly number[]
  text(name: string, usual: string): string
  value(name: string): OnnxAttribute | undefined
  /** Reports any value but the ones allowed. */
  only(name: string, allowed: readonly (number | string)[], remedy: string): void
  refuse(name: string, expected: string, remedy: string): void
  /** Reports the attributes that nobody read. */
  finish(): void
}

export function readNodeAttributes(
  { attributes }: OnnxNode,
  place: string,
  problems: Problems,
): NodeAttributes {
  const seen = new Set<string>()
  const value = (name: string) => {
    seen.add(name)
    return Object.hasOwn(attributes, name) ? attributes[name] : undefined
  }
  const refuse = (name: string, expected: string, remedy: string) =>
    problems.add({
      code: 'onnx/attribute-value',
      place,
      problem: `the attribute '${name}' is ${shownAttribute(attributes[name])}`,
      expected,
      remedy,
    })
  const again = 'Export the model again.'
  return {
    has: name => Object.hasOwn(attributes, name),
    value,
    refuse,
    number: (name, usual) => {
      const found = value(name)
      if (found === undefined) return usual
      if ((found.kind === 'int' || found.kind === 'float') && Number.isFinite(found.value)) return found.value
      refuse(name, 'a number', again)
      return usual
    },
    numbers: (name, usual) => {
      const found = value(name)
      if (found === undefined) return usual
      if (found.kind === 'ints' || found.kind === 'floats') return found.value
      refuse(name, 'numbers', again)
      return usual
    },
    text: (name, usual) => {
      const found = value(name)
      if (found === undefined) return usual
      if (found.kind === 'string') return found.value
      refuse(name, 'a text', again)
      return usual
    },
    only: (name, allowed, remedy) => {
      const found = value(name)
      if (found === undefined || allowed.some(item => item === found.value)) return
      refuse(name, allowed.map(item => JSON.stringify(item)).join(' or '), remedy)
    },
    finish: () => {
      for (const name of Object.keys(attributes).filter(own => !seen.has(own))) {
        problems.add({
          code: 'onnx/unknown-attribute',
          place,
          problem: `the attribute '${name}' is not known to this operator`,
          expected: seen.size === 0 ? 'no attributes' : [...seen].join(', '),
          remedy: didYouMean(name, seen) || 'Replace the node by one that does without it.',
        })
      }
    },
  }
}

export function shownAttribute(attribute: OnnxAttribute | undefined): string {
  if (attribute === undefined) return 'absent'
  return attribute.kind === 'tensor' || attribute.kind === 'other'
    ? `of kind ${attribute.kind}`
    : JSON.stringify(attribute.value)
}
