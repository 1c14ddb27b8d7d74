// The package's pure entry `lutra`: bytes in, values and projects out; runs in a browser as in Node. hls4ml's verbs
// carry its names in camelCase: configFromKerasModel, convertFromKerasModel, compile; predict, trace and build need
// files and are in `lutra/node`.

export { buildDesign, type Design, type DesignOptions } from './backends/verilog/design.ts'
export { emitVerilog } from './backends/verilog/emit.ts'
export { estimateDesign } from './backends/verilog/estimate-design.ts'
export {
  type DefinedNetwork,
  defineNetwork,
  type InputOptions,
  type NetworkBuilder,
  type Signal,
} from './builder/define-network.ts'
export type { ExactValues } from './builder/exact-values.ts'
export type { GravNetLayer, Projection } from './builder/gravnet.ts'
export type { DenseLayer } from './builder/layers.ts'
export type { IntegrateFireLayer, SpikeReadoutLayer } from './builder/spiking.ts'
export type { Quantiser, QuantiserLike, TypeLike } from './builder/target-type.ts'
export { wrongCoefficient } from './cmvm/coefficients.ts'
export { printAdderGraph } from './cmvm/graph-text.ts'
export { matrixModule } from './cmvm/module.ts'
export type { MatrixProblem } from './cmvm/problem.ts'
export {
  type GraphFigures,
  type SolvedMatrix,
  type SolveOptions,
  solveMatrix,
  solveWithoutSharing,
} from './cmvm/solve.ts'
export { type CompiledModel, type CompileOptions, compileModel as compile } from './compile.ts'
export { checkConfig } from './config/check.ts'
export { defineConfig, type LutraConfig } from './config/define.ts'
export { emptyConfig, type ModelConfig } from './config/model-config.ts'
export { parseConfig } from './config/parse.ts'
export {
  configOf as configFromKerasModel,
  type Granularity,
  printConfig,
  projectConfigOf,
} from './config/write.ts'
export { CompileError, type Diagnostic, renderDiagnostic } from './diagnostics/diagnostic.ts'
export type { Batch, RawBatch } from './engines/engine.ts'
export { type BatchEngine, createBatchEngine } from './engines/fixed/batch.ts'
export { createFixedEngine, type FixedEngine, toNumbers } from './engines/fixed/fixed.ts'
export { runFloat } from './engines/float.ts'
export { framesOf, rowsOf, runRtl } from './engines/rtl.ts'
export type { Cost, DesignEstimate, ErrorBand, LayerEstimate } from './estimate/design-estimate.ts'
export { type Device, devices, findDevice } from './estimate/devices.ts'
export { estimateHls } from './estimate/hls-estimate.ts'
export { convertRaw, quantiseNumber, rawToNumber } from './fixed/convert.ts'
export type { Plan, PlanBuffer, Step } from './fixed/kernels.ts'
export { type Precision, parsePrecision, printPrecision } from './fixed/precision.ts'
export { type Conversion, conversion, type FixedType, fixedType } from './fixed/types.ts'
export { parseNpy, writeNpy } from './formats/npy.ts'
export { importModel as convertFromKerasModel } from './frontends/index.ts'
export { printGraph } from './ir/print.ts'
export { type Shape, type TensorType, typeAt } from './ir/tensor-type.ts'
export type { NetlistBuilder } from './netlist/builder.ts'
export { lowerConversion } from './netlist/convert.ts'
export type { Net } from './netlist/netlist.ts'
export {
  type FloatOp,
  type FloatValues,
  type OpDefinition,
  type PrecisionRequest,
  type RoleConversions,
  type RoleDefinition,
  refuse,
  type TypedOp,
} from './ops/definition.ts'
export {
  autoIsDefault,
  bufferOf,
  conversionEstimate,
  elementwiseRtl,
  onePlan,
  resultConversions,
  resultRole,
  sameShape,
} from './ops/elementwise.ts'
export {
  defineOperator,
  type KerasMapping,
  type OnnxMapping,
  type OwnLayer,
  type OwnMeaning,
  type OwnOperator,
} from './ops/own-operators.ts'
export { registerOperator } from './ops/register-operator.ts'
export type { OpGraph } from './ops/typed-node.ts'
export {
  type ComparedLayer,
  type Comparison,
  compareModel,
  type Divergence,
} from './profile/compare.ts'
export type { Distribution } from './profile/distribution.ts'
export { type Profile, type ProfiledTensor, profileModel } from './profile/profile.ts'
export type { Report } from './report/report.ts'
export { compileLossless } from './search/weight-bits.ts'
export { type CompressionProjectInput, defineCompression } from './train/compression.ts'
export { defineModel, type ModelInput } from './train/model.ts'
export { defineTraining, type TrainProjectInput } from './train/project.ts'
export {
  type Candidates,
  defineSearch,
  type SearchInput,
  type SearchStrategy,
} from './train/search/settings.ts'
export { version } from './version.ts'
