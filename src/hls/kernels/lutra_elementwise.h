// Turns a scalar function into kernels over arrays and over streams. A scalar function is a struct with a static
// `of<result type>(x, ...)`; what follows x is nothing, one table for all elements, or one parameter per element.
// CONFIG_T of each kernel has n_in.
#ifndef LUTRA_ELEMENTWISE_H_
#define LUTRA_ELEMENTWISE_H_

#include "lutra_types.h"

namespace nnet {

template <typename CONFIG_T, unsigned SIZE> struct per_beat : CONFIG_T { static const unsigned n_in = SIZE; };

} // namespace nnet

#define LUTRA_OVER_STREAM(NAME, ARGUMENTS)                                                     \
    for (unsigned beat = 0; beat < CONFIG_T::n_in / data_T::size; beat++) {                                            \
        const data_T in = data.read();                                                                                 \
        res_T out;                                                                                                     \
        NAME<typename data_T::value_type, typename res_T::value_type, per_beat<CONFIG_T, data_T::size> >               \
            ARGUMENTS;                                                                                                 \
        res.write(out);                                                                                                \
    }

#define LUTRA_ELEMENTWISE(NAME)                                                                                        \
    template <class data_T, class res_T, typename CONFIG_T>                                                            \
    void NAME(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {                                          \
        for (unsigned i = 0; i < CONFIG_T::n_in; i++)                                                                  \
            res[i] = scalar::NAME<CONFIG_T>::template of<res_T>(data[i]);                                              \
    }                                                                                                                  \
    template <class data_T, class res_T, typename CONFIG_T>                                                            \
    void NAME(hls::stream<data_T> &data, hls::stream<res_T> &res) {                                                    \
        LUTRA_OVER_STREAM(NAME, (in.data, out.data))                                                                 \
    }

#define LUTRA_ELEMENTWISE_WITH_TABLE(NAME)                                                                             \
    template <class data_T, class res_T, typename CONFIG_T, class table_T>                                             \
    void NAME(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in], const table_T *table) {                    \
        for (unsigned i = 0; i < CONFIG_T::n_in; i++)                                                                  \
            res[i] = scalar::NAME<CONFIG_T>::template of<res_T>(data[i], table);                                       \
    }                                                                                                                  \
    template <class data_T, class res_T, typename CONFIG_T, class table_T>                                             \
    void NAME(hls::stream<data_T> &data, hls::stream<res_T> &res, const table_T *table) {                              \
        LUTRA_OVER_STREAM(NAME, (in.data, out.data, table))                                                          \
    }

#define LUTRA_ELEMENTWISE_WITH_PARAMETERS(NAME)                                                                        \
    template <class data_T, class res_T, typename CONFIG_T, class param_T>                                             \
    void NAME(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in], const param_T *params) {                   \
        for (unsigned i = 0; i < CONFIG_T::n_in; i++)                                                                  \
            res[i] = scalar::NAME<CONFIG_T>::template of<res_T>(data[i], params[i]);                                   \
    }                                                                                                                  \
    template <class data_T, class res_T, typename CONFIG_T, class param_T>                                             \
    void NAME(hls::stream<data_T> &data, hls::stream<res_T> &res, const param_T *params) {                             \
        LUTRA_OVER_STREAM(NAME, (in.data, out.data, params + beat * data_T::size))                                   \
    }

#endif
