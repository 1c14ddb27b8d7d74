// Dense layer: y = W x + b. The accumulator starts at the bias; every product is exact, then stored in accum_t, then
// added; the last step stores the sum in the result's type. Only a saturating or product-rounding accumulator shows
// the order of the products, so it is fixed here:
//   latency   weights [n_in][n_out], inputs 0 .. n_in - 1
//   resource  weights [n_out][n_in], flat index w visited for w % reuse_factor = 0, then 1, ...: with n_in = 4 and
//             reuse_factor = 2 the inputs of each output come in the order 0 2 1 3
//   compressed  the n_weights weights that are not 0, each with its place, in the order of latency
// CONFIG_T: n_in, n_out, strategy, reuse_factor, accum_t, weight_t, bias_t, product; compressed n_weights; dense_rows
// and dense_xnor also n_rows.
#ifndef LUTRA_DENSE_H_
#define LUTRA_DENSE_H_

#include "lutra_product.h"

namespace nnet {

enum strategy { latency, resource, compressed };

// A weight with its place: from input `in` to output `out`.
template <class weight_T, int IN_BITS, int OUT_BITS> struct sparse_weight {
    ap_uint<IN_BITS> in;
    ap_uint<OUT_BITS> out;
    weight_T value;
};

template <class data_T, class res_T, typename CONFIG_T>
void dense_latency(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                   const typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                   const typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
    typedef typename CONFIG_T::accum_t accum_t;
    #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
    #pragma HLS ARRAY_PARTITION variable=weights complete
    #pragma HLS ARRAY_PARTITION variable=biases complete
    accum_t acc[CONFIG_T::n_out];
    #pragma HLS ARRAY_PARTITION variable=acc complete
Biases:
    for (unsigned out = 0; out < CONFIG_T::n_out; out++)
        acc[out] = accum_t(biases[out]);
Inputs:
    for (unsigned in = 0; in < CONFIG_T::n_in; in++)
    Outputs:
        for (unsigned out = 0; out < CONFIG_T::n_out; out++)
            acc[out] += accum_t(CONFIG_T::product::of(data[in], weights[in * CONFIG_T::n_out + out]));
Results:
    for (unsigned out = 0; out < CONFIG_T::n_out; out++)
        res[out] = res_T(acc[out]);
}

template <class data_T, class res_T, typename CONFIG_T>
void dense_resource(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                    const typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                    const typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
    typedef typename CONFIG_T::accum_t accum_t;
    const unsigned total = CONFIG_T::n_in * CONFIG_T::n_out;
    const unsigned rf = CONFIG_T::reuse_factor;
    const unsigned block = (total + rf - 1) / rf;
    #pragma HLS ARRAY_RESHAPE variable=weights block factor=block
    #pragma HLS ARRAY_PARTITION variable=biases complete
    accum_t acc[CONFIG_T::n_out];
    #pragma HLS ARRAY_PARTITION variable=acc complete
Biases:
    for (unsigned out = 0; out < CONFIG_T::n_out; out++)
        acc[out] = accum_t(biases[out]);
Reuse:
    for (unsigned turn = 0; turn < rf; turn++) {
        #pragma HLS PIPELINE II=1 rewind
        // Where the reuse factor divides n_in, or n_in it, neither index below needs a divider.
        const unsigned turn_in = turn % CONFIG_T::n_in, turn_out = turn / CONFIG_T::n_in;
    Multipliers:
        for (unsigned step = 0; step < block; step++) {
            #pragma HLS UNROLL
            const unsigned w = turn + rf * step;
            if (w >= total)
                continue;
            const bool whole_rows = rf % CONFIG_T::n_in == 0;
            const unsigned in = whole_rows ? turn_in : w % CONFIG_T::n_in;
            const unsigned out = whole_rows ? turn_out + step * (rf / CONFIG_T::n_in) : w / CONFIG_T::n_in;
            acc[out] += accum_t(CONFIG_T::product::of(data[in], weights[w]));
        }
    }
Results:
    for (unsigned out = 0; out < CONFIG_T::n_out; out++)
        res[out] = res_T(acc[out]);
}

template <class data_T, class res_T, typename CONFIG_T>
void dense_compressed(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                      const typename CONFIG_T::weight_t weights[CONFIG_T::n_weights],
                      const typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
    typedef typename CONFIG_T::accum_t accum_t;
    const unsigned total = CONFIG_T::n_weights;
    const unsigned rf = CONFIG_T::reuse_factor;
    const unsigned block = (total + rf - 1) / rf;
    #pragma HLS ARRAY_RESHAPE variable=weights cyclic factor=block
    #pragma HLS ARRAY_PARTITION variable=biases complete
    accum_t acc[CONFIG_T::n_out];
    #pragma HLS ARRAY_PARTITION variable=acc complete
Biases:
    for (unsigned out = 0; out < CONFIG_T::n_out; out++)
        acc[out] = accum_t(biases[out]);
Reuse:
    for (unsigned turn = 0; turn < rf; turn++) {
        #pragma HLS PIPELINE II=1 rewind
    Multipliers:
        for (unsigned step = 0; step < block; step++) {
            #pragma HLS UNROLL
            const unsigned w = turn * block + step;
            if (w >= total)
                continue;
            const unsigned in = weights[w].in.to_uint(), out = weights[w].out.to_uint();
            acc[out] += accum_t(CONFIG_T::product::of(data[in], weights[w].value));
        }
    }
Results:
    for (unsigned out = 0; out < CONFIG_T::n_out; out++)
        res[out] = res_T(acc[out]);
}

// The kernel of a strategy; others are not compiled, since weights have another form.
template <unsigned STRATEGY> struct dense_by {
    template <class data_T, class res_T, typename CONFIG_T>
    static void of(const data_T *data, res_T *res, const typename CONFIG_T::weight_t *weights,
                   const typename CONFIG_T::bias_t *biases) {
        #pragma HLS INLINE
        dense_latency<data_T, res_T, CONFIG_T>(data, res, weights, biases);
    }
};
template <> struct dense_by<resource> {
    template <class data_T, class res_T, typename CONFIG_T>
    static void of(const data_T *data, res_T *res, const typename CONFIG_T::weight_t *weights,
                   const typename CONFIG_T::bias_t *biases) {
        #pragma HLS INLINE
        dense_resource<data_T, res_T, CONFIG_T>(data, res, weights, biases);
    }
};
template <> struct dense_by<compressed> {
    template <class data_T, class res_T, typename CONFIG_T>
    static void of(const data_T *data, res_T *res, const typename CONFIG_T::weight_t *weights,
                   const typename CONFIG_T::bias_t *biases) {
        #pragma HLS INLINE
        dense_compressed<data_T, res_T, CONFIG_T>(data, res, weights, biases);
    }
};

template <class data_T, class res_T, typename CONFIG_T>
void dense(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out], const typename CONFIG_T::weight_t *weights,
           const typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
    #pragma HLS INLINE
    dense_by<CONFIG_T::strategy>::template of<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

// Streamed: n_in elements in beats of data_T, the result in beats of res_T.
template <class data_T, class res_T, typename CONFIG_T>
void dense(hls::stream<data_T> &data, hls::stream<res_T> &res,
           const typename CONFIG_T::weight_t *weights,
           const typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
    typename data_T::value_type x[CONFIG_T::n_in];
    #pragma HLS ARRAY_PARTITION variable=x complete
    typename res_T::value_type y[CONFIG_T::n_out];
    #pragma HLS ARRAY_PARTITION variable=y complete
Read:
    for (unsigned beat = 0; beat < CONFIG_T::n_in / data_T::size; beat++) {
        const data_T in = data.read();
        for (unsigned i = 0; i < data_T::size; i++)
            x[beat * data_T::size + i] = in[i];
    }
    dense<typename data_T::value_type, typename res_T::value_type, CONFIG_T>(x, y, weights, biases);
Write:
    for (unsigned beat = 0; beat < CONFIG_T::n_out / res_T::size; beat++) {
        res_T out;
        for (unsigned i = 0; i < res_T::size; i++)
            out[i] = y[beat * res_T::size + i];
        res.write(out);
    }
}

// The same layer on every row of [n_rows][n_in].
template <class data_T, class res_T, typename CONFIG_T>
void dense_rows(const data_T data[CONFIG_T::n_rows * CONFIG_T::n_in], res_T res[CONFIG_T::n_rows * CONFIG_T::n_out],
                const typename CONFIG_T::weight_t *weights,
                const typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
Rows:
    for (unsigned row = 0; row < CONFIG_T::n_rows; row++)
        dense<data_T, res_T, CONFIG_T>(data + row * CONFIG_T::n_in, res + row * CONFIG_T::n_out, weights, biases);
}

template <class data_T, class res_T, typename CONFIG_T>
void dense_rows(hls::stream<data_T> &data, hls::stream<res_T> &res,
                const typename CONFIG_T::weight_t *weights,
                const typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
Rows:
    for (unsigned row = 0; row < CONFIG_T::n_rows; row++)
        dense<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

// Inputs and weights are bits for +1 and -1, the product is product::equal: the sum is twice the count of agreements
// (with the bias in it) less n_in.
template <class data_T, class res_T, typename CONFIG_T>
void dense_xnor(const data_T data[CONFIG_T::n_rows * CONFIG_T::n_in], res_T res[CONFIG_T::n_rows * CONFIG_T::n_out],
                const typename CONFIG_T::weight_t *weights,
                const typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
    typename CONFIG_T::accum_t counts[CONFIG_T::n_rows * CONFIG_T::n_out];
    #pragma HLS ARRAY_PARTITION variable=counts complete
    dense_rows<data_T, typename CONFIG_T::accum_t, CONFIG_T>(data, counts, weights, biases);
Results:
    for (unsigned out = 0; out < CONFIG_T::n_rows * CONFIG_T::n_out; out++)
        res[out] = res_T(2 * counts[out] - int(CONFIG_T::n_in));
}

// A beat is a row.
template <typename CONFIG_T> struct one_row : CONFIG_T { static const unsigned n_rows = 1; };

template <class data_T, class res_T, typename CONFIG_T>
void dense_xnor(hls::stream<data_T> &data, hls::stream<res_T> &res,
                const typename CONFIG_T::weight_t *weights,
                const typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
Rows:
    for (unsigned row = 0; row < CONFIG_T::n_rows; row++) {
        const data_T in = data.read();
        res_T out;
        dense_xnor<typename data_T::value_type, typename res_T::value_type, one_row<CONFIG_T> >(
            in.data, out.data, weights, biases);
        res.write(out);
    }
}

} // namespace nnet

#endif
