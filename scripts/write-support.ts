// Writes the tables of docs/support.md from the operator table and the frontends, between the marks that stand there.
// Run it after a change to either: npx tsx scripts/write-support.ts
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Conversion } from '../src/fixed/types.ts'
import { hgq2Layers } from '../src/frontends/hgq2/layers.ts'
import { activationLayer } from '../src/frontends/keras/activations.ts'
import type { LayerContext } from '../src/frontends/keras/layer.ts'
import { kerasLayers } from '../src/frontends/keras/layers.ts'
import { augmentations, trainingLayers } from '../src/frontends/keras/training-layers.ts'
import { laterFormats } from '../src/frontends/later-formats.ts'
import { quantiserOptions } from '../src/frontends/qkeras/options.ts'
import {
  type ChoiceDefinition,
  isRefusal,
  type OpDefinition,
  type OpExample,
  type Refusal,
  type TypedOp,
} from '../src/ops/definition.ts'
import { definitionOf, type OpKind, ops } from '../src/ops/index.ts'
import { typedOpOfExample } from '../src/ops/typed-op.ts'
import { boardHead, boardRows } from './board-support.ts'
import { onnxRows } from './onnx-support.ts'

const target = new URL('../docs/support.md', import.meta.url)

type Definition = OpDefinition<OpKind, unknown>
type Phase = 'hls' | 'rtl' | 'estimate'
type Example = OpExample<unknown>

const tables: Readonly<Record<string, () => string>> = {
  operators: () =>
    table(
      ['Operator', 'Computes', 'float', 'emulate', 'hls', 'rtl', 'estimate'],
      kinds().map(kind => {
        const definition = definitionOf(kind)
        const answers = (['hls', 'rtl', 'estimate'] as const).map(phase => answerOf(definition, phase))
        const bits = isSplit(definition) ? 'split' : 'yes'
        return [`\`${kind}\``, definition.summary, 'yes', bits, ...answers]
      }),
    ),
  refusals: () => table(['Operator', 'Phase', 'Code', 'Reason, by example'], kinds().flatMap(refusalRows)),
  keras: () =>
    table(
      ['Layer class', 'Becomes', 'Remarks'],
      Object.keys(kerasLayers).map(name => {
        const note = kerasNotes[name] ?? (Object.hasOwn(hgq2Layers, name) ? hgq2Note(name) : undefined)
        if (note === undefined) throw new Error(`scripts/write-support.ts: say what ${name} becomes`)
        return [`\`${name}\``, ...note]
      }),
    ),
  activations: () => listed(activationNames()),
  quantisers: () => listed(Object.keys(quantiserOptions)),
  boards: () => table(boardHead, boardRows()),
  onnx: () => table(['Operator', 'Of', 'Becomes', 'Remarks'], onnxRows()),
  refused: () => listed(laterFormats.map(({ name }) => name)),
}

const garNetNote =
  'simplified, linear, of vertices and their number (`xn`); results of every vertex, or their mean'
const recurrentNote =
  'from zero or given states; one output or all, and the last states; read from either end'
const quantisedRecurrentNote =
  "weights of `quantized_bits`, `quantized_linear` and `ternary` without `alpha`; quantizers within a step as they are, by lines or curves; under an hls4ml config functions go by their names and states have the result's type, with a finding"

const hgq2Notes: Readonly<Record<string, readonly [becomes: string, remarks: string]>> = {
  'hgq>QBatchNormDense': ['`dense`, and its activation', 'normalisation folded in, then quantised'],
  'hgq>QEinsumDense': ['`einsum-dense` or `dense`, and its activation', 'quantisers as for `hgq>QDense`'],
  'hgq>QEinsumDenseBatchnorm': [
    '`einsum-dense` or `dense`, and its activation',
    'normalisation folded in, then quantised',
  ],
  'hgq>QUnaryFunctionLUT': ['`unary-table`', 'of functions by name; a table for all, or for every element'],
  'hgq>QAffinedUnaryFunctionLUT': ['`unary-table`', 'the same, of x · scale + bias'],
  'hgq>Quantizer': ['`quantise`', 'types by element, exact'],
  'hgq>QSoftmax': [
    '`softmax`',
    'over the last axes; tables with types of their own, the same for all elements',
  ],
  'hgq>QMultiHeadAttention': [
    '`einsum-dense`, `einsum`, `softmax`',
    'over all axes but the last, without masks',
  ],
  'hgq>QLinformerAttention': [
    '`einsum-dense`, `einsum`, `softmax`',
    'the same; keys and values projected first',
  ],
  'hgq>QAveragePow2': ['`merge`', 'of two, four or another power of two of tensors, as Average'],
  'hgq>QEinsum': ['`einsum`', 'quantisers as for `hgq>QAdd`'],
  'hgq>QDense': [
    '`dense`, and its activation',
    'quantisers before, behind and on the weights: `kif` and `kbi`, by element, exact',
  ],
}

/** As Keras's layer of that name, between quantisers. */
function hgq2Note(name: string): readonly [becomes: string, remarks: string] {
  const plain = name.replace('hgq>Q', '')
  return hgq2Notes[name] ?? [kerasNotes[plain]?.[0] ?? '`quantise`', `as ${plain}, between quantisers`]
}

/** What each layer becomes in the graph; a layer without an entry stops this script. */
const kerasNotes: Readonly<Record<string, readonly [becomes: string, remarks: string]>> = {
  InputLayer: ['`input`', 'dense tensors only: no sparse or ragged ones'],
  Dense: ['`dense`, and its activation', 'any rank: it works on the last axis'],
  BinaryDense: ['`dense`', 'of binary weights'],
  TernaryDense: ['`dense`', 'of ternary weights'],
  Conv1D: ['`conv`, and its activation', 'padding valid, same and causal, strides, dilation, groups'],
  Conv2D: ['`conv`, and its activation', 'padding valid and same, strides, dilation, groups'],
  SeparableConv1D: ['two `conv`, and its activation', 'as for Conv1D'],
  SeparableConv2D: ['two `conv`, and its activation', 'as for Conv2D'],
  DepthwiseConv1D: ['`conv` of one group per channel', 'several filters a channel too'],
  DepthwiseConv2D: ['`conv` of one group per channel', 'several filters a channel too'],
  ...Object.fromEntries(
    ['Max', 'Average'].flatMap(name =>
      ['1D', '2D'].flatMap(rank => [
        [`${name}Pooling${rank}`, ['`pool`', 'padding valid and same; averages leave padding out']],
        [`Global${name}Pooling${rank}`, ['`global-pool`', 'with and without `keepdims`']],
      ]),
    ),
  ),
  Activation: ['by its function', 'see below'],
  ReLU: ['`relu` or `leaky-relu`', 'an upper limit or a negative slope, not both; no threshold'],
  LeakyReLU: ['`leaky-relu`', ''],
  PReLU: ['`prelu`', 'factors shared along axes too'],
  ThresholdedReLU: ['`thresholded-relu`', ''],
  ELU: ['`elu`', ''],
  Softmax: ['`softmax`', 'along any axis'],
  BatchNormalization: [
    '`batch-norm`',
    'over the last axis; folded into the layer before where the rules of the config allow',
  ],
  LayerNormalization: ['`layer-norm`', 'over the last axis'],
  Rescaling: ['`batch-norm`', 'by numbers, or by one for each channel'],
  Embedding: ['`embedding`', 'without masks'],
  Flatten: ['`reshape`', 'channels last'],
  Reshape: ['`reshape`', ''],
  Permute: ['`permute`', 'any rank'],
  RepeatVector: ['`reshape`, `upsample`', ''],
  ZeroPadding1D: ['`pad`', ''],
  ZeroPadding2D: ['`pad`', 'channels last'],
  Cropping1D: ['`crop`', ''],
  Cropping2D: ['`crop`', 'channels last'],
  UpSampling1D: ['`upsample`', ''],
  UpSampling2D: ['`upsample`', 'nearest neighbours'],
  Concatenate: ['`concatenate`', 'two or more, along any axis'],
  ...Object.fromEntries(
    ['Add', 'Multiply', 'Average', 'Maximum', 'Minimum'].map(name => [
      name,
      ['`merge`', 'two or more, of shapes that broadcast'],
    ]),
  ),
  Subtract: ['`merge`', 'of shapes that broadcast'],
  Dot: ['`dot` of vectors, `einsum` of more', 'any axis but the batch; without `normalize`'],
  SimpleRNN: ['`simple-rnn`', recurrentNote],
  LSTM: ['`lstm`', recurrentNote],
  GRU: ['`gru`', `reset before and after the product; ${recurrentNote}`],
  TimeDistributed: [
    'what its layer becomes',
    'around any of these, models of them too, but for GarNet, Dot of vectors and merges of shapes of different rank; Verilog of convolutions and LSTMs takes a step behind the other',
  ],
  GarNet: ['`garnet`', garNetNote],
  GarNetStack: ['`garnet`, one for each layer of the stack', garNetNote],
  Bidirectional: [
    '`bidirectional`',
    'SimpleRNN, LSTM or GRU; merged by concat, sum, mul or ave, or both results; from given states, with the last ones',
  ],
  EinsumDense: ['`einsum-dense`', 'any equation of an input whose batch comes first, `bias_axes`'],
  Einsum: ['`einsum`', "Keras 3's `ops.einsum` of two tensors in a functional model"],
  Matmul: ['`einsum`', "Keras 3's `ops.matmul` in a functional model"],
  MultiHeadAttention: [
    '`einsum-dense`, `einsum`, `softmax`',
    'of sequences, with the causal mask or none; 1/√key_dim in the weights of the query',
  ],
  Attention: ['`einsum`, `softmax`', 'of sequences, with the causal mask or none; scores by products'],
  AdditiveAttention: [
    '`reshape`, `merge`, `table-activation`, `einsum-dense`, `softmax`, `einsum`',
    'of sequences, with the causal mask or none',
  ],
  ...Object.fromEntries(
    [...trainingLayers, ...augmentations].map(name => [name, ['nothing', 'it does nothing once trained']]),
  ),
  QDense: ['`dense`, and `batch-norm` for the scales of `alpha`', 'see the quantizers below'],
  QConv1D: [
    '`conv`, and `batch-norm` for the scales of `alpha`',
    'kernels of `quantized_bits`, `quantized_linear` and `ternary`',
  ],
  QConv2D: [
    '`conv`, and `batch-norm` for the scales of `alpha`',
    'kernels of `quantized_bits`, `quantized_linear` and `ternary`',
  ],
  QDepthwiseConv2D: ['`conv` of one group per channel', 'as QConv2D, without `alpha`'],
  QSeparableConv1D: ['`separable-conv`', 'kernels as QConv1D, without `alpha`'],
  QSeparableConv2D: ['`separable-conv`', 'kernels as QConv2D, without `alpha`'],
  QConv2DBatchnorm: ['`conv`', 'folded by the moving statistics, then quantised as QConv2D'],
  QDepthwiseConv2DBatchnorm: ['`conv` of one group per channel', 'as QConv2DBatchnorm, without `alpha`'],
  QBatchNormalization: [
    '`batch-norm`',
    'arrays of any quantizer of kernels and of `quantized_relu_po2`, folded in float32',
  ],
  QSimpleRNN: ['`simple-rnn`', quantisedRecurrentNote],
  QLSTM: ['`lstm`', quantisedRecurrentNote],
  QGRU: ['`gru`', quantisedRecurrentNote],
  QActivation: ['by its quantizer', 'see below'],
  FixedPointQuantizer: [
    '`quantise`',
    "of HGQ proxy models: types by element, exact; a config's precisions are not read",
  ],
  'HGQ>FixedPointQuantizer': ['`quantise`', 'the same'],
  UnaryLUT: ['`unary-table`', 'of HGQ proxy models'],
  'HGQ>UnaryLUT': ['`unary-table`', 'the same'],
}

const kinds = () => Object.keys(ops) as OpKind[]

function answerTo(definition: Definition, phase: Phase, op: TypedOp<unknown>) {
  return phase === 'estimate' ? definition.estimate(op, { clockNs: 5 }) : definition[phase](op)
}

/** What sources have, and passes replace before anything is typed. */
function isSplit({ kind, examples }: Definition): boolean {
  return kind !== 'input' && examples.length === 0
}

/** `yes` when every choice tried is answered, `partly` when some are refused, `no` when all are. */
function answerOf(definition: Definition, phase: Phase): string {
  if (isSplit(definition)) return 'split'
  const answers = instancesOf(definition).map(op => answerTo(definition, phase, op))
  const refused = answers.filter(isRefusal).length
  if (definition.kind === 'input') return phase === 'estimate' ? 'yes' : 'a port'
  if (refused === answers.length) return 'no'
  const form = answers.find(answer => 'form' in answer)
  const word = form === undefined ? 'yes' : form.form
  return refused === 0 ? word : `${word}, partly`
}

function refusalRows(kind: OpKind): string[][] {
  const definition = definitionOf(kind)
  return (['hls', 'rtl', 'estimate'] as const).flatMap(phase => {
    const found = new Map<string, Refusal>()
    for (const op of instancesOf(definition)) {
      const answer = answerTo(definition, phase, op)
      if (isRefusal(answer) && !found.has(answer.code)) found.set(answer.code, answer)
    }
    return [...found.values()].map(({ code, reason }) => [`\`${kind}\``, phase, `\`${code}\``, reason])
  })
}

/** The operator's examples, each as it stands and with one thing changed: every choice, and the accumulator. */
function instancesOf(definition: Definition): TypedOp<unknown>[] {
  return definition.examples.flatMap(example =>
    [example, ...withOtherChoices(definition, example), ...withOtherAccumulators(definition, example)].map(
      changed => typedOpOfExample(definition, changed),
    ),
  )
}

function withOtherChoices({ choices }: Definition, example: Example): Example[] {
  return choices.flatMap(choice =>
    valuesOf(choice).map(value => ({ ...example, choices: { ...example.choices, [choice.key]: value } })),
  )
}

/** Every word; both truth values; of numbers the default and twice it. */
function valuesOf({ check, default: usual }: ChoiceDefinition): (number | string | boolean)[] {
  if (check.kind === 'word') return [...check.words]
  if (check.kind === 'boolean') return [true, false]
  const numbers = [Number(usual), 2 * Number(usual)]
  return numbers.filter(value => value >= check.min && value <= check.max)
}

function withOtherAccumulators({ roles }: Definition, example: Example): Example[] {
  const asked = example.conversions.accum ?? roles.accum?.default
  if (asked === undefined || asked === 'auto') return []
  const to = asked.to
  const narrow: Conversion = { ...asked, to: { ...to, width: Math.max(1, to.width - to.frac), frac: 0 } }
  return [narrow, { ...asked, overflow: 'SAT' as const }].map(accum => ({
    ...example,
    conversions: { ...example.conversions, accum },
  }))
}

/** Asked for an activation that is not there, the frontend says which are. */
function activationNames(): string[] {
  let names: string[] = []
  const context = {
    layer: { className: 'Activation', name: 'probe', place: 'probe' },
    attributes: { value: () => 'no such activation' },
    problems: {
      add: ({ expected }: { expected?: string }) => {
        names = expected?.match(/[a-z][a-z0-9_]+(?=,)/g) ?? []
      },
    },
  }
  activationLayer(context as unknown as LayerContext)
  return names
}

function listed(names: readonly string[]): string {
  if (names.length === 0) throw new Error('scripts/write-support.ts: an empty list')
  return names.map(name => (/^[a-z0-9_]+$/.test(name) ? `\`${name}\`` : name)).join(', ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map(cells => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')
}

/** The page with its tables as they must be now. */
export function withSupportTables(page: string): string {
  return Object.entries(tables).reduce((text, [name, make]) => {
    const marks = new RegExp(`(<!-- table: ${name} -->\n)[^]*?(\n<!-- end -->)`)
    if (!marks.test(text)) throw new Error(`docs/support.md has no place for the table '${name}'`)
    return text.replace(marks, (_, open: string, close: string) => `${open}${make()}${close}`)
  }, page)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(target, withSupportTables(readFileSync(target, 'utf8')))
}
