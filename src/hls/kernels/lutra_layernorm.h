// Normalisation of every row of n_row elements: x, its sum, mean, difference from the mean, squares, their sum and mean
// are each stored in accum_t; the table has 1/sqrt of the variance; what follows is exact up to the result.
// CONFIG_T: n_in, n_row, table_size, log2_reach (the table covers variances up to 2^-log2_reach), accum_t,
// share(), which is 1/n_row in accum_t.
#ifndef LUTRA_LAYERNORM_H_
#define LUTRA_LAYERNORM_H_

#include "lutra_types.h"

namespace nnet {

template <typename CONFIG_T, class accum_T> unsigned variance_index(const accum_T &variance) {
    const ap_fixed<34, 34, AP_TRN_ZERO, AP_SAT> steps =
        shift<int(CONFIG_T::log2_reach)>(variance * ap_uint<25>(CONFIG_T::table_size));
    const int64_t index = steps.to_int64();
    return index < 0 ? 0 : index >= int64_t(CONFIG_T::table_size) ? CONFIG_T::table_size - 1 : unsigned(index);
}

template <class data_T, class res_T, typename CONFIG_T, class table_T, class scale_T, class bias_T>
void normalise_row(const data_T *data, res_T *res, const table_T *table, const scale_T *scale, const bias_T *bias) {
    typedef typename CONFIG_T::accum_t accum_T;
    accum_T difference[CONFIG_T::n_row];
    accum_T sum = accum_T(0);
    for (unsigned i = 0; i < CONFIG_T::n_row; i++)
        sum = accum_T(sum + accum_T(data[i]));
    const accum_T mean = accum_T(sum * CONFIG_T::share());
    accum_T squares = accum_T(0);
    for (unsigned i = 0; i < CONFIG_T::n_row; i++) {
        difference[i] = accum_T(accum_T(data[i]) - mean);
        squares = accum_T(squares + accum_T(difference[i] * difference[i]));
    }
    const accum_T variance = accum_T(squares * CONFIG_T::share());
    const table_T inverse = table[variance_index<CONFIG_T>(variance)];
    for (unsigned i = 0; i < CONFIG_T::n_row; i++)
        res[i] = res_T(difference[i] * inverse * scale[i] + bias[i]);
}

template <class data_T, class res_T, typename CONFIG_T, class table_T, class scale_T, class bias_T>
void layer_norm(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in], const table_T *table,
                const scale_T *scale, const bias_T *bias) {
    for (unsigned at = 0; at < CONFIG_T::n_in; at += CONFIG_T::n_row)
        normalise_row<data_T, res_T, CONFIG_T>(data + at, res + at, table, scale, bias);
}

// A beat is a row.
template <class data_T, class res_T, typename CONFIG_T, class table_T, class scale_T, class bias_T>
void layer_norm(hls::stream<data_T> &data, hls::stream<res_T> &res, const table_T *table, const scale_T *scale,
                const bias_T *bias) {
    for (unsigned at = 0; at < CONFIG_T::n_in; at += CONFIG_T::n_row) {
        const data_T in = data.read();
        res_T out;
        normalise_row<typename data_T::value_type, typename res_T::value_type, CONFIG_T>(in.data, out.data, table,
                                                                                          scale, bias);
        res.write(out);
    }
}

} // namespace nnet

#endif
