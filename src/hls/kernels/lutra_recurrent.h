// Recurrent layers with one state: GRU (gates z, r, candidate) and the plain one. Products and their sums are held in
// accum_t, what the activations give in gate_t and cell_t, the state in res_T; where a recurrent kernel multiplies the
// state it is multiplied_t:
//   gru         c = act(A(p_c + A(r q_c)))      or gru_before  act(A(p_c + U_c A(r h)))      h' = c (1 - z) + h z  (one store)
//   simple_rnn  h' = act(A(W x + b + U h + br))
// CONFIG_T: n_in, n_state, what lutra_sequence.h reads, the types above; mult_config1, mult_config2 and, of gru_before,
// mult_config3: dense layers; recurrent_activation and activation: scalar functions of lutra_activation.h.
#ifndef LUTRA_RECURRENT_H_
#define LUTRA_RECURRENT_H_

#include "lutra_activation.h"
#include "lutra_dense.h"
#include "lutra_sequence.h"

namespace nnet {

// The state as recurrent kernels multiply it.
template <class res_T, typename CONFIG_T>
void multiplied_state(const res_T h[CONFIG_T::n_state], typename CONFIG_T::multiplied_t out[CONFIG_T::n_state]) {
    for (unsigned k = 0; k < CONFIG_T::n_state; k++) {
        #pragma HLS UNROLL
        out[k] = typename CONFIG_T::multiplied_t(h[k]);
    }
}

// h' = c (1 - z) + h z, exact up to the one store.
template <class res_T, class gate_T, class cell_T> res_T mixed(const cell_T &c, const gate_T &z, const res_T &h) {
    return res_T(c * (1 - z) + h * z);
}

struct gru_cell {
    static const unsigned n_states = 1;
    template <class data_T, class res_T, typename CONFIG_T, class gate_table_T, class cell_table_T>
    static void step(const data_T x[CONFIG_T::n_in], res_T (*states)[CONFIG_T::n_state],
                     const typename CONFIG_T::mult_config1::weight_t *kernel,
                     const typename CONFIG_T::mult_config2::weight_t *recurrent_kernel,
                     const typename CONFIG_T::mult_config1::bias_t *bias,
                     const typename CONFIG_T::mult_config2::bias_t *recurrent_bias, const gate_table_T *gate_table,
                     const cell_table_T *cell_table) {
        typedef typename CONFIG_T::accum_t accum_t;
        typedef typename CONFIG_T::gate_t gate_t;
        typedef typename CONFIG_T::cell_t cell_t;
        typedef typename CONFIG_T::multiplied_t multiplied_t;
        res_T *h = states[0];
        const unsigned n = CONFIG_T::n_state;
        multiplied_t multiplied[CONFIG_T::n_state];
        #pragma HLS ARRAY_PARTITION variable=multiplied complete
        accum_t from_input[3 * CONFIG_T::n_state];
        #pragma HLS ARRAY_PARTITION variable=from_input complete
        accum_t from_state[3 * CONFIG_T::n_state];
        #pragma HLS ARRAY_PARTITION variable=from_state complete
        multiplied_state<res_T, CONFIG_T>(h, multiplied);
        dense<data_T, accum_t, typename CONFIG_T::mult_config1>(x, from_input, kernel, bias);
        dense<multiplied_t, accum_t, typename CONFIG_T::mult_config2>(multiplied, from_state, recurrent_kernel,
                                                                      recurrent_bias);
    States:
        for (unsigned k = 0; k < n; k++) {
            #pragma HLS UNROLL
            const accum_t sum_z = from_input[k] + from_state[k];
            const accum_t sum_r = from_input[n + k] + from_state[n + k];
            const gate_t z = CONFIG_T::recurrent_activation::template of<gate_t>(sum_z, gate_table);
            const gate_t r = CONFIG_T::recurrent_activation::template of<gate_t>(sum_r, gate_table);
            const accum_t reset = r * from_state[2 * n + k];
            const accum_t sum_c = from_input[2 * n + k] + reset;
            const cell_t c = CONFIG_T::activation::template of<cell_t>(sum_c, cell_table);
            h[k] = mixed<res_T>(c, z, h[k]);
        }
    }
};

struct gru_before_cell {
    static const unsigned n_states = 1;
    template <class data_T, class res_T, typename CONFIG_T, class gate_table_T, class cell_table_T>
    static void step(const data_T x[CONFIG_T::n_in], res_T (*states)[CONFIG_T::n_state],
                     const typename CONFIG_T::mult_config1::weight_t *kernel,
                     const typename CONFIG_T::mult_config2::weight_t *gate_kernel,
                     const typename CONFIG_T::mult_config3::weight_t *cell_kernel,
                     const typename CONFIG_T::mult_config1::bias_t *bias,
                     const typename CONFIG_T::mult_config2::bias_t *gate_bias,
                     const typename CONFIG_T::mult_config3::bias_t *cell_bias, const gate_table_T *gate_table,
                     const cell_table_T *cell_table) {
        typedef typename CONFIG_T::accum_t accum_t;
        typedef typename CONFIG_T::gate_t gate_t;
        typedef typename CONFIG_T::cell_t cell_t;
        typedef typename CONFIG_T::multiplied_t multiplied_t;
        res_T *h = states[0];
        const unsigned n = CONFIG_T::n_state;
        multiplied_t multiplied[CONFIG_T::n_state];
        #pragma HLS ARRAY_PARTITION variable=multiplied complete
        accum_t from_input[3 * CONFIG_T::n_state];
        #pragma HLS ARRAY_PARTITION variable=from_input complete
        accum_t of_gates[2 * CONFIG_T::n_state];
        #pragma HLS ARRAY_PARTITION variable=of_gates complete
        accum_t reset[CONFIG_T::n_state];
        #pragma HLS ARRAY_PARTITION variable=reset complete
        accum_t of_cell[CONFIG_T::n_state];
        #pragma HLS ARRAY_PARTITION variable=of_cell complete
        multiplied_state<res_T, CONFIG_T>(h, multiplied);
        dense<data_T, accum_t, typename CONFIG_T::mult_config1>(x, from_input, kernel, bias);
        dense<multiplied_t, accum_t, typename CONFIG_T::mult_config2>(multiplied, of_gates, gate_kernel, gate_bias);
    Resets:
        for (unsigned k = 0; k < n; k++) {
            #pragma HLS UNROLL
            const accum_t sum_r = from_input[n + k] + of_gates[n + k];
            const gate_t r = CONFIG_T::recurrent_activation::template of<gate_t>(sum_r, gate_table);
            reset[k] = accum_t(multiplied[k] * r);
        }
        dense<accum_t, accum_t, typename CONFIG_T::mult_config3>(reset, of_cell, cell_kernel, cell_bias);
    States:
        for (unsigned k = 0; k < n; k++) {
            #pragma HLS UNROLL
            const accum_t sum_z = from_input[k] + of_gates[k];
            const gate_t z = CONFIG_T::recurrent_activation::template of<gate_t>(sum_z, gate_table);
            const accum_t sum_c = from_input[2 * n + k] + of_cell[k];
            const cell_t c = CONFIG_T::activation::template of<cell_t>(sum_c, cell_table);
            h[k] = mixed<res_T>(c, z, h[k]);
        }
    }
};

struct simple_rnn_cell {
    static const unsigned n_states = 1;
    template <class data_T, class res_T, typename CONFIG_T, class cell_table_T>
    static void step(const data_T x[CONFIG_T::n_in], res_T (*states)[CONFIG_T::n_state],
                     const typename CONFIG_T::mult_config1::weight_t *kernel,
                     const typename CONFIG_T::mult_config2::weight_t *recurrent_kernel,
                     const typename CONFIG_T::mult_config1::bias_t *bias,
                     const typename CONFIG_T::mult_config2::bias_t *recurrent_bias, const cell_table_T *cell_table) {
        typedef typename CONFIG_T::accum_t accum_t;
        typedef typename CONFIG_T::cell_t cell_t;
        typedef typename CONFIG_T::multiplied_t multiplied_t;
        res_T *h = states[0];
        multiplied_t multiplied[CONFIG_T::n_state];
        #pragma HLS ARRAY_PARTITION variable=multiplied complete
        accum_t from_input[CONFIG_T::n_state];
        #pragma HLS ARRAY_PARTITION variable=from_input complete
        accum_t from_state[CONFIG_T::n_state];
        #pragma HLS ARRAY_PARTITION variable=from_state complete
        multiplied_state<res_T, CONFIG_T>(h, multiplied);
        dense<data_T, accum_t, typename CONFIG_T::mult_config1>(x, from_input, kernel, bias);
        dense<multiplied_t, accum_t, typename CONFIG_T::mult_config2>(multiplied, from_state, recurrent_kernel,
                                                                      recurrent_bias);
    States:
        for (unsigned k = 0; k < CONFIG_T::n_state; k++) {
            #pragma HLS UNROLL
            const accum_t sum = from_input[k] + from_state[k];
            const cell_t c = CONFIG_T::activation::template of<cell_t>(sum, cell_table);
            h[k] = res_T(c);
        }
    }
};

LUTRA_RECURRENT(gru)
LUTRA_RECURRENT(gru_before)
LUTRA_RECURRENT(simple_rnn)
LUTRA_RECURRENT_FROM(gru)
LUTRA_RECURRENT_FROM(gru_before)
LUTRA_RECURRENT_FROM(simple_rnn)

} // namespace nnet

#endif
