// The type of `lutra.config.ts`. Keys are hls4ml's in camelCase, and the command line's flags; hls4ml's own spellings
// (`ReuseFactor`, `exp_table_t`) are read as well, where an object was carried over as it stood.

import type { Overflow, Rounding } from '../fixed/types.ts'
import type { OwnOperator } from '../ops/own-operators.ts'

/** `fixed<16,6>`, `ap_ufixed<8,0,AP_RND,AP_SAT>`, `int<8>`, `auto`. */
export type PrecisionText = string

export type StrategyName =
  | 'Latency'
  | 'Resource'
  | 'Unrolled'
  | 'ResourceUnrolled'
  | 'Resource_Unrolled'
  | 'DistributedArithmetic'
  | 'Distributed_Arithmetic'
  | 'DA'
  | 'Compressed'

/** What is asked of the whole model. */
export interface ModelSettings {
  /** Precision of everything not named elsewhere. Setting any precision means hls4ml's rules for the whole model. */
  precision?:
    | PrecisionText
    | { default?: PrecisionText; maximum?: PrecisionText; [role: string]: PrecisionText | undefined }
  /** How often a multiplier is used per result; a whole number, 1 or more. */
  reuseFactor?: number
  /** How products are built. */
  strategy?: StrategyName
}

/** What is asked of a layer, or of all layers of a class. */
export interface LayerSettingsInput {
  /** One precision for all roles, or precisions by role: `result`, `accum`, `weight`, `bias`, … */
  precision?: PrecisionText | Record<string, PrecisionText>
  /** How often a multiplier is used per result; a whole number, 1 or more. */
  reuseFactor?: number
  /** How products are built. */
  strategy?: StrategyName
  /** Entries of the layer's lookup table. */
  tableSize?: number
  /** Which softmax. */
  implementation?: 'stable' | 'latency' | 'legacy' | 'argmax'
  /** Leaves out a softmax that is the last layer. */
  skip?: boolean
  /** What stands between the elements of an upsampled image. */
  algorithm?: 'nearest'
  /** A layer normalisation's table of inverse deviations covers variances up to 2^−this. */
  tableRangePower2?: number
  /** How often a multiplier of the recurrent kernel is used per time step. */
  recurrentReuseFactor?: number
  /** The same by direction of a bidirectional layer, and of its kernel of inputs. */
  forwardReuseFactor?: number
  forwardRecurrentReuseFactor?: number
  backwardReuseFactor?: number
  backwardRecurrentReuseFactor?: number
  /** One block of hardware for all time steps of a recurrent layer. */
  static?: boolean
  /** Type of the entries of an activation's table. */
  tableT?: PrecisionText
  /** Type of a softmax's exponentials. */
  expTableT?: PrecisionText
  /** Type of a softmax's inverses. */
  invTableT?: PrecisionText
  /** Type that addresses a softmax's inverses. */
  invInpT?: PrecisionText
  /** Type of a softmax's differences from the maximum. */
  inpNormT?: PrecisionText
  /** Type of the accumulator, as `precision.accum`. */
  accumT?: PrecisionText
  /** Type of a leaky ReLU's slope. */
  paramT?: PrecisionText
  /** Type of a hard activation's slope. */
  slopeT?: PrecisionText
  /** Type of a hard activation's shift. */
  shiftT?: PrecisionText
}

/** Modes for the results of chosen layers, hls4ml's pass of the same name. */
export interface OutputRoundingSaturationMode {
  /** Layer names or classes. */
  layers: string[]
  roundingMode?: Rounding
  saturationMode?: Overflow
  saturationBits?: number
}

/** A project of Lutra. Paths are relative to the file; flags of the command line win over it. */
export interface LutraConfig {
  /** The model's file or files, or hls4ml's `Model`: what is asked of the whole model. */
  model?: string | string[] | ModelSettings
  /** What is asked of layers, in the form of hls4ml's HLSConfig; the way to give a `model` of both kinds. */
  hlsConfig?: {
    model?: ModelSettings
    layerType?: Record<string, LayerSettingsInput>
    layerName?: Record<string, LayerSettingsInput>
  }
  /** Operators of your own, for layers that Lutra does not have (docs/own-operators.md); in scripts only. */
  operators?: readonly OwnOperator[]
  /** How the network is trained, for `lutra train`; `defineTraining` gives it its types. */
  train?: object
  /** See `defineCompression`. */
  compress?: object
  /** See `defineSearch`. */
  search?: object
  /** That `lutra run` predicts what was trained, bit by bit from its file; the folder for it. */
  predict?: { out?: string }
  /** Settings by hls4ml's layer class: Input, Dense, Activation, Softmax, … */
  layerType?: Record<string, LayerSettingsInput>
  /** Settings by layer name. */
  layerName?: Record<string, LayerSettingsInput>
  outputRoundingSaturationMode?: OutputRoundingSaturationMode
  /** Name of the top module and of the files. */
  projectName?: string
  /** What the project is written for. */
  backend?:
    | 'verilog'
    | 'Vivado'
    | 'Vitis'
    | 'VivadoAccelerator'
    | 'VitisUnified'
    | 'Quartus'
    | 'oneAPI'
    | 'Catapult'
    | 'Libero'
    | 'SymbolicExpression'
  /** Whole tensors at once, or one pixel per beat. */
  ioType?: 'io_parallel' | 'io_stream'
  /** FPGA part number. */
  part?: string
  /** Board the design is for: a name, or the file of a board of your own (`./my-board.json`). */
  board?: string
  /** Folder of your own boards, a file each. */
  boards?: string
  /** How frames come to a packaged accelerator: streams, windows in the register port, or bursts of memory. */
  interface?: 'axi_stream' | 'axi_lite' | 'axi_master'
  /** What carries its streams: a DMA or FIFO, or a ComBlock. */
  link?: 'mover' | 'comblock'
  /** Where the board is reached that `lutra deploy` and `lutra assess` run on; flags and environment come first. */
  deploy?: { host?: string; user?: string; key?: string; port?: number; folder?: string }
  /** Clock period in ns. */
  clock?: number
  /** Folder that results are written to. */
  out?: string
  /** Vectors to calibrate, check and verify on: .npy, .npz, .csv or `file.h5:Dataset`. */
  data?: string
  /** Column of a CSV file that holds the labels. */
  labelColumn?: string
  /** File of the labels. */
  labels?: string
  /** The `scaler.json` of the training: rows are physical values, scaled by it before the network takes them. */
  scaler?: string
  /** Names of the classes, from class 0, where the labels are words. */
  classes?: string[]
  /** Findings are errors. */
  strict?: boolean
  /** Share of accuracy that quantisation may cost, from 0 to below 1. */
  maxLoss?: number
  /** Type of the input, or of inputs by name. */
  inputType?: PrecisionText | Record<string, PrecisionText>
  /** How long searches may take. */
  effort?: string
  /** Frames per second the design must reach. */
  fps?: number
  /** Most cycles between two frames. */
  maxIi?: number
  /** Most LUTs. */
  maxLut?: number
  /** Most DSP blocks. */
  maxDsp?: number
  /** Most block RAMs of 18 kb. */
  maxBram?: number
  /** Most cycles from input to output. */
  maxLatency?: number
  /** Threads to work with. */
  threads?: number
  /** Seed of everything random. */
  seed?: number
}

/** Gives `lutra.config.ts` its types: `export default defineConfig({ … })`. Returns what it is given. */
export function defineConfig(config: LutraConfig): LutraConfig {
  return config
}
