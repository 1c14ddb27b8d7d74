// 2-D convolution, channels last: a dense layer over each window. Rows and columns of padding are zeros that are never
// in the stream; the loop runs over the padded image and reads only where the real one is.
//
//   stream --> line buffer (filt_height - 1 rows) --> window (filt_height x filt_width pixels) --> dense --> stream
//
// CONFIG_T: in_height, in_width, n_chan, filt_height, filt_width, n_filt, stride_height, stride_width, out_height,
// out_width, pad_top, pad_bottom, pad_left, pad_right, and mult_config: the dense layer of one window with
// n_in = filt_height * filt_width * n_chan (row, column, channel) and n_out = n_filt.
#ifndef LUTRA_CONV2D_STREAM_H_
#define LUTRA_CONV2D_STREAM_H_

#include "lutra_dense.h"

namespace nnet {

// Moves the window one pixel to the right: its new column is the line buffer's column x with `pixel` below, and that
// column of the buffer moves up by one row.
template <class data_T, typename CONFIG_T, unsigned WIDTH>
void shift_window(const data_T &pixel, unsigned x,
                  data_T lines[CONFIG_T::filt_height > 1 ? CONFIG_T::filt_height - 1 : 1][WIDTH],
                  data_T window[CONFIG_T::filt_height][CONFIG_T::filt_width]) {
    #pragma HLS INLINE
    for (unsigned row = 0; row < CONFIG_T::filt_height; row++) {
        #pragma HLS UNROLL
        for (unsigned column = 0; column + 1 < CONFIG_T::filt_width; column++) {
            #pragma HLS UNROLL
            window[row][column] = window[row][column + 1];
        }
        const bool newest = row + 1 == CONFIG_T::filt_height;
        const data_T entering = newest ? pixel : lines[newest ? 0 : row][x];
        window[row][CONFIG_T::filt_width - 1] = entering;
        if (row > 0)
            lines[row > 0 ? row - 1 : 0][x] = entering;
    }
}

template <class data_T, class res_T, typename CONFIG_T>
void conv_window(data_T window[CONFIG_T::filt_height][CONFIG_T::filt_width], res_T &out,
                 const typename CONFIG_T::mult_config::weight_t *weights,
                 const typename CONFIG_T::mult_config::bias_t *biases) {
    #pragma HLS INLINE
    typename data_T::value_type patch[CONFIG_T::mult_config::n_in];
    #pragma HLS ARRAY_PARTITION variable=patch complete
    for (unsigned row = 0; row < CONFIG_T::filt_height; row++)
        for (unsigned column = 0; column < CONFIG_T::filt_width; column++)
            for (unsigned channel = 0; channel < CONFIG_T::n_chan; channel++)
                patch[(row * CONFIG_T::filt_width + column) * CONFIG_T::n_chan + channel] = window[row][column][channel];
    dense<typename data_T::value_type, typename res_T::value_type, typename CONFIG_T::mult_config>(patch, out.data, weights,
                                                                                                   biases);
}

// True where a window that ends at this padded coordinate is one the stride asks for.
inline bool window_ends(unsigned at, unsigned size, unsigned stride, unsigned count) {
    return at + 1 >= size && (at + 1 - size) % stride == 0 && (at + 1 - size) / stride < count;
}

template <class data_T, class res_T, typename CONFIG_T>
void conv_2d(hls::stream<data_T> &data, hls::stream<res_T> &res,
             const typename CONFIG_T::mult_config::weight_t weights[CONFIG_T::mult_config::n_in * CONFIG_T::n_filt],
             const typename CONFIG_T::mult_config::bias_t biases[CONFIG_T::n_filt]) {
    static_assert(data_T::size == CONFIG_T::n_chan && res_T::size == CONFIG_T::n_filt, "a beat is one pixel");
    const unsigned height = CONFIG_T::in_height + CONFIG_T::pad_top + CONFIG_T::pad_bottom;
    const unsigned width = CONFIG_T::in_width + CONFIG_T::pad_left + CONFIG_T::pad_right;
    data_T lines[CONFIG_T::filt_height > 1 ? CONFIG_T::filt_height - 1 : 1][width];
    #pragma HLS ARRAY_PARTITION variable=lines complete dim=1
    data_T window[CONFIG_T::filt_height][CONFIG_T::filt_width];
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
            if (window_ends(y, CONFIG_T::filt_height, CONFIG_T::stride_height, CONFIG_T::out_height) &&
                window_ends(x, CONFIG_T::filt_width, CONFIG_T::stride_width, CONFIG_T::out_width)) {
                res_T out;
                conv_window<data_T, res_T, CONFIG_T>(window, out, weights, biases);
                res.write(out);
            }
        }
    }
}

// The same layer on whole tensors: [in_height][in_width][n_chan] in, [out_height][out_width][n_filt] out.
template <class data_T, class res_T, typename CONFIG_T>
void conv_2d(const data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
             res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt],
             const typename CONFIG_T::mult_config::weight_t weights[CONFIG_T::mult_config::n_in * CONFIG_T::n_filt],
             const typename CONFIG_T::mult_config::bias_t biases[CONFIG_T::n_filt]) {
    typedef nnet::array<data_T, CONFIG_T::n_chan> pixel_t;
    for (unsigned y = 0; y < CONFIG_T::out_height; y++) {
        for (unsigned x = 0; x < CONFIG_T::out_width; x++) {
            pixel_t window[CONFIG_T::filt_height][CONFIG_T::filt_width];
            for (unsigned row = 0; row < CONFIG_T::filt_height; row++) {
                for (unsigned column = 0; column < CONFIG_T::filt_width; column++) {
                    const int at_y = int(y * CONFIG_T::stride_height + row) - int(CONFIG_T::pad_top);
                    const int at_x = int(x * CONFIG_T::stride_width + column) - int(CONFIG_T::pad_left);
                    const bool inside = at_y >= 0 && at_y < int(CONFIG_T::in_height) && at_x >= 0 && at_x < int(CONFIG_T::in_width);
                    for (unsigned channel = 0; channel < CONFIG_T::n_chan; channel++)
                        window[row][column][channel] =
                            inside ? data[(at_y * int(CONFIG_T::in_width) + at_x) * int(CONFIG_T::n_chan) + int(channel)] : data_T(0);
                }
            }
            nnet::array<res_T, CONFIG_T::n_filt> out;
            conv_window<pixel_t, nnet::array<res_T, CONFIG_T::n_filt>, CONFIG_T>(window, out, weights, biases);
            for (unsigned filter = 0; filter < CONFIG_T::n_filt; filter++)
                res[(y * CONFIG_T::out_width + x) * CONFIG_T::n_filt + filter] = out[filter];
        }
    }
}

} // namespace nnet

#endif
