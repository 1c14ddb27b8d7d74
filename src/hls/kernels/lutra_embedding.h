// A row of a table for every whole number: inputs are cut toward zero, and beyond the table's rows the nearest is taken.
// CONFIG_T: n_in, vocabulary, n_units, the elements of a row.
#ifndef LUTRA_EMBEDDING_H_
#define LUTRA_EMBEDDING_H_

#include "lutra_types.h"

namespace nnet {

template <typename CONFIG_T, class data_T> unsigned embedding_row(const data_T &x) {
    const ap_fixed<34, 34, AP_TRN_ZERO, AP_SAT> whole = x;
    const int64_t row = whole.to_int64();
    return row < 0 ? 0 : row >= int64_t(CONFIG_T::vocabulary) ? CONFIG_T::vocabulary - 1 : unsigned(row);
}

template <class data_T, class res_T, typename CONFIG_T, class table_T>
void embedding(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in * CONFIG_T::n_units],
               const table_T *table) {
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        const unsigned row = embedding_row<CONFIG_T>(data[i]);
        for (unsigned k = 0; k < CONFIG_T::n_units; k++)
            res[i * CONFIG_T::n_units + k] = res_T(table[row * CONFIG_T::n_units + k]);
    }
}

// A beat of n_units for every element.
template <class data_T, class res_T, typename CONFIG_T, class table_T>
void embedding(hls::stream<data_T> &data, hls::stream<res_T> &res, const table_T *table) {
    for (unsigned beat = 0; beat < CONFIG_T::n_in / data_T::size; beat++) {
        const data_T in = data.read();
        for (unsigned i = 0; i < data_T::size; i++) {
            const unsigned row = embedding_row<CONFIG_T>(in[i]);
            res_T out;
            for (unsigned k = 0; k < CONFIG_T::n_units; k++)
                out[k] = typename res_T::value_type(table[row * CONFIG_T::n_units + k]);
            res.write(out);
        }
    }
}

} // namespace nnet

#endif
