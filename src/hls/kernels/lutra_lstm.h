// LSTM. Gates stand in the order input, forget, cell, output; the two products W x + b and U h + br and their sum are
// held in accum_t; cell state and output are res_T:
//   s' = c i + s f  (one store)      h' = o act(s')  (one store)
// CONFIG_T: n_in, n_state, n_sequence, n_out (rows of output: 1 or n_sequence), go_backwards, accum_t; gate_t and cell_t,
// the types of what the two activations give; multiplied_t, that of h where the recurrent kernel multiplies it; mult_config1
// (n_in -> 4 n_state) and mult_config2 (n_state -> 4 n_state): dense layers; recurrent_activation and activation:
// scalar functions of lutra_activation.h.
#ifndef LUTRA_LSTM_H_
#define LUTRA_LSTM_H_

#include "lutra_activation.h"
#include "lutra_dense.h"

namespace nnet {

// One time step: reads x, updates h (output) and s (cell state) in place.
template <class data_T, class res_T, typename CONFIG_T, class gate_table_T, class cell_table_T>
void lstm_step(const data_T x[CONFIG_T::n_in], res_T h[CONFIG_T::n_state], res_T s[CONFIG_T::n_state],
               const typename CONFIG_T::mult_config1::weight_t *kernel,
               const typename CONFIG_T::mult_config2::weight_t *recurrent_kernel,
               const typename CONFIG_T::mult_config1::bias_t *bias,
               const typename CONFIG_T::mult_config2::bias_t *recurrent_bias, const gate_table_T *gate_table,
               const cell_table_T *cell_table) {
    typedef typename CONFIG_T::accum_t accum_t;
    typedef typename CONFIG_T::recurrent_activation gate;
    typedef typename CONFIG_T::activation cell;
    typedef typename CONFIG_T::gate_t gate_t;
    typedef typename CONFIG_T::cell_t cell_t;
    typedef typename CONFIG_T::multiplied_t multiplied_t;
    const unsigned n = CONFIG_T::n_state;
    multiplied_t multiplied[CONFIG_T::n_state];
    #pragma HLS ARRAY_PARTITION variable=multiplied complete
    for (unsigned k = 0; k < n; k++) {
        #pragma HLS UNROLL
        multiplied[k] = multiplied_t(h[k]);
    }
    accum_t from_input[4 * CONFIG_T::n_state];
    #pragma HLS ARRAY_PARTITION variable=from_input complete
    accum_t from_state[4 * CONFIG_T::n_state];
    #pragma HLS ARRAY_PARTITION variable=from_state complete
    dense<data_T, accum_t, typename CONFIG_T::mult_config1>(x, from_input, kernel, bias);
    dense<multiplied_t, accum_t, typename CONFIG_T::mult_config2>(multiplied, from_state, recurrent_kernel, recurrent_bias);
States:
    for (unsigned k = 0; k < n; k++) {
        #pragma HLS UNROLL
        const accum_t sum_i = from_input[k] + from_state[k];
        const accum_t sum_f = from_input[n + k] + from_state[n + k];
        const accum_t sum_c = from_input[2 * n + k] + from_state[2 * n + k];
        const accum_t sum_o = from_input[3 * n + k] + from_state[3 * n + k];
        const gate_t i = gate::template of<gate_t>(sum_i, gate_table);
        const gate_t f = gate::template of<gate_t>(sum_f, gate_table);
        const cell_t c = cell::template of<cell_t>(sum_c, cell_table);
        const gate_t o = gate::template of<gate_t>(sum_o, gate_table);
        s[k] = res_T(c * i + s[k] * f);
        const cell_t squashed = cell::template of<cell_t>(s[k], cell_table);
        h[k] = res_T(o * squashed);
    }
}

// A whole sequence [n_sequence][n_in] from a zero state; the last output, or all of them in time order of reading.
template <class data_T, class res_T, typename CONFIG_T, class... PARAMETERS>
void lstm(const data_T data[CONFIG_T::n_sequence * CONFIG_T::n_in], res_T res[CONFIG_T::n_out * CONFIG_T::n_state],
          const PARAMETERS *...parameters) {
    res_T h[CONFIG_T::n_state], s[CONFIG_T::n_state];
    for (unsigned k = 0; k < CONFIG_T::n_state; k++)
        h[k] = s[k] = 0;
Sequence:
    for (unsigned step = 0; step < CONFIG_T::n_sequence; step++) {
        const unsigned at = CONFIG_T::go_backwards ? CONFIG_T::n_sequence - 1 - step : step;
        lstm_step<data_T, res_T, CONFIG_T>(data + at * CONFIG_T::n_in, h, s, parameters...);
        if (step + CONFIG_T::n_out >= CONFIG_T::n_sequence)
            for (unsigned k = 0; k < CONFIG_T::n_state; k++)
                res[(step + CONFIG_T::n_out - CONFIG_T::n_sequence) * CONFIG_T::n_state + k] = h[k];
    }
}

// One time step per frame; output and cell state stay in h and s, which the caller keeps from frame to frame.
template <class data_T, class res_T, typename CONFIG_T, class... PARAMETERS>
void lstm_continued(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_state], res_T h[CONFIG_T::n_state],
                    res_T s[CONFIG_T::n_state], const PARAMETERS *...parameters) {
    lstm_step<data_T, res_T, CONFIG_T>(data, h, s, parameters...);
    for (unsigned k = 0; k < CONFIG_T::n_state; k++)
        res[k] = h[k];
}

// Streamed: one beat per time step.
template <class data_T, class res_T, typename CONFIG_T, class... PARAMETERS>
void lstm(hls::stream<data_T> &data, hls::stream<res_T> &res, const PARAMETERS *...parameters) {
    static_assert(data_T::size == CONFIG_T::n_in && res_T::size == CONFIG_T::n_state, "a beat is one time step");
    static_assert(!CONFIG_T::go_backwards, "a stream cannot be read backwards");
    typedef typename res_T::value_type out_t;
    out_t h[CONFIG_T::n_state], s[CONFIG_T::n_state];
    for (unsigned k = 0; k < CONFIG_T::n_state; k++)
        h[k] = s[k] = 0;
Sequence:
    for (unsigned step = 0; step < CONFIG_T::n_sequence; step++) {
        const data_T in = data.read();
        lstm_step<typename data_T::value_type, out_t, CONFIG_T>(in.data, h, s, parameters...);
        if (step + CONFIG_T::n_out >= CONFIG_T::n_sequence) {
            res_T out;
            for (unsigned k = 0; k < CONFIG_T::n_state; k++)
                out[k] = h[k];
            res.write(out);
        }
    }
}

} // namespace nnet

#endif
