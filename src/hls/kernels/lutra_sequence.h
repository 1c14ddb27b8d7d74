// Cells over sequences. A cell is a struct with n_states, how many states it keeps, of which the first is its output, and a
// static `step(x, states, parameters...)`. Sequences [n_sequence][n_in] stand one behind another. Of each the result has
// n_out rows of output, then with return_state a row for every state.
// CONFIG_T: n_in, n_state (elements of a state), n_sequences, n_sequence, n_out (1, the last one, or n_sequence),
// go_backwards, turned (rows of output in the order opposite to that of reading), return_state.
#ifndef LUTRA_SEQUENCE_H_
#define LUTRA_SEQUENCE_H_

#include "lutra_types.h"

namespace nnet {

template <typename CONFIG_T, class res_T> void zero_states(res_T (*states)[CONFIG_T::n_state], unsigned count) {
    for (unsigned state = 0; state < count; state++)
        for (unsigned k = 0; k < CONFIG_T::n_state; k++)
            states[state][k] = 0;
}

// Whether a step gives a row of output.
template <typename CONFIG_T> bool gives_row(unsigned step) { return step + CONFIG_T::n_out >= CONFIG_T::n_sequence; }

// One sequence, from the states that are there.
template <class CELL, class data_T, class res_T, typename CONFIG_T, class... PARAMETERS>
void over_sequence(const data_T *data, res_T (*states)[CONFIG_T::n_state], res_T *res, const PARAMETERS *...parameters) {
    const unsigned n = CONFIG_T::n_state;
Sequence:
    for (unsigned step = 0; step < CONFIG_T::n_sequence; step++) {
        const unsigned at = CONFIG_T::go_backwards ? CONFIG_T::n_sequence - 1 - step : step;
        CELL::template step<data_T, res_T, CONFIG_T>(data + at * CONFIG_T::n_in, states, parameters...);
        const unsigned taken = step + CONFIG_T::n_out - CONFIG_T::n_sequence;
        const unsigned row = CONFIG_T::turned ? CONFIG_T::n_out - 1 - taken : taken;
        if (gives_row<CONFIG_T>(step))
            for (unsigned k = 0; k < n; k++)
                res[row * n + k] = states[0][k];
    }
    if (CONFIG_T::return_state)
        for (unsigned state = 0; state < CELL::n_states; state++)
            for (unsigned k = 0; k < n; k++)
                res[(CONFIG_T::n_out + state) * n + k] = states[state][k];
}

// Every sequence, from zero states.
template <class CELL, class data_T, class res_T, typename CONFIG_T, class... PARAMETERS>
void recurrent(const data_T *data, res_T *res, const PARAMETERS *...parameters) {
    const unsigned rows = CONFIG_T::n_out + (CONFIG_T::return_state ? CELL::n_states : 0);
    for (unsigned sequence = 0; sequence < CONFIG_T::n_sequences; sequence++) {
        res_T states[CELL::n_states][CONFIG_T::n_state];
        zero_states<CONFIG_T>(states, CELL::n_states);
        over_sequence<CELL, data_T, res_T, CONFIG_T>(data + sequence * CONFIG_T::n_sequence * CONFIG_T::n_in, states,
                                                     res + sequence * rows * CONFIG_T::n_state, parameters...);
    }
}

template <typename CONFIG_T, class res_T>
void write_state(const typename res_T::value_type state[CONFIG_T::n_state], hls::stream<res_T> &res) {
    res_T out;
    for (unsigned k = 0; k < CONFIG_T::n_state; k++)
        out[k] = state[k];
    res.write(out);
}

// Streamed: one beat per time step.
template <class CELL, class data_T, class res_T, typename CONFIG_T, class... PARAMETERS>
void recurrent(hls::stream<data_T> &data, hls::stream<res_T> &res, const PARAMETERS *...parameters) {
    static_assert(data_T::size == CONFIG_T::n_in && res_T::size == CONFIG_T::n_state, "a beat is one time step");
    static_assert(!CONFIG_T::go_backwards && !CONFIG_T::turned, "a stream cannot be read backwards");
    typedef typename res_T::value_type out_t;
    for (unsigned sequence = 0; sequence < CONFIG_T::n_sequences; sequence++) {
        out_t states[CELL::n_states][CONFIG_T::n_state];
        zero_states<CONFIG_T>(states, CELL::n_states);
    Sequence:
        for (unsigned step = 0; step < CONFIG_T::n_sequence; step++) {
            const data_T in = data.read();
            CELL::template step<typename data_T::value_type, out_t, CONFIG_T>(in.data, states, parameters...);
            if (gives_row<CONFIG_T>(step))
                write_state<CONFIG_T>(states[0], res);
        }
        if (CONFIG_T::return_state)
            for (unsigned state = 0; state < CELL::n_states; state++)
                write_state<CONFIG_T>(states[state], res);
    }
}

} // namespace nnet

#define LUTRA_RECURRENT(NAME)                                                                                          \
    template <class data_T, class res_T, typename CONFIG_T, class... PARAMETERS>                                       \
    void NAME(const data_T *data, res_T *res, const PARAMETERS *...parameters) {                                       \
        recurrent<NAME##_cell, data_T, res_T, CONFIG_T>(data, res, parameters...);                                     \
    }                                                                                                                  \
    template <class data_T, class res_T, typename CONFIG_T, class... PARAMETERS>                                       \
    void NAME(hls::stream<data_T> &data, hls::stream<res_T> &res, const PARAMETERS *...parameters) {                   \
        recurrent<NAME##_cell, data_T, res_T, CONFIG_T>(data, res, parameters...);                                     \
    }

// From a given state.
#define LUTRA_RECURRENT_FROM(NAME)                                                                                     \
    template <class data_T, class h_T, class res_T, typename CONFIG_T, class... PARAMETERS>                            \
    void NAME##_from(const data_T *data, const h_T h[CONFIG_T::n_state], res_T *res,                                   \
                     const PARAMETERS *...parameters) {                                                                \
        res_T states[1][CONFIG_T::n_state];                                                                            \
        for (unsigned k = 0; k < CONFIG_T::n_state; k++)                                                               \
            states[0][k] = res_T(h[k]);                                                                                \
        over_sequence<NAME##_cell, data_T, res_T, CONFIG_T>(data, states, res, parameters...);                         \
    }

#endif
