// The package's entry `lutra/node`: the verbs of the command line as typed functions, with files and tools.

export type { TrainedTrial, TrialJob, TrialResult, TrialRunner } from '../train/search/trial.ts'
export { type AssessOptions, type AssessResult, assess } from './assess.ts'
export { type Board, type BoardsOptions, boards, findBoard, type ListedBoard, listBoards } from './boards.ts'
export { type BuildOptions, type BuildResult, build } from './build.ts'
export { type CheckOptions, check } from './check.ts'
export { type CmvmOptions, type CmvmResult, cmvm } from './cmvm.ts'
export { type CompareOptions, type CompareResult, compare } from './compare.ts'
export { type CompressResult, compressNetwork } from './compress.ts'
export { type ConfigOptions, writeConfig } from './config.ts'
export { type DeployOptions, type DeployResult, deploy } from './deploy.ts'
export { type EstimateOptions, type EstimateResult, estimate, estimateText } from './estimate.ts'
export { type EvaluateOptions, type EvaluateResult, evaluate } from './evaluate.ts'
export { type ExportOptions, type ExportResult, exportModel } from './export.ts'
export { readFileBytes, writeFileAtomic, writeFolderAtomic } from './files.ts'
export { type ImportOptions, importText } from './import.ts'
export { type InitOptions, type InitResult, initProject } from './init.ts'
export { loadConfig } from './load-config.ts'
export { type LoadedModel, loadModel } from './load-model.ts'
export { type PackageOptions, type PackageResult, packageModel } from './package.ts'
export { type Prediction, type PredictOptions, predict } from './predict.ts'
export { type ModelOptions, type PreparedModel, prepareModel } from './prepare.ts'
export { type ProfileOptions, type ProfileResult, profile } from './profile.ts'
export {
  type ProductCircuit,
  type ProductProof,
  type ProofOptions,
  proveProduct,
} from './prove-product.ts'
export { readTable, readVectors } from './read-data.ts'
export { type ReportOptions, report } from './report.ts'
export {
  type ChainStep,
  type RunChainOptions,
  type RunChainResult,
  runChain,
} from './run-chain.ts'
export { type InProcessOptions, inProcessRunner } from './run-trial.ts'
export { type SearchOptions, type SearchResult, searchStudent } from './search.ts'
export { type TracedLayer, type TraceOptions, type TraceResult, trace } from './trace.ts'
export { type TrainOptions, type TrainResult, trainModel } from './train.ts'
export { type TuneOptions, type TuneOutcome, tune } from './tune.ts'
export {
  type FrameAccelerator,
  type FrameOptions,
  type FramePrediction,
  type FrameRun,
  type NodeRun,
  type NumberAccelerator,
  type UdmaClient,
  type UdmaOptions,
  udma,
} from './udma.ts'
export { type SynthOptions, type SynthResult, synth } from './vendor.ts'
export { type VerifyModelOptions, type VerifyResult, verify } from './verify.ts'
