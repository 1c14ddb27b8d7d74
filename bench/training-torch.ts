// An epoch of training with fake quantisation beside PyTorch's on the same processor, one thread each, in one run, turn
// by turn: `npx tsx bench/training-torch.ts [--rounds 5] [mlp] [cnn]`. Debian's python3-torch is enough; without PyTorch
// only our own epochs are timed.
//
// Both begin with the same weights and take the same rows in the same order, and the mean loss of the first epoch must
// agree to a hundredth before any time counts. Rows lie in memory; the first epoch, in which ours compiles, is not measured. PyTorch is
// used as its tutorials do: modules, autograd, its own Adam; the rounding as x + (q(x) − x).detach().

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { type Dataset, rowSource, sizeOf } from '../src/data/dataset.ts'
import { normal, shuffledOrder } from '../src/data/random.ts'
import { printTable } from '../src/report/text-table.ts'
import { loadAutodiff } from '../src/train/autodiff.ts'
import { initialWeights } from '../src/train/initialise.ts'
import { train } from '../src/train/loop.ts'
import { type Model, type ModelInput, readModelConfig, weightKey } from '../src/train/model.ts'
import { streamOf } from '../src/train/random.ts'
import { readTrainSettings } from '../src/train/settings.ts'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    python: { type: 'string', default: '/usr/bin/python3' },
  },
})
const rounds = Number(flags.rounds)
const seed = 1

const kernel = 'quantized_bits(6,0,alpha=1)'
const quantised = { kernelQuantizer: kernel, biasQuantizer: kernel }
const relu = 'quantized_relu(6,1)'
const dense = (name: string, units: number) => ({ kind: 'dense', name, units, ...quantised }) as const
const conv = (name: string, filters: number) =>
  ({ kind: 'conv2d', name, filters, kernelSize: [3, 3], ...quantised, activation: relu }) as const
const pool = { kind: 'max-pool2d', poolSize: [2, 2] } as const

interface Case {
  readonly rows: number
  readonly batch: number
  readonly model: ModelInput
}

/** The jet tagger that hls4ml's papers train, and the small network of house numbers. */
const cases: Readonly<Record<string, Case>> = {
  mlp: {
    rows: 50_000,
    batch: 512,
    model: {
      name: 'mlp',
      input: [16],
      layers: [
        { ...dense('fc1', 64), activation: relu },
        { ...dense('fc2', 32), activation: relu },
        { ...dense('fc3', 32), activation: relu },
        dense('out', 5),
      ],
    },
  },
  cnn: {
    rows: 5_000,
    batch: 64,
    model: {
      name: 'cnn',
      input: [32, 32, 3],
      layers: [
        conv('conv1', 16),
        pool,
        conv('conv2', 16),
        pool,
        conv('conv3', 24),
        pool,
        { kind: 'flatten' },
        { ...dense('fc1', 42), activation: relu },
        { ...dense('fc2', 64), activation: relu },
        dense('out', 10),
      ],
    },
  },
}

const torchProgram = `
import json, sys, time
import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
job = json.load(open(sys.argv[1]))
load = lambda name, shape: np.fromfile(job['folder'] + '/' + name, dtype=np.float32).reshape(shape)
x = load('x', [job['rows']] + job['input'])
if len(job['input']) == 3:
    x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
x = torch.from_numpy(x)
y = torch.from_numpy(np.fromfile(job['folder'] + '/y', dtype=np.int32).astype(np.int64))

def bits(w):
    q = torch.clamp(torch.round(w * 32), -32, 31) / 32
    return w + (q - w).detach()

def relu(v):
    r = torch.clamp(v, 0, 63 / 32)
    q = torch.clamp(torch.round(r * 32), 0, 63) / 32
    return r + (q - r).detach()

class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.values = torch.nn.ParameterList()
        image = None
        for k, layer in enumerate(job['layers']):
            w, b = load('w%d' % k, layer['kernel']), load('b%d' % k, [layer['kernel'][-1]])
            if layer['kind'] == 'conv2d':
                w, image = w.transpose(3, 2, 0, 1), layer['pooled']
            elif image is not None:
                # What is flattened stands channels first here.
                w = w.reshape(image + [-1]).transpose(2, 0, 1, 3).reshape(w.shape)
                image = None
            self.values.append(torch.nn.Parameter(torch.from_numpy(np.ascontiguousarray(w))))
            self.values.append(torch.nn.Parameter(torch.from_numpy(b)))

    def forward(self, v):
        for k, layer in enumerate(job['layers']):
            w, b = bits(self.values[2 * k]), bits(self.values[2 * k + 1])
            if layer['kind'] == 'conv2d':
                v = F.max_pool2d(relu(F.conv2d(v, w, b)), 2)
                continue
            v = v.flatten(1) @ w + b
            if k < len(job['layers']) - 1:
                v = relu(v)
        return v

network = Network()
optimiser = torch.optim.Adam(network.parameters(), lr=1e-3, eps=1e-7)

def epoch(number):
    order = torch.from_numpy(np.fromfile(job['folder'] + '/order%d' % number, dtype=np.int32).astype(np.int64))
    total = 0.0
    for at in range(0, job['rows'], job['batch']):
        some = order[at : at + job['batch']]
        optimiser.zero_grad()
        loss = F.cross_entropy(network(x[some]), y[some])
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            for value in network.parameters():
                value.clamp_(-1, 1)
        total += loss.item() * len(some)
    return total / job['rows']

for line in sys.stdin:
    wall, busy = time.perf_counter(), time.process_time()
    loss = epoch(int(line))
    print(json.dumps({'wall': time.perf_counter() - wall, 'busy': time.process_time() - busy, 'loss': loss}), flush=True)
`

/** Seconds of an epoch by the clock and of processor time, and its mean loss. */
interface Epoch {
  readonly wall: number
  readonly busy: number
  readonly loss: number
}

interface Rival {
  epoch(number: number): Promise<Epoch>
  end(): void
}

/** Clouds about a centre for each class. */
function clouds({ rows, model }: Case, classes: number): Dataset {
  const uniform = streamOf(seed, 'clouds')
  const size = sizeOf(model.input as readonly number[])
  const centres = Float32Array.from({ length: classes * size }, () => 0.5 * normal(uniform))
  const labels = Int32Array.from({ length: rows }, () => Math.floor(uniform() * classes))
  const data = new Float32Array(rows * size)
  for (let k = 0; k < data.length; k++)
    data[k] = centres[labels[Math.floor(k / size)]! * size + (k % size)]! + normal(uniform)
  const names = Array.from({ length: classes }, (_, k) => `${k}`)
  const inputs = [{ shape: model.input as readonly number[], data }]
  return { count: rows, inputs, target: { kind: 'classes', labels, names } }
}

function startTorch(own: Case, model: Model, data: Dataset, folder: string): Rival | undefined {
  if (spawnSync(flags.python, ['-c', 'import torch']).status !== 0) return undefined
  const weights = initialWeights(model, seed)
  const layers = model.layers.flatMap((layer, at) => {
    if (layer.kind !== 'dense' && layer.kind !== 'conv2d') return []
    return [{ layer, pooled: model.layers[at + 1]?.shape }]
  })
  const save = (name: string, values: Float32Array | Int32Array | Uint32Array) =>
    writeFileSync(join(folder, name), new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  save('x', data.inputs[0]!.data)
  if (data.target.kind === 'classes') save('y', data.target.labels)
  layers.forEach(({ layer }, k) => {
    save(`w${k}`, weights[weightKey(layer, { name: 'kernel' })]!)
    save(`b${k}`, weights[weightKey(layer, { name: 'bias' })]!)
  })
  for (let epoch = 0; epoch <= rounds; epoch++)
    save(`order${epoch}`, Uint32Array.from(shuffledOrder(own.rows, streamOf(seed, 'order', epoch))))
  const shapes = layers.map(({ layer, pooled }) => ({
    kind: layer.kind,
    kernel: layer.weights.find(({ name }) => name === 'kernel')!.shape,
    pooled,
  }))
  const job = { folder, rows: own.rows, batch: own.batch, input: own.model.input, layers: shapes }
  writeFileSync(join(folder, 'job.json'), JSON.stringify(job))
  writeFileSync(join(folder, 'epochs.py'), torchProgram)
  const child = spawn(flags.python, [join(folder, 'epochs.py'), join(folder, 'job.json')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    epoch: async number => {
      child.stdin.write(`${number}\n`)
      const { value, done } = await lines.next()
      if (done === true) throw new Error('PyTorch ended')
      return JSON.parse(value) as Epoch
    },
    end: () => void child.stdin.end(),
  }
}

interface Turn {
  readonly ours: Epoch
  readonly torch: Epoch | undefined
}

async function turnsOf(own: Case, folder: string): Promise<Turn[]> {
  const model = readModelConfig(own.model, 'bench')
  const data = clouds(own, sizeOf(model.outputShape))
  const rival = startTorch(own, model, data, folder)
  const settings = readTrainSettings({ epochs: rounds + 1, batch: own.batch, seed }, 'bench')
  const turns: Turn[] = []
  let [wall, cpu] = [performance.now(), process.cpuUsage()]
  await train({
    autodiff: await loadAutodiff(),
    model,
    settings,
    data: rowSource(data),
    onEpoch: async ({ epoch, loss }) => {
      const { user, system } = process.cpuUsage(cpu)
      const ours = { wall: (performance.now() - wall) / 1000, busy: (user + system) / 1e6, loss }
      turns.push({ ours, torch: await rival?.epoch(epoch - 1) })
      ;[wall, cpu] = [performance.now(), process.cpuUsage()]
    },
  })
  rival?.end()
  return turns
}

/** Float32 sums in another order round some weights otherwise, and from there the losses drift apart. */
const mostDrift = 0.01

function checkLosses(name: string, [first]: readonly Turn[]): void {
  const { ours, torch } = first!
  if (torch !== undefined && Math.abs(ours.loss - torch.loss) > mostDrift * torch.loss)
    throw new Error(`${name}: the loss of the first epoch is ${ours.loss} here and ${torch.loss} there`)
}

const best = (epochs: readonly Epoch[], key: 'wall' | 'busy') => Math.min(...epochs.map(own => own[key]))

function rowOf(name: string, { rows, batch }: Case, turns: readonly Turn[]): string[] {
  const measured = turns.slice(1)
  const ours = measured.map(turn => turn.ours)
  const torch = measured.flatMap(turn => turn.torch ?? [])
  const seconds = (epochs: readonly Epoch[]) =>
    epochs.length === 0 ? '–' : `${best(epochs, 'wall').toFixed(3)} / ${best(epochs, 'busy').toFixed(3)}`
  const ratio = (key: 'wall' | 'busy') =>
    torch.length === 0 ? '–' : (best(ours, key) / best(torch, key)).toFixed(2)
  const losses = [turns[0]!, turns.at(-1)!].map(({ ours: a, torch: b }) =>
    [a.loss, b?.loss].map(loss => loss?.toFixed(4) ?? '–').join(' / '),
  )
  return [
    name,
    `${rows}, ${batch} a step`,
    seconds(ours),
    seconds(torch),
    ratio('wall'),
    ratio('busy'),
    ...losses,
  ]
}

const table: string[][] = []
let withTorch = true
for (const name of positionals.length > 0 ? positionals : Object.keys(cases)) {
  const own = cases[name]
  if (own === undefined) throw new Error(`no case ${name}; there are ${Object.keys(cases).join(', ')}`)
  const folder = mkdtempSync(join(tmpdir(), 'lutra-bench-torch-'))
  try {
    const turns = await turnsOf(own, folder)
    checkLosses(name, turns)
    withTorch &&= turns[0]!.torch !== undefined
    table.push(rowOf(name, own, turns))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
if (!withTorch) console.log(`${flags.python} has no torch: only our own epochs are timed.`)
console.log(`best of ${rounds} epochs each, in turns; load ${loadavg()[0]!.toFixed(1)}`)
const head = [
  'network',
  'rows',
  'ours s (clock / busy)',
  'PyTorch s (clock / busy)',
  'ratio by clock',
  'by busy',
  'loss, first epoch',
  'last',
]
console.log(printTable({ head, groups: [table] }))
