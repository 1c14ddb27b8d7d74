// Batch normalisation folded to scale and shift, exact until the store into the result; and its meeting with a binary
// or ternary activation, which leaves only comparisons. CONFIG_T: n_in, n_filt (scales repeat every n_filt elements);
// batchnorm also product.
#ifndef LUTRA_BATCHNORM_H_
#define LUTRA_BATCHNORM_H_

#include "lutra_elementwise.h"
#include "lutra_product.h"

namespace nnet {

template <class data_T, class res_T, typename CONFIG_T, class scale_T, class bias_T>
void batchnorm(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in], const scale_T *scale, const bias_T *bias) {
    for (unsigned i = 0; i < CONFIG_T::n_in; i++)
        res[i] = res_T(CONFIG_T::product::of(data[i], scale[i % CONFIG_T::n_filt]) + bias[i % CONFIG_T::n_filt]);
}

// 1 where data >= threshold, else -1 (0 with CONFIG_T::single_bit).
template <class data_T, class res_T, typename CONFIG_T, class threshold_T>
void batchnorm_binary_tanh(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in], const threshold_T *threshold) {
    for (unsigned i = 0; i < CONFIG_T::n_in; i++)
        res[i] = data[i] >= threshold[i % CONFIG_T::n_filt] ? res_T(1) : CONFIG_T::single_bit ? res_T(0) : res_T(-1);
}

// 1 where data >= high, 0 where data >= low, else -1.
template <class data_T, class res_T, typename CONFIG_T, class high_T, class low_T>
void batchnorm_ternary_tanh(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in], const high_T *high,
                            const low_T *low) {
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        const unsigned channel = i % CONFIG_T::n_filt;
        res[i] = data[i] >= high[channel] ? res_T(1) : data[i] >= low[channel] ? res_T(0) : res_T(-1);
    }
}

// The same over streams.
#define LUTRA_PER_CHANNEL(NAME)                                                                                        \
    template <class data_T, class res_T, typename CONFIG_T, class... PARAMETERS>                                       \
    void NAME(hls::stream<data_T> &data, hls::stream<res_T> &res, const PARAMETERS *...parameters) {                   \
        LUTRA_OVER_STREAM(NAME, (in.data, out.data, parameters...))                                                    \
    }
LUTRA_PER_CHANNEL(batchnorm)
LUTRA_PER_CHANNEL(batchnorm_binary_tanh)
LUTRA_PER_CHANNEL(batchnorm_ternary_tanh)
#undef LUTRA_PER_CHANNEL

} // namespace nnet

#endif
