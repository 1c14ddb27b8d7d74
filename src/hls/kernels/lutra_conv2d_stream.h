// 2-D convolution, channels last: a dense layer over each window. Rows and columns of padding are zeros that are never
// in the stream; the loop runs over the padded image and reads only where the real one is.
//
//   stream --> line buffer (filt_height - 1 rows) --> window (filt_height x filt_width pixels) --> dense --> stream
//
// conv_2d lets every filter see all channels; grouped_conv_2d cuts channels and filters into n_groups groups, and a filter
// sees the channels of its own. Images stand one behind another.
// CONFIG_T: n_images, in_height, in_width, n_chan, filt_height, filt_width, n_filt, stride_height, stride_width,
// dilation_height, dilation_width (distances between neighbours in a window), out_height, out_width, pad_top, pad_bottom,
// pad_left, pad_right, and mult_config: the dense layer of one window with n_in = filt_height * filt_width * n_chan (row,
// column, channel) and n_out = n_filt, or that of one group; grouped also n_groups and n_group_weights.
#ifndef LUTRA_CONV2D_STREAM_H_
#define LUTRA_CONV2D_STREAM_H_

#include "lutra_dense.h"

namespace nnet {

// Rows and columns that a window reaches over.
template <typename CONFIG_T> struct reach {
    static const unsigned height = (CONFIG_T::filt_height - 1) * CONFIG_T::dilation_height + 1;
    static const unsigned width = (CONFIG_T::filt_width - 1) * CONFIG_T::dilation_width + 1;
};

// Moves the window one pixel to the right: its new column is the line buffer's column x with `pixel` below, and that
// column of the buffer moves up by one row.
template <class data_T, typename CONFIG_T, unsigned WIDTH>
void shift_window(const data_T &pixel, unsigned x,
                  data_T lines[reach<CONFIG_T>::height > 1 ? reach<CONFIG_T>::height - 1 : 1][WIDTH],
                  data_T window[reach<CONFIG_T>::height][reach<CONFIG_T>::width]) {
    #pragma HLS INLINE
    for (unsigned row = 0; row < reach<CONFIG_T>::height; row++) {
        #pragma HLS UNROLL
        for (unsigned column = 0; column + 1 < reach<CONFIG_T>::width; column++) {
            #pragma HLS UNROLL
            window[row][column] = window[row][column + 1];
        }
        const bool newest = row + 1 == reach<CONFIG_T>::height;
        const data_T entering = newest ? pixel : lines[newest ? 0 : row][x];
        window[row][reach<CONFIG_T>::width - 1] = entering;
        if (row > 0)
            lines[row > 0 ? row - 1 : 0][x] = entering;
    }
}

// Products of a patch [filt_height][filt_width][n_chan]: all of it with every filter.
struct all_channels {
    template <class data_T, class res_T, typename CONFIG_T>
    static void of(const data_T *patch, res_T *out, const typename CONFIG_T::mult_config::weight_t *weights,
                   const typename CONFIG_T::mult_config::bias_t *biases) {
        #pragma HLS INLINE
        dense<data_T, res_T, typename CONFIG_T::mult_config>(patch, out, weights, biases);
    }
};

// Of a group those elements that `taps` names, in the order of its weights.
struct by_group {
    template <class data_T, class res_T, typename CONFIG_T, class tap_T>
    static void of(const data_T *patch, res_T *out, const typename CONFIG_T::mult_config::weight_t *weights,
                   const typename CONFIG_T::mult_config::bias_t *biases, const tap_T *taps) {
        #pragma HLS INLINE
        typedef typename CONFIG_T::mult_config dense_config;
    Groups:
        for (unsigned group = 0; group < CONFIG_T::n_groups; group++) {
            #pragma HLS UNROLL
            data_T own[dense_config::n_in];
            #pragma HLS ARRAY_PARTITION variable=own complete
            for (unsigned i = 0; i < dense_config::n_in; i++)
                own[i] = patch[taps[group * dense_config::n_in + i].to_uint()];
            dense<data_T, res_T, dense_config>(own, out + group * dense_config::n_out,
                                               weights + group * CONFIG_T::n_group_weights,
                                               biases + group * dense_config::n_out);
        }
    }
};

// True where a window that ends at this padded coordinate is one the stride asks for.
inline bool window_ends(unsigned at, unsigned size, unsigned stride, unsigned count) {
    return at + 1 >= size && (at + 1 - size) % stride == 0 && (at + 1 - size) / stride < count;
}

// Elements of the window that the filter has weights for.
template <class data_T, typename CONFIG_T>
void patch_of(const data_T window[reach<CONFIG_T>::height][reach<CONFIG_T>::width], typename data_T::value_type *patch) {
    #pragma HLS INLINE
    for (unsigned row = 0; row < CONFIG_T::filt_height; row++)
        for (unsigned column = 0; column < CONFIG_T::filt_width; column++)
            for (unsigned channel = 0; channel < CONFIG_T::n_chan; channel++)
                *patch++ = window[row * CONFIG_T::dilation_height][column * CONFIG_T::dilation_width][channel];
}

template <class PRODUCTS, class data_T, class res_T, typename CONFIG_T, class... PARAMETERS>
void conv_image(hls::stream<data_T> &data, hls::stream<res_T> &res, const PARAMETERS *...parameters) {
    static_assert(data_T::size == CONFIG_T::n_chan && res_T::size == CONFIG_T::n_filt, "a beat is one pixel");
    typedef typename data_T::value_type in_t;
    typedef typename res_T::value_type out_t;
    const unsigned height = CONFIG_T::in_height + CONFIG_T::pad_top + CONFIG_T::pad_bottom;
    const unsigned width = CONFIG_T::in_width + CONFIG_T::pad_left + CONFIG_T::pad_right;
    data_T lines[reach<CONFIG_T>::height > 1 ? reach<CONFIG_T>::height - 1 : 1][width];
    #pragma HLS ARRAY_PARTITION variable=lines complete dim=1
    data_T window[reach<CONFIG_T>::height][reach<CONFIG_T>::width];
    #pragma HLS ARRAY_PARTITION variable=window complete dim=0
Rows:
    for (unsigned y = 0; y < height; y++) {
    Columns:
        for (unsigned x = 0; x < width; x++) {
            #pragma HLS LOOP_FLATTEN
            #pragma HLS PIPELINE II=CONFIG_T::mult_config::reuse_factor
            const bool inside = y >= CONFIG_T::pad_top && y < CONFIG_T::pad_top + CONFIG_T::in_height &&
                                x >= CONFIG_T::pad_left && x < CONFIG_T::pad_left + CONFIG_T::in_width;
            data_T pixel;
            for (unsigned channel = 0; channel < CONFIG_T::n_chan; channel++)
                pixel[channel] = 0;
            if (inside)
                pixel = data.read();
            shift_window<data_T, CONFIG_T, width>(pixel, x, lines, window);
            if (window_ends(y, reach<CONFIG_T>::height, CONFIG_T::stride_height, CONFIG_T::out_height) &&
                window_ends(x, reach<CONFIG_T>::width, CONFIG_T::stride_width, CONFIG_T::out_width)) {
                in_t patch[CONFIG_T::filt_height * CONFIG_T::filt_width * CONFIG_T::n_chan];
                #pragma HLS ARRAY_PARTITION variable=patch complete
                res_T out;
                patch_of<data_T, CONFIG_T>(window, patch);
                PRODUCTS::template of<in_t, out_t, CONFIG_T>(patch, out.data, parameters...);
                res.write(out);
            }
        }
    }
}

// The same layer on a whole image: [in_height][in_width][n_chan] in, [out_height][out_width][n_filt] out.
template <class PRODUCTS, class data_T, class res_T, typename CONFIG_T, class... PARAMETERS>
void conv_image(const data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
                res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt],
                const PARAMETERS *...parameters) {
    for (unsigned y = 0; y < CONFIG_T::out_height; y++) {
        for (unsigned x = 0; x < CONFIG_T::out_width; x++) {
            data_T patch[CONFIG_T::filt_height * CONFIG_T::filt_width * CONFIG_T::n_chan];
            #pragma HLS ARRAY_PARTITION variable=patch complete
            unsigned next = 0;
            for (unsigned row = 0; row < CONFIG_T::filt_height; row++) {
                for (unsigned column = 0; column < CONFIG_T::filt_width; column++) {
                    const int at_y = int(y * CONFIG_T::stride_height + row * CONFIG_T::dilation_height) - int(CONFIG_T::pad_top);
                    const int at_x = int(x * CONFIG_T::stride_width + column * CONFIG_T::dilation_width) - int(CONFIG_T::pad_left);
                    const bool inside = at_y >= 0 && at_y < int(CONFIG_T::in_height) && at_x >= 0 && at_x < int(CONFIG_T::in_width);
                    for (unsigned channel = 0; channel < CONFIG_T::n_chan; channel++)
                        patch[next++] =
                            inside ? data[(at_y * int(CONFIG_T::in_width) + at_x) * int(CONFIG_T::n_chan) + int(channel)] : data_T(0);
                }
            }
            PRODUCTS::template of<data_T, res_T, CONFIG_T>(patch, res + (y * CONFIG_T::out_width + x) * CONFIG_T::n_filt,
                                                           parameters...);
        }
    }
}

#define LUTRA_CONVOLUTION(NAME, PRODUCTS)                                                                              \
    template <class data_T, class res_T, typename CONFIG_T, class... PARAMETERS>                                       \
    void NAME(hls::stream<data_T> &data, hls::stream<res_T> &res, const PARAMETERS *...parameters) {                   \
        for (unsigned image = 0; image < CONFIG_T::n_images; image++)                                                  \
            conv_image<PRODUCTS, data_T, res_T, CONFIG_T>(data, res, parameters...);                                   \
    }                                                                                                                  \
    template <class data_T, class res_T, typename CONFIG_T, class... PARAMETERS>                                       \
    void NAME(const data_T *data, res_T *res, const PARAMETERS *...parameters) {                                       \
        for (unsigned image = 0; image < CONFIG_T::n_images; image++)                                                  \
            conv_image<PRODUCTS, data_T, res_T, CONFIG_T>(                                                             \
                data + image * CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan,                            \
                res + image * CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt, parameters...);           \
    }

LUTRA_CONVOLUTION(conv_2d, all_channels)
LUTRA_CONVOLUTION(grouped_conv_2d, by_group)

} // namespace nnet

#endif
