// The greatest element of each window of an image, or the mean, channel by channel. Images stand one behind another.
// Elements outside of an image are not there; a mean is divided by the elements that are, or by the window's size where padding counts.
// CONFIG_T: n_images, in_height, in_width, n_chan, pool_height, pool_width, stride_height, stride_width, pad_top, pad_left,
// out_height, out_width, accum_t; average_pooling also count_pad. Greatest: stored in accum_t, then in the result.
// Mean: every sum is stored in accum_t, the last divided as a whole number of its least bits, toward zero.
// On streams whole frames are read, then written.
#ifndef LUTRA_POOLING_H_
#define LUTRA_POOLING_H_

#include "lutra_frame.h"

namespace nnet {

namespace window {

template <class data_T, typename CONFIG_T> struct greatest {
    typedef typename CONFIG_T::accum_t accum_T;
    data_T most;
    bool found;
    greatest() : most(0), found(false) {}
    void take(const data_T &x) {
        if (!found || x > most)
            most = x;
        found = true;
    }
    template <class res_T> res_T result() const { return res_T(accum_T(most)); }
};

template <class data_T, typename CONFIG_T> struct mean {
    typedef typename CONFIG_T::accum_t accum_T;
    accum_T sum;
    int count;
    mean() : sum(0), count(0) {}
    void take(const data_T &x) {
        sum = accum_T(sum + x);
        count++;
    }
    template <class res_T> res_T result() const {
        const int divisor = CONFIG_T::count_pad ? int(CONFIG_T::pool_height * CONFIG_T::pool_width) : count;
        return res_T(sum / divisor);
    }
};

} // namespace window

template <class data_T, class res_T, typename CONFIG_T, class reduce_T>
res_T pool_window(const data_T *data, unsigned row, unsigned column, unsigned channel) {
    reduce_T reduce;
    for (unsigned i = 0; i < CONFIG_T::pool_height; i++) {
        for (unsigned j = 0; j < CONFIG_T::pool_width; j++) {
            const int y = int(row * CONFIG_T::stride_height + i) - int(CONFIG_T::pad_top);
            const int x = int(column * CONFIG_T::stride_width + j) - int(CONFIG_T::pad_left);
            if (y < 0 || y >= int(CONFIG_T::in_height) || x < 0 || x >= int(CONFIG_T::in_width))
                continue;
            reduce.take(data[(unsigned(y) * CONFIG_T::in_width + unsigned(x)) * CONFIG_T::n_chan + channel]);
        }
    }
    return reduce.template result<res_T>();
}

#define LUTRA_POOLING(NAME, REDUCE)                                                                                    \
    template <class data_T, class res_T, typename CONFIG_T>                                                            \
    void NAME(const data_T *data, res_T *res) {                                                                        \
        const unsigned n_in = CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan;                             \
        unsigned next = 0;                                                                                             \
        for (unsigned image = 0; image < CONFIG_T::n_images; image++)                                                  \
            for (unsigned row = 0; row < CONFIG_T::out_height; row++)                                                  \
                for (unsigned column = 0; column < CONFIG_T::out_width; column++)                                      \
                    for (unsigned channel = 0; channel < CONFIG_T::n_chan; channel++)                                  \
                        res[next++] = pool_window<data_T, res_T, CONFIG_T, window::REDUCE<data_T, CONFIG_T> >(         \
                            data + image * n_in, row, column, channel);                                                \
    }                                                                                                                  \
    template <class data_T, class res_T, typename CONFIG_T>                                                            \
    void NAME(hls::stream<data_T> &data, hls::stream<res_T> &res) {                                                    \
        const unsigned n_in = CONFIG_T::n_images * CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan;        \
        const unsigned n_out = CONFIG_T::n_images * CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_chan;     \
        typename data_T::value_type in[n_in];                                                                          \
        typename res_T::value_type out[n_out];                                                                         \
        read_frame(data, in, n_in);                                                                                    \
        NAME<typename data_T::value_type, typename res_T::value_type, CONFIG_T>(in, out);                              \
        write_frame(out, res, n_out);                                                                                  \
    }

LUTRA_POOLING(max_pooling, greatest)
LUTRA_POOLING(average_pooling, mean)

} // namespace nnet

#endif
