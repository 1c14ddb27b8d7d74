// What a layer is to training: its settings, its shape, its weights, its forward pass, and how Keras names it. A layer
// is one file with one such definition, and one line in index.ts.

import type { JsonObject } from '../../frontends/json.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { Maths, Tensor } from '../autodiff.ts'
import type { Field, Fields, InitialiserName, ValuesOf } from '../fields.ts'
import type { QuantiserSpec } from '../quantisers/definition.ts'

/** A weight of a layer, before it has values. */
export interface WeightSpec {
  /** Keras's name of the variable: `kernel`. */
  readonly name: string
  readonly shape: Shape
  readonly initialiser: InitialiserName
  /** Moving averages are not. */
  readonly trainable: boolean
  /** Products per result, and results per input, which initialisers go by. */
  readonly fans?: readonly [number, number]
  /** Which quantiser makes it what is computed with. */
  readonly quantiser?: QuantiserSpec | null
  /** Groups of the Keras file between layer and variable: `gru_cell`. */
  readonly path?: readonly string[]
  /** Keras's name of the variable, where a layer has several of that name. */
  readonly variable?: string
  /** A count, which files hold as a whole number. */
  readonly isWhole?: boolean
  /** Initial values that no initialiser gives, such as the ones of a forget gate's bias. */
  readonly initial?: (values: Float32Array) => void
}

/** One layer's forward pass. */
export interface LayerCall<Settings> {
  readonly settings: Settings
  readonly maths: Maths
  readonly training: boolean
  /** The first input, and all of them; a batch axis before the layer's shape. */
  readonly x: Tensor
  readonly inputs: readonly Tensor[]
  /** A weight as trained, of the inputs' number type. */
  weight(name: string): Tensor
  /** A weight as it is computed with: through the quantiser, always in float32, then of the inputs' number type. */
  quantised(name: string, quantiser: QuantiserSpec | null): Tensor
  /** The same, but left in float32. */
  trained(name: string, quantiser: QuantiserSpec | null): Tensor
  /** A tensor through a quantiser. */
  quantise(x: Tensor, quantiser: QuantiserSpec): Tensor
  /** Uniform numbers in [0, 1), others at every call and step. */
  uniform(shape: Shape): Tensor
  /** The next value of a weight that is not trained by gradients. */
  update(name: string, value: Tensor): void
}

export interface LayerDefinition<F extends Fields = Fields> {
  /** Keras's class, and QKeras's of the same layer with quantisers, where there is one. */
  readonly classes: { readonly plain?: string; readonly quantised?: string }
  readonly summary: string
  readonly fields: F
  /** How many layers it reads; one, where nothing is said. */
  readonly inputs?: 'several'
  /** Without the batch axis; a text says why there is none. */
  shape(settings: ValuesOf<F>, input: Shape, inputs: readonly Shape[]): Shape | string
  weights?(settings: ValuesOf<F>, input: Shape): readonly WeightSpec[]
  forward(call: LayerCall<ValuesOf<F>>): Tensor
  /** Settings that Keras writes and that have one value here, by class. */
  keras?(settings: ValuesOf<F>, input: Shape): Readonly<Record<string, unknown>>
  /** Of a layer that holds another: Keras's form from all settings in one, and back; undefined where it cannot be. */
  readonly held?: {
    write(config: JsonObject, isQuantised: boolean): JsonObject
    read(config: JsonObject): JsonObject | undefined
  }
  /** Whether the quantised class is meant; otherwise it is where any quantiser is set. */
  isQuantised?(settings: ValuesOf<F>): boolean
}

/** Keeps the types of the settings while the definition joins the others in one table. */
export function defineLayer<const F extends Record<string, Field<unknown>>>(
  definition: LayerDefinition<F>,
): LayerDefinition<F> {
  return definition
}
