// The greatest element of each window of an image, channel by channel. Elements outside of the image are not there.
// CONFIG_T: in_height, in_width, n_chan, pool_height, pool_width, stride_height, stride_width, pad_top, pad_left,
// out_height, out_width, accum_t, into which the greatest is stored before the result. Arrays only.
#ifndef LUTRA_POOLING_H_
#define LUTRA_POOLING_H_

#include "lutra_types.h"

namespace nnet {

template <class data_T, typename CONFIG_T>
data_T window_maximum(const data_T *data, unsigned row, unsigned column, unsigned channel) {
    bool found = false;
    data_T greatest = 0;
    for (unsigned i = 0; i < CONFIG_T::pool_height; i++) {
        for (unsigned j = 0; j < CONFIG_T::pool_width; j++) {
            const int y = int(row * CONFIG_T::stride_height + i) - int(CONFIG_T::pad_top);
            const int x = int(column * CONFIG_T::stride_width + j) - int(CONFIG_T::pad_left);
            if (y < 0 || y >= int(CONFIG_T::in_height) || x < 0 || x >= int(CONFIG_T::in_width))
                continue;
            const data_T own = data[(unsigned(y) * CONFIG_T::in_width + unsigned(x)) * CONFIG_T::n_chan + channel];
            if (!found || own > greatest)
                greatest = own;
            found = true;
        }
    }
    return greatest;
}

template <class data_T, class res_T, typename CONFIG_T>
void max_pooling(const data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
                 res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_chan]) {
    typedef typename CONFIG_T::accum_t accum_T;
    unsigned next = 0;
    for (unsigned row = 0; row < CONFIG_T::out_height; row++)
        for (unsigned column = 0; column < CONFIG_T::out_width; column++)
            for (unsigned channel = 0; channel < CONFIG_T::n_chan; channel++)
                res[next++] = res_T(accum_T(window_maximum<data_T, CONFIG_T>(data, row, column, channel)));
}

} // namespace nnet

#endif
