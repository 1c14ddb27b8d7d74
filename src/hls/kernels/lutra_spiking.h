// Spiking neurons over a sequence of windows, states being 0 at the beginning of each. A frame is the whole sequence.
// integrate_fire: v = beta v + x, held in membrane_t at every step; 1 where v reaches its threshold, which then resets v.
// CONFIG_T: n_windows, n_sequence (steps of a window), n_in (neurons), n_beta and n_threshold (1, or values that repeat
// over the neurons), leaky, subtract (else a spike empties the membrane), membrane_t.
// spike_readout: spikes counted, or inputs summed in leaking membranes, and the decision. CONFIG_T: n_windows,
// n_sequence, n_in (classes), every_step, counts (else membranes), difference (the second class less the first, else the
// first class that has class_threshold spikes, else the first of those with the most), class_threshold, membrane_t (of
// counts or membranes), beta().
#ifndef LUTRA_SPIKING_H_
#define LUTRA_SPIKING_H_

#include "lutra_types.h"

namespace nnet {

template <typename CONFIG_T, class x_T, class beta_T, class threshold_T>
bool integrate_fire_step(typename CONFIG_T::membrane_t &v, const x_T &x, const beta_T &beta,
                         const threshold_T &threshold) {
    typedef typename CONFIG_T::membrane_t membrane_t;
    const membrane_t kept = CONFIG_T::leaky ? membrane_t(beta * v) : v;
    v = membrane_t(kept + membrane_t(x));
    if (v < threshold)
        return false;
    v = CONFIG_T::subtract ? membrane_t(v - threshold) : membrane_t(0);
    return true;
}

template <class data_T, class res_T, typename CONFIG_T, class beta_T, class threshold_T>
void integrate_fire(const data_T data[CONFIG_T::n_windows * CONFIG_T::n_sequence * CONFIG_T::n_in],
                    res_T res[CONFIG_T::n_windows * CONFIG_T::n_sequence * CONFIG_T::n_in], const beta_T *beta,
                    const threshold_T *threshold) {
    typename CONFIG_T::membrane_t membrane[CONFIG_T::n_in];
    #pragma HLS ARRAY_PARTITION variable=membrane complete
Steps:
    for (unsigned step = 0; step < CONFIG_T::n_windows * CONFIG_T::n_sequence; step++) {
        for (unsigned k = 0; k < CONFIG_T::n_in; k++) {
            #pragma HLS UNROLL
            if (step % CONFIG_T::n_sequence == 0)
                membrane[k] = 0;
            const unsigned at = step * CONFIG_T::n_in + k;
            res[at] = integrate_fire_step<CONFIG_T>(membrane[k], data[at], beta[k % CONFIG_T::n_beta],
                                                    threshold[k % CONFIG_T::n_threshold])
                          ? res_T(1)
                          : res_T(0);
        }
    }
}

// Streamed: a beat is a time step, or a part of one.
template <class data_T, class res_T, typename CONFIG_T, class beta_T, class threshold_T>
void integrate_fire(hls::stream<data_T> &data, hls::stream<res_T> &res, const beta_T *beta,
                    const threshold_T *threshold) {
    static_assert(data_T::size == res_T::size && CONFIG_T::n_in % data_T::size == 0, "a beat is a part of a time step");
    typedef typename res_T::value_type out_t;
    typename CONFIG_T::membrane_t membrane[CONFIG_T::n_in];
    #pragma HLS ARRAY_PARTITION variable=membrane complete
Steps:
    for (unsigned step = 0; step < CONFIG_T::n_windows * CONFIG_T::n_sequence; step++) {
        for (unsigned first = 0; first < CONFIG_T::n_in; first += data_T::size) {
            const data_T in = data.read();
            res_T out;
            for (unsigned j = 0; j < data_T::size; j++) {
                #pragma HLS UNROLL
                const unsigned k = first + j;
                if (step % CONFIG_T::n_sequence == 0)
                    membrane[k] = 0;
                out[j] = integrate_fire_step<CONFIG_T>(membrane[k], in[j], beta[k % CONFIG_T::n_beta],
                                                       threshold[k % CONFIG_T::n_threshold])
                             ? out_t(1)
                             : out_t(0);
            }
            res.write(out);
        }
    }
}

template <typename CONFIG_T, class x_T>
void readout_step(typename CONFIG_T::membrane_t &sum, const x_T &x, bool is_first) {
    typedef typename CONFIG_T::membrane_t membrane_t;
    const membrane_t before = is_first ? membrane_t(0) : sum;
    if (CONFIG_T::counts)
        sum = x == x_T(0) ? before : membrane_t(before + membrane_t(1));
    else
        sum = membrane_t(membrane_t(CONFIG_T::beta() * before) + membrane_t(x));
}

template <typename CONFIG_T> unsigned first_class(const typename CONFIG_T::membrane_t sums[CONFIG_T::n_in]) {
    unsigned best = 0;
    for (unsigned k = 1; k < CONFIG_T::n_in; k++)
        if (sums[k] > sums[best])
            best = k;
    for (unsigned k = CONFIG_T::n_in; CONFIG_T::counts && k > 0; k--)
        if (sums[k - 1] >= typename CONFIG_T::membrane_t(CONFIG_T::class_threshold))
            best = k - 1;
    return best;
}

template <class res_T, typename CONFIG_T>
res_T readout_decision(const typename CONFIG_T::membrane_t sums[CONFIG_T::n_in]) {
    if (CONFIG_T::difference)
        return res_T(sums[1 % CONFIG_T::n_in] - sums[0]);
    return res_T(ap_uint<32>(first_class<CONFIG_T>(sums)));
}

template <class data_T, class res_T, typename CONFIG_T>
void spike_readout(const data_T data[CONFIG_T::n_windows * CONFIG_T::n_sequence * CONFIG_T::n_in], res_T *res) {
    typename CONFIG_T::membrane_t sums[CONFIG_T::n_in];
    #pragma HLS ARRAY_PARTITION variable=sums complete
    unsigned out = 0;
Steps:
    for (unsigned step = 0; step < CONFIG_T::n_windows * CONFIG_T::n_sequence; step++) {
        const unsigned at = step % CONFIG_T::n_sequence;
        for (unsigned k = 0; k < CONFIG_T::n_in; k++) {
            #pragma HLS UNROLL
            readout_step<CONFIG_T>(sums[k], data[step * CONFIG_T::n_in + k], at == 0);
        }
        if (CONFIG_T::every_step || at == CONFIG_T::n_sequence - 1)
            res[out++] = readout_decision<res_T, CONFIG_T>(sums);
    }
}

// Streamed: a beat is a time step, and one decision.
template <class data_T, class res_T, typename CONFIG_T>
void spike_readout(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    static_assert(CONFIG_T::n_in % data_T::size == 0 && res_T::size == 1, "a beat is a part of a time step");
    typename CONFIG_T::membrane_t sums[CONFIG_T::n_in];
    #pragma HLS ARRAY_PARTITION variable=sums complete
Steps:
    for (unsigned step = 0; step < CONFIG_T::n_windows * CONFIG_T::n_sequence; step++) {
        const unsigned at = step % CONFIG_T::n_sequence;
        for (unsigned first = 0; first < CONFIG_T::n_in; first += data_T::size) {
            const data_T in = data.read();
            for (unsigned j = 0; j < data_T::size; j++) {
                #pragma HLS UNROLL
                readout_step<CONFIG_T>(sums[first + j], in[j], at == 0);
            }
        }
        if (CONFIG_T::every_step || at == CONFIG_T::n_sequence - 1) {
            res_T out;
            out[0] = readout_decision<typename res_T::value_type, CONFIG_T>(sums);
            res.write(out);
        }
    }
}

} // namespace nnet

#endif
