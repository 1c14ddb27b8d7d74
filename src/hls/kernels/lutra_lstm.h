// LSTM. Gates stand in the order input, forget, cell, output; the two products W x + b and U h + br and their sum are
// held in accum_t; cell state and output are res_T:
//   s' = c i + s f  (one store)      h' = o act(s')  (one store)
// CONFIG_T: n_in, n_state, what lutra_sequence.h reads, accum_t; gate_t and cell_t,
// the types of what the two activations give; multiplied_t, that of h where the recurrent kernel multiplies it; mult_config1
// (n_in -> 4 n_state) and mult_config2 (n_state -> 4 n_state): dense layers; recurrent_activation and activation:
// scalar functions of lutra_activation.h.
#ifndef LUTRA_LSTM_H_
#define LUTRA_LSTM_H_

#include "lutra_activation.h"
#include "lutra_dense.h"
#include "lutra_sequence.h"

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

// States: output, then cell state.
struct lstm_cell {
    static const unsigned n_states = 2;
    template <class data_T, class res_T, typename CONFIG_T, class... PARAMETERS>
    static void step(const data_T x[CONFIG_T::n_in], res_T (*states)[CONFIG_T::n_state], const PARAMETERS *...parameters) {
        lstm_step<data_T, res_T, CONFIG_T>(x, states[0], states[1], parameters...);
    }
};

LUTRA_RECURRENT(lstm)

// From given states.
template <class data_T, class h_T, class s_T, class res_T, typename CONFIG_T, class... PARAMETERS>
void lstm_from(const data_T *data, const h_T h[CONFIG_T::n_state], const s_T s[CONFIG_T::n_state], res_T *res,
               const PARAMETERS *...parameters) {
    res_T states[2][CONFIG_T::n_state];
    for (unsigned k = 0; k < CONFIG_T::n_state; k++) {
        states[0][k] = res_T(h[k]);
        states[1][k] = res_T(s[k]);
    }
    over_sequence<lstm_cell, data_T, res_T, CONFIG_T>(data, states, res, parameters...);
}

// One time step per frame; output and cell state stay in h and s, which the caller keeps from frame to frame.
template <class data_T, class res_T, typename CONFIG_T, class... PARAMETERS>
void lstm_continued(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_state], res_T h[CONFIG_T::n_state],
                    res_T s[CONFIG_T::n_state], const PARAMETERS *...parameters) {
    lstm_step<data_T, res_T, CONFIG_T>(data, h, s, parameters...);
    for (unsigned k = 0; k < CONFIG_T::n_state; k++)
        res[k] = h[k];
}

} // namespace nnet

#endif
