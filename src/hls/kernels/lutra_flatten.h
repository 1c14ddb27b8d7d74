// A tensor as a vector, row-major: a copy on arrays; on streams, short beats into long ones. CONFIG_T: n_in.
#ifndef LUTRA_FLATTEN_H_
#define LUTRA_FLATTEN_H_

#include "lutra_types.h"

namespace nnet {

template <class data_T, class res_T, typename CONFIG_T>
void flatten(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    for (unsigned i = 0; i < CONFIG_T::n_in; i++)
        res[i] = res_T(data[i]);
}

template <class data_T, class res_T, typename CONFIG_T>
void flatten(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    typedef typename res_T::value_type value_T;
    for (unsigned beat = 0; beat < CONFIG_T::n_in / res_T::size; beat++) {
        res_T out;
        for (unsigned i = 0; i < res_T::size; i += data_T::size) {
            const data_T in = data.read();
            for (unsigned k = 0; k < data_T::size; k++)
                out[i + k] = value_T(in[k]);
        }
        res.write(out);
    }
}

} // namespace nnet

#endif
