// What the entries of activation tables are before they are rounded to the table's type. Each function takes a float32
// and computes as the C++ of the field does, step by step: where it works in float, in double, and where it rounds
// between them. All steps are IEEE + − × ÷ but for expf (as glibc's), log and tanh (correctly rounded in double).
// The exponential's own entry is `expFloat32` itself.
import { logRounded, tanhRounded } from './correctly-rounded.ts'
import { expFloat32 } from './transcendental.ts'

/** 1/x in float; ±infinity at 0. */
export function reciprocalFloat32(x: number): number {
  return Math.fround(1 / x)
}

/** 1/(1 + e^−x): the sum in float, the quotient in double, returned as float. */
export function sigmoidFloat32(x: number): number {
  return Math.fround(1 / Math.fround(1 + expFloat32(-x)))
}

/** log(e^x + 1): expf, then sum and logarithm in double, returned as float. */
export function softplusFloat32(x: number): number {
  return Math.fround(logRounded(expFloat32(x) + 1))
}

/** x/(|x| + 1) in double, returned as float. */
export function softsignFloat32(x: number): number {
  return Math.fround(x / (Math.abs(x) + 1))
}

/** e^x − 1: expf, the difference in double, returned as float. */
export function eluFloat32(x: number): number {
  return Math.fround(expFloat32(x) - 1)
}

/** λα(e^x − 1): expf, the rest in double, returned as float. */
export function seluFloat32(x: number): number {
  return Math.fround(1.0507009873554805 * (1.6732632423543772 * (expFloat32(x) - 1)))
}

/**
 * tanh x in double, not rounded to float: the table's type takes the double. glibc's own tanh may be one or two units
 * in the last place away, which no table type of up to 32 fraction bits shows.
 */
export function tanhDouble(x: number): number {
  return tanhRounded(x)
}
