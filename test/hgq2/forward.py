"""Runs models of HGQ2 with numpy, from their architectures and arrays: what the emulator is held against.

Reads a JSON list from standard input, of objects with `config` (the model's config.json), `arrays` (by path in
model.weights.h5, a shape and a flat list each) and `inputs` (a list of rows for each input). Writes a list of the first
output of each, flat. Formulas are those of HGQ2; sums and products are exact in double precision for these models,
folding and tables are float32.
"""

import json
import re
import sys

import numpy as np

f32 = np.float32
EPSILON = f32(1e-7)


def snake_case(name):
    name = re.sub(r'(.)([A-Z][a-z]+)', r'\1_\2', re.sub(r'\W+', '', name))
    return re.sub(r'([a-z])([A-Z])', r'\1_\2', name).lower()


ROUND = {
    'TRN': np.floor,
    'RND': lambda x: np.floor(x + 0.5),
    'RND_CONV': np.round,
    'TRN_ZERO': np.trunc,
    'RND_ZERO': lambda x: np.sign(x) * np.ceil(np.abs(x) - 0.5),
    'RND_INF': lambda x: np.sign(x) * np.floor(np.abs(x) + 0.5),
    'RND_MIN_INF': lambda x: np.ceil(x - 0.5),
}


class Quantizer:
    ORDER = {
        ('kbi', True): 'bki',
        ('kbi', False): 'bik',
        ('kif', True): 'fki',
        ('kif', False): 'ifk',
    }

    def __init__(self, conf, arrays, folder):
        conf = conf['config']
        self.rounding, self.overflow = conf['round_mode'].upper(), conf['overflow_mode'].upper()
        wraps = self.overflow == 'WRAP'
        order = self.ORDER[conf['q_type'], wraps]
        own = {name: np.round(arrays[f'{folder}/quantizer/vars/{at}']) for at, name in enumerate(order)}
        self.k, self.i = own['k'], own['i']
        self.f = own['f'] if 'f' in own else own['b'] - own['i']
        self.only_rounds = conf.get('is_weight') is True and wraps and conf.get('trainable') is not False
        self.only_rounds &= conf['q_type'] == 'kif' or self.rounding == 'RND'

    def __call__(self, x):
        x = np.asarray(x, np.float64)
        k, f = self.k, self.f
        i = np.maximum(self.i, -f)
        low = -k * (2.0**i - (2.0**-f if self.overflow == 'SAT_SYM' else 0))
        high = 2.0**i - 2.0**-f
        if self.overflow != 'WRAP':
            x = np.where(x > high, high, np.where(x < low, low, x))
        x = self.round(x * 2.0**f) / 2.0**f
        if self.only_rounds:
            return x
        if self.overflow == 'WRAP':
            bias = k * 2.0 ** (i + k - 1)
            x = (x + bias) % 2.0 ** (i + k) - bias
        return np.where(k + self.i + f > 0, x, 0.0)

    def round(self, x):
        return ROUND[self.rounding.removeprefix('S_')](x)


FUNCTIONS = {
    None: lambda x: x,
    'linear': lambda x: x,
    'relu': lambda x: np.maximum(x, 0),
    'tanh': lambda x: np.tanh(np.asarray(x, f32)),
    'sigmoid': lambda x: f32(1) / (f32(1) + np.exp(-np.asarray(x, f32))),
    'exponential': lambda x: np.exp(np.asarray(x, f32)),
}


def apply(name, x):
    return FUNCTIONS[name](x)


class Layer:
    """A layer's config and arrays; `folder` ends without a slash."""

    def __init__(self, conf, arrays, folder):
        self.conf, self.arrays, self.folder = conf, arrays, folder

    def has(self, path):
        return any(own.startswith(f'{self.folder}/{path}/') for own in self.arrays)

    def array(self, path):
        return self.arrays[f'{self.folder}/{path}'].astype(f32)

    def quantizer(self, folder, key=None):
        return Quantizer(self.conf[key or f'{folder}_conf'], self.arrays, f'{self.folder}/{folder}')

    def maybe(self, folder, x, key=None):
        return self.quantizer(folder, key)(x) if self.has(folder) else x


def einsum_dense(layer, x, equation, folder='', prefix=''):
    """A projection with its own quantisers, in a folder of the layer's."""
    x = layer.maybe(f'{folder}iq', x, f'{prefix}iq_conf')
    kernel = layer.quantizer(f'{folder}kq', f'{prefix}kq_conf')(layer.array(f'{folder}vars/0'))
    y = np.einsum(equation, x, kernel)
    if layer.has(f'{folder}bq'):
        y = y + layer.quantizer(f'{folder}bq', f'{prefix}bq_conf')(layer.array(f'{folder}vars/1'))
    return layer.maybe(f'{folder}oq', y, f'{prefix}oq_conf')


def q_dense(layer, x):
    y = einsum_dense(layer, x, '...c,cC->...C')
    return apply(layer.conf['activation'], y)


def q_einsum_dense(layer, x):
    return apply(layer.conf['activation'], einsum_dense(layer, x, layer.conf['equation']))


def q_einsum_dense_batchnorm(layer, x):
    kernel, bias, gamma, mean, variance = normalised(layer)
    scale = gamma / np.sqrt(variance + EPSILON)
    axes, made = layer.conf['normalize_axes'] if 'normalize_axes' in layer.conf else layer.conf['bias_axes'], layer.conf['equation']
    own = made.split(',')[1].split('->')[0]
    kernel = layer.quantizer('kq')(np.einsum(f'{own},{axes}->{own}', kernel, scale, dtype=f32))
    offset = -mean * scale
    bias = layer.quantizer('bq')(bias + offset.reshape([1] * (bias.ndim - offset.ndim) + list(offset.shape)))
    x = layer.maybe('iq', x)
    return layer.maybe('oq', apply(layer.conf['activation'], np.einsum(made, x, kernel) + bias))


def normalised(layer):
    counted = 2 if layer.conf['enable_ebops'] else 0
    trained = [layer.array(f'vars/{at}') for at in range(3)]
    return trained + [layer.array(f'vars/{3 + counted + at}') for at in range(2)]


def q_batch_norm_dense(layer, x):
    kernel, bias, gamma, mean, variance = normalised(layer)
    scale = gamma / np.sqrt(variance + f32(layer.conf['epsilon']))
    offset = np.zeros(len(bias), f32)
    for own, row in zip(mean, kernel):
        offset = offset + own * row
    kernel = layer.quantizer('kq')(scale[:, None] * kernel)
    bias = layer.quantizer('bq')(bias - offset)
    x = layer.maybe('iq', x)
    return layer.maybe('oq', apply(layer.conf['activation'], x @ kernel + bias))


def q_batch_normalization(layer, x):
    gamma, beta, mean, variance = (layer.array(f'vars/{at}') for at in range(4))
    scale = gamma / np.sqrt(variance + f32(layer.conf['epsilon']))
    offset = layer.quantizer('bq')(beta - mean * scale)
    return layer.maybe('oq', layer.maybe('iq', x) * layer.quantizer('kq')(scale) + offset)


def q_conv2d(layer, x):
    kernel, bias = layer.quantizer('kq')(layer.array('vars/0')), layer.quantizer('bq')(layer.array('vars/1'))
    x = layer.maybe('iq', x)
    rows, columns = kernel.shape[:2]
    high, wide = x.shape[1] - rows + 1, x.shape[2] - columns + 1
    y = sum(
        np.einsum('bhwc,cC->bhwC', x[:, r : r + high, c : c + wide], kernel[r, c])
        for r in range(rows)
        for c in range(columns)
    )
    return layer.maybe('oq', apply(layer.conf['activation'], y + bias))


def q_conv1d(layer, x):
    kernel, bias = layer.quantizer('kq')(layer.array('vars/0')), layer.quantizer('bq')(layer.array('vars/1'))
    x = layer.maybe('iq', x)
    steps = x.shape[1] - len(kernel) + 1
    y = sum(np.einsum('bsc,cC->bsC', x[:, at : at + steps], own) for at, own in enumerate(kernel))
    return layer.maybe('oq', apply(layer.conf['activation'], y + bias))


def q_pooling2d(reduce):
    def run(layer, x):
        x = layer.maybe('iq', x)
        batch, high, wide, channels = x.shape
        return layer.maybe('oq', reduce(x.reshape(batch, high // 2, 2, wide // 2, 2, channels), (2, 4)))

    return run


def q_global_pooling(reduce):
    return lambda layer, x: layer.maybe('oq', reduce(layer.maybe('iq', x), tuple(range(1, x.ndim - 1))))


def q_unary(layer, x):
    x = layer.maybe('iq', x)
    if f'{layer.folder}/vars/0' in layer.arrays:
        x = np.asarray(x, f32) * layer.array('vars/0') + layer.array('vars/1')
    return layer.maybe('oq', apply(layer.conf['activation'], x))


def q_softmax(layer, x):
    axes = tuple(layer.conf['axes'])
    return softmax(layer, x, axes, layer.conf['input_scaler'], '', lambda name: f'{name}_conf')


def softmax(layer, x, axes, scale, folder, key):
    x = layer.maybe(f'{folder}iq', x, key('iq'))
    entry = layer.quantizer(f'{folder}exp_table/oq', key('exp_oq'))
    if layer.conf.get('stable_softmax', layer.conf.get('stable')):
        x = np.max(x, axis=axes, keepdims=True) - x
        x = -layer.quantizer(f'{folder}exp_table/iq', key('exp_iq'))(x)
    e = entry(np.exp(np.asarray(x, f32) * f32(scale), dtype=f32))
    total = layer.quantizer(f'{folder}inv_table/iq', key('inv_iq'))(np.sum(e, axis=axes, keepdims=True))
    inverse = f32(1) / (np.asarray(total, f32) + EPSILON)
    y = e * layer.quantizer(f'{folder}inv_table/oq', key('inv_oq'))(inverse)
    return layer.maybe(f'{folder}oq', y, key('oq'))


def q_multi_head_attention(layer, query, value=None, key=None):
    conf = layer.conf
    value = query if value is None else value
    key = value if key is None else key
    project = lambda x, name: einsum_dense(layer, x, 'bsc,chd->bshd', f'{name}_dense/', 'qkvo_')
    q, k, v = project(query, 'query'), project(key, 'key'), project(value, 'value')
    scores = np.einsum('bshd,bthd->bhts', k, q)
    scale = 1 / np.sqrt(conf['key_dim'])
    scores = softmax(layer, scores, (-1,), scale, '_softmax/', lambda name: f'softmax_{name}_conf')
    heads = np.einsum('bhts,bshd->bthd', scores, v)
    return layer.maybe('oq', einsum_dense(layer, heads, 'bthd,hdC->btC', 'output_dense/', 'qkvo_'))


def q_linformer(layer, query, value=None, key=None):
    value = query if value is None else value
    key = value if key is None else key
    project = lambda x, name: einsum_dense(layer, x, 'abc,bd->adc', f'_lin_{name}_proj/', 'qkvo_')
    shared = layer.conf['share_kv_proj']
    return q_multi_head_attention(layer, query, project(value, 'k' if shared else 'v'), project(key, 'k'))


def quantizer(layer, x):
    return Quantizer(layer.conf['config'], layer.arrays, layer.folder)(x)


def q_merge(join):
    def run(layer, *tensors):
        own = [
            Quantizer(conf, layer.arrays, f"{layer.folder}/iq/quantizers/quantizer{f'_{at}' if at else ''}")(x)
            for at, (conf, x) in enumerate(zip(layer.conf['iq_confs'], tensors))
        ]
        return layer.maybe('oq', join(layer, *own))

    return run


RUN = {
    'QDense': q_dense,
    'QEinsumDense': q_einsum_dense,
    'QEinsumDenseBatchnorm': q_einsum_dense_batchnorm,
    'QMultiHeadAttention': q_multi_head_attention,
    'QBatchNormDense': q_batch_norm_dense,
    'QBatchNormalization': q_batch_normalization,
    'QConv2D': q_conv2d,
    'QConv1D': q_conv1d,
    'QMaxPooling2D': q_pooling2d(np.max),
    'QAveragePooling2D': q_pooling2d(np.mean),
    'QGlobalMaxPooling2D': q_global_pooling(np.max),
    'QGlobalAveragePooling1D': q_global_pooling(np.mean),
    'QActivation': lambda layer, x: layer.maybe('oq', apply(layer.conf['activation'], layer.maybe('iq', x))),
    'QUnaryFunctionLUT': q_unary,
    'QAffinedUnaryFunctionLUT': q_unary,
    'QSoftmax': q_softmax,
    'QLinformerAttention': q_linformer,
    'Quantizer': quantizer,
    'QAdd': q_merge(lambda _, a, b: a + b),
    'QSubtract': q_merge(lambda _, a, b: a - b),
    'QMultiply': q_merge(lambda _, a, b: a * b),
    'QMaximum': q_merge(lambda _, a, b: np.maximum(a, b)),
    'QMinimum': q_merge(lambda _, a, b: np.minimum(a, b)),
    'QAverage': q_merge(lambda _, a, b: (a + b) / 2),
    'QDot': q_merge(lambda _, a, b: np.sum(a * b, -1, keepdims=True)),
    'QEinsum': q_merge(lambda layer, a, b: np.einsum(layer.conf['equation'], a, b)),
    'Flatten': lambda layer, x: x.reshape(len(x), -1),
}


def tensors_in(value):
    if isinstance(value, dict):
        if value.get('class_name') == '__keras_tensor__':
            return [value['config']['keras_history'][0]]
        return [name for own in value.values() for name in tensors_in(own)]
    return [name for own in value for name in tensors_in(own)] if isinstance(value, list) else []


def names_of(ends):
    return [ends[0]] if isinstance(ends[0], str) else [name for name, *_ in ends]


def results(given):
    model = given['config']['config']
    arrays = {
        path: np.array(own['data'], np.float64).reshape(own['shape']) for path, own in given['arrays'].items()
    }
    values = {}
    for name, rows in zip(names_of(model['input_layers']), given['inputs']):
        values[name] = np.array(rows, np.float64)
    counts = {}
    for own in model['layers']:
        name, kind = own['config']['name'], own['class_name']
        base = snake_case(kind)
        at = counts[base] = counts.get(base, -1) + 1
        if kind == 'InputLayer':
            continue
        layer = Layer(own['config'], arrays, f"layers/{base}{f'_{at}' if at else ''}")
        reads = tensors_in(own['inbound_nodes'][0]['args'])
        values[name] = RUN[kind](layer, *(values[read] for read in reads))
    # There is one zero: −0 becomes it.
    return (values[names_of(model['output_layers'])[0]] + 0.0).ravel().tolist()


json.dump([results(model) for model in json.load(sys.stdin)], sys.stdout)
