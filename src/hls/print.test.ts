// What a printed program looks like, whole files at a time.
import { describe, expect, it } from 'vitest'
import type { HlsProgram, HlsTensor } from './call.ts'
import { emitProgram } from './print.ts'
import { decodeFrames, encodeFrames } from './test-bench.ts'
import { fixed, tensor, ufixed } from './testing/calls.ts'

const program: HlsProgram = {
  name: 'myproject',
  tensors: [
    tensor('x', [2], fixed(8, 3), 'stream'),
    tensor('layer2', [2], fixed(16, 6), 'stream'),
    tensor('y', [2], ufixed(6, 2, 'RND', 'SAT'), 'stream'),
  ],
  layers: [
    {
      name: 'fc1',
      call: {
        kernel: 'nnet::dense',
        header: 'lutra_dense.h',
        config: {
          n_in: 2,
          n_out: 2,
          strategy: { choice: 'nnet::latency' },
          reuse_factor: 1,
          accum_t: { type: fixed(16, 6) },
          weight_t: { type: fixed(6, 1) },
          bias_t: { type: fixed(6, 1) },
          product: { struct: 'nnet::product::exact' },
        },
        arguments: [
          { role: 'input', index: 0 },
          { role: 'output', index: 0 },
          { role: 'weights', name: 'w', type: fixed(6, 1), values: [1, -2, 31, -32] },
          { role: 'weights', name: 'b', type: fixed(6, 1), values: [0n, 16n] },
        ],
      },
      inputs: ['x'],
      outputs: ['layer2'],
    },
    {
      name: 'act',
      call: {
        kernel: 'nnet::leaky_relu',
        header: 'lutra_activation.h',
        config: { n_in: 2, alpha: { constant: 3n, of: ufixed(8, -1) } },
        arguments: [
          { role: 'input', index: 0 },
          { role: 'output', index: 0 },
        ],
      },
      inputs: ['layer2'],
      outputs: ['y'],
    },
  ],
  inputs: ['x'],
  outputs: ['y'],
}

describe('emitProgram', () => {
  const files = emitProgram(program)

  it('writes the top function, its types, parameters and weights, and the kernels they need', () => {
    expect(Object.keys(files)).toMatchInlineSnapshot(`
      [
        "firmware/defines.h",
        "firmware/myproject.cpp",
        "firmware/myproject.h",
        "firmware/nnet_utils/lutra_activation.h",
        "firmware/nnet_utils/lutra_dense.h",
        "firmware/nnet_utils/lutra_elementwise.h",
        "firmware/nnet_utils/lutra_fixed.h",
        "firmware/nnet_utils/lutra_product.h",
        "firmware/nnet_utils/lutra_stream.h",
        "firmware/nnet_utils/lutra_types.h",
        "firmware/nnet_utils/lutra_wide.h",
        "firmware/parameters.h",
        "firmware/weights/fc1_b.h",
        "firmware/weights/fc1_w.h",
      ]
    `)
    expect(files['firmware/defines.h']).toMatchInlineSnapshot(`
      "#ifndef DEFINES_H_
      #define DEFINES_H_

      #include "nnet_utils/lutra_types.h"

      typedef nnet::array<ap_fixed<8,3>, 2> x_t; // [2]
      typedef nnet::array<ap_fixed<16,6>, 2> layer2_t; // [2]
      typedef nnet::array<ap_ufixed<6,2,AP_RND,AP_SAT>, 2> y_t; // [2]

      #endif
      "
    `)
    expect(files['firmware/parameters.h']).toMatchInlineSnapshot(`
      "#ifndef PARAMETERS_H_
      #define PARAMETERS_H_

      #include "defines.h"
      #include "nnet_utils/lutra_activation.h"
      #include "nnet_utils/lutra_dense.h"
      #include "weights/fc1_w.h"
      #include "weights/fc1_b.h"

      // fc1
      struct fc1_config {
          static const unsigned n_in = 2;
          static const unsigned n_out = 2;
          static const unsigned strategy = nnet::latency;
          static const unsigned reuse_factor = 1;
          typedef ap_fixed<16,6> accum_t;
          typedef ap_fixed<6,1> weight_t;
          typedef ap_fixed<6,1> bias_t;
          typedef nnet::product::exact product;
      };

      // act
      struct act_config {
          static const unsigned n_in = 2;
          static ap_ufixed<8,-1> alpha() { return 0.005859375; }
      };

      #endif
      "
    `)
    expect(files['firmware/myproject.cpp']).toMatchInlineSnapshot(`
      "#include "myproject.h"
      #include "parameters.h"

      void myproject(hls::stream<x_t> &x, hls::stream<y_t> &y) {
          hls::stream<layer2_t> layer2("layer2");
          nnet::dense<x_t, layer2_t, fc1_config>(x, layer2, fc1_w, fc1_b); // fc1
          nnet::leaky_relu<layer2_t, y_t, act_config>(layer2, y); // act
      }
      "
    `)
    expect(files['firmware/weights/fc1_w.h']).toMatchInlineSnapshot(`
      "#ifndef FC1_W_H_
      #define FC1_W_H_

      #include "../nnet_utils/lutra_types.h"

      static const ap_fixed<6,1> fc1_w[4] = {
          0.03125, -0.0625, 0.96875, -1.0
      };

      #endif
      "
    `)
  })

  it('gives a tool its pragmas', () => {
    const top = emitProgram(program, {
      topPragmas: () => ['#pragma HLS DATAFLOW'],
      tensorPragmas: ({ name }) => [`#pragma HLS STREAM variable=${name} depth=2`],
    })['firmware/myproject.cpp']
    expect(top).toContain('{\n    #pragma HLS DATAFLOW\n    hls::stream<layer2_t>')
    expect(top).toContain('    #pragma HLS STREAM variable=layer2 depth=2\n')
  })

  it('refuses a stream with two readers', () => {
    const twice = { ...program, outputs: ['y', 'layer2'] }
    expect(() => emitProgram(twice)).toThrow("stream 'layer2' has 2 readers")
  })
})

describe('composites', () => {
  const four = fixed(4, 2)
  const layered = (form: HlsTensor['form'], onArrays: boolean): HlsProgram => ({
    name: 'myproject',
    tensors: [tensor('x', [2, 2], four, form), tensor('y', [2, 2], four, form)],
    layers: [
      {
        name: 'act',
        inputs: ['x'],
        outputs: ['y'],
        call: {
          onArrays,
          between: [{ name: 'exact', shape: [2, 2], type: fixed(8, 4) }],
          parts: [
            {
              name: 'sum',
              step: {
                kernel: 'nnet::linear',
                header: 'lutra_activation.h',
                config: { n_in: 4 },
                arguments: [
                  { role: 'input', index: 0 },
                  { role: 'output', index: 0 },
                ],
              },
              inputs: [{ role: 'input', index: 0 }],
              output: { between: 'exact' },
            },
            {
              name: 'store',
              step: { elements: [fixed(4, 2), fixed(3, 1), fixed(4, 2), fixed(3, 1)] },
              inputs: [{ between: 'exact' }],
              output: { role: 'output', index: 0 },
            },
          ],
        },
      },
    ],
    inputs: ['x'],
    outputs: ['y'],
  })

  it('are layers behind one another, with tensors between them', () => {
    const files = emitProgram(layered('stream', false))
    expect(files['firmware/myproject.cpp']).toMatchInlineSnapshot(`
      "#include "myproject.h"
      #include "parameters.h"

      void myproject(hls::stream<x_t> &x, hls::stream<y_t> &y) {
          hls::stream<act_exact_t> act_exact("act_exact");
          nnet::linear<x_t, act_exact_t, act_sum_config>(x, act_exact); // act_sum
          act_store_code(act_exact, y); // act_store
      }
      "
    `)
    expect(files['firmware/parameters.h']).toMatchInlineSnapshot(`
      "#ifndef PARAMETERS_H_
      #define PARAMETERS_H_

      #include "defines.h"
      #include "nnet_utils/lutra_activation.h"
      #include "nnet_utils/lutra_frame.h"

      // act_sum
      struct act_sum_config {
          static const unsigned n_in = 4;
      };

      // act_store
      template <class x_T, class y_T> void act_store_code(const x_T *x, y_T *y, unsigned count = 4) {
          for (unsigned i = 0; i < count; i += 2) {
              y[i] = y_T(ap_fixed<4,2>(x[i]));
              y[i + 1] = y_T(ap_fixed<3,1>(x[i + 1]));
          }
      }

      template <class x_T, class y_T> void act_store_code(hls::stream<x_T> &x, hls::stream<y_T> &y) {
          for (unsigned beat = 0; beat < 4 / y_T::size; beat++) {
              const x_T in = x.read();
              y_T out;
              act_store_code(in.data, out.data, y_T::size);
              y.write(out);
          }
      }

      #endif
      "
    `)
  })

  it('of arrays read streams first', () => {
    expect(emitProgram(layered('stream', true))['firmware/myproject.cpp']).toMatchInlineSnapshot(`
      "#include "myproject.h"
      #include "parameters.h"

      void myproject(hls::stream<x_t> &x, hls::stream<y_t> &y) {
          act_in0_t act_in0[4];
          act_out0_t act_out0[4];
          act_exact_t act_exact[4];
          nnet::frame_read<x_t, act_in0_t, act_read0_config>(x, act_in0); // act_read0
          nnet::linear<act_in0_t, act_exact_t, act_sum_config>(act_in0, act_exact); // act_sum
          act_store_code(act_exact, act_out0); // act_store
          nnet::frame_write<act_out0_t, y_t, act_write0_config>(act_out0, y); // act_write0
      }
      "
    `)
  })
})

describe('frames', () => {
  it('hold elements under their own points', () => {
    const own: HlsTensor = {
      ...tensor('x', [2], fixed(8, 4)),
      elements: [fixed(4, 4), fixed(8, 4)],
    }
    const echo: HlsProgram = { name: 'echo', tensors: [own], layers: [], inputs: ['x'], outputs: ['x'] }
    const bytes = encodeFrames(echo, [[-8, 5]])
    expect([...new BigInt64Array(bytes.buffer)]).toEqual([-128n, 5n])
    expect(decodeFrames(echo, bytes)).toEqual([Float64Array.of(-8, 5)])
  })

  it('are words of the raw integers, and come back with their signs', () => {
    const echo: HlsProgram = { ...program, outputs: ['x'] }
    const bytes = encodeFrames(echo, [[-128, 127, -1, 0]])
    expect(bytes.length).toBe(32)
    expect(decodeFrames(echo, bytes)).toEqual([Float64Array.of(-128, 127, -1, 0)])
    expect(() => encodeFrames(echo, [[1, 2, 3]])).toThrow('3 values')
  })
})
