// What a tensor holds: a shape and, per element, a fixed-point type. Element types broadcast over the axes as in
// numpy (aligned at the last axis): one type for all, one per channel, or one per element.

import { bug } from '../diagnostics/diagnostic.ts'
import { type Conversion, type FixedType, joinTypes, sameType } from '../fixed/types.ts'

export type Shape = readonly number[]

/** Types laid over a tensor's axes; `shape` broadcasts against the tensor's shape, [] is one type for all. */
export interface ElementTypes {
  readonly shape: Shape
  readonly types: readonly FixedType[]
}

export interface TensorType {
  readonly shape: Shape
  readonly element: ElementTypes
}

/** How values come into a tensor: element types and the modes by which bits are lost. */
export type TensorConversion = Omit<Conversion, 'to'> & { readonly to: ElementTypes }

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1)
}

/** One type for every element. */
export function uniform(type: FixedType): ElementTypes {
  return { shape: [], types: [type] }
}

/** The type of the element at a flat row-major index of a tensor. */
export function typeAt({ shape, element }: TensorType, index: number): FixedType {
  if (element.types.length === 1) return element.types[0]!
  return element.types[broadcastIndex(shape, element.shape, index)] ?? bug('element types do not broadcast')
}

/** The types of all elements, in row-major order. */
export function elementTypes(type: TensorType): readonly FixedType[] {
  return Array.from({ length: sizeOf(type.shape) }, (_, index) => typeAt(type, index))
}

/** The conversion into the element at a flat index of a tensor of this shape. */
export function conversionAt(conversion: TensorConversion, shape: Shape, index: number): Conversion {
  return { ...conversion, to: typeAt({ shape, element: conversion.to }, index) }
}

export function tensorConversion(conversion: Conversion): TensorConversion {
  return { ...conversion, to: uniform(conversion.to) }
}

/** The one type of a tensor whose elements all share it; undefined when they differ. */
export function uniformType(type: TensorType): FixedType | undefined {
  const first = type.element.types[0]
  return first !== undefined && type.element.types.every(other => sameType(first, other)) ? first : undefined
}

/** The narrowest type that holds every element's values. */
export function unionType(type: TensorType): FixedType {
  return type.element.types.reduce(joinTypes)
}

/** Flat index into an array of shape `from` for the element `index` of a tensor of shape `to`. */
function broadcastIndex(to: Shape, from: Shape, index: number): number {
  let rest = index
  let stride = 1
  let result = 0
  for (let axis = 1; axis <= to.length; axis++) {
    const extent = to[to.length - axis]!
    const own = from[from.length - axis] ?? 1
    if (own !== 1) {
      result += (rest % extent) * stride
      stride *= own
    }
    rest = Math.floor(rest / extent)
  }
  return result
}
