// Whole frames of a stream into an array and back, for kernels that need all of a tensor at once; frame_read and
// frame_write are kernels by themselves. CONFIG_T: n_in, the elements of a frame.
#ifndef LUTRA_FRAME_H_
#define LUTRA_FRAME_H_

#include "lutra_types.h"

namespace nnet {

template <class data_T> void read_frame(hls::stream<data_T> &data, typename data_T::value_type *x, unsigned count) {
    for (unsigned beat = 0; beat < count / data_T::size; beat++) {
        const data_T in = data.read();
        for (unsigned i = 0; i < data_T::size; i++)
            x[beat * data_T::size + i] = in[i];
    }
}

template <class res_T> void write_frame(const typename res_T::value_type *y, hls::stream<res_T> &res, unsigned count) {
    for (unsigned beat = 0; beat < count / res_T::size; beat++) {
        res_T out;
        for (unsigned i = 0; i < res_T::size; i++)
            out[i] = y[beat * res_T::size + i];
        res.write(out);
    }
}

template <class data_T, class res_T, typename CONFIG_T>
void frame_read(hls::stream<data_T> &data, res_T res[CONFIG_T::n_in]) {
    read_frame(data, res, CONFIG_T::n_in);
}

template <class data_T, class res_T, typename CONFIG_T>
void frame_write(const data_T data[CONFIG_T::n_in], hls::stream<res_T> &res) {
    write_frame(data, res, CONFIG_T::n_in);
}

} // namespace nnet

#endif
