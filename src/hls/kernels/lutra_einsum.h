// Contractions: result k is the sum over terms t of a[a_outer[k] + a_inner[t]] * b[b_outer[k] + b_inner[t]]. The tables
// of indices are constants, so that unrolled loops are wires.
//   einsum        two tensors: the accumulator takes the exact product, and is stored in accum_t once a step
//   einsum_dense  a tensor and weights: the accumulator starts at the bias of bias_outer[k]; every product is stored in
//                 accum_t, then added; terms are visited t % turns = 0, then 1, ...
// CONFIG_T: n_in (einsum: of b n_in1), n_out, n_terms, reuse_factor, accum_t; einsum_dense also turns.
#ifndef LUTRA_EINSUM_H_
#define LUTRA_EINSUM_H_

#include "lutra_frame.h"

namespace nnet {

template <class a_T, class b_T, class res_T, typename CONFIG_T, class ao_T, class ai_T, class bo_T, class bi_T>
void einsum(const a_T a[CONFIG_T::n_in], const b_T b[CONFIG_T::n_in1], res_T res[CONFIG_T::n_out],
            const ao_T a_outer[CONFIG_T::n_out], const ai_T a_inner[CONFIG_T::n_terms],
            const bo_T b_outer[CONFIG_T::n_out], const bi_T b_inner[CONFIG_T::n_terms]) {
    typedef typename CONFIG_T::accum_t accum_t;
    #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
    #pragma HLS ARRAY_PARTITION variable=a_outer complete
    #pragma HLS ARRAY_PARTITION variable=a_inner complete
    #pragma HLS ARRAY_PARTITION variable=b_outer complete
    #pragma HLS ARRAY_PARTITION variable=b_inner complete
Results:
    for (unsigned k = 0; k < CONFIG_T::n_out; k++) {
        accum_t acc = accum_t(0);
    Terms:
        for (unsigned t = 0; t < CONFIG_T::n_terms; t++)
            acc = accum_t(acc + a[a_outer[k].to_uint() + a_inner[t].to_uint()] *
                                    b[b_outer[k].to_uint() + b_inner[t].to_uint()]);
        res[k] = res_T(acc);
    }
}

template <class data_T, class res_T, typename CONFIG_T, class weight_T, class bias_T, class xo_T, class xi_T,
          class wo_T, class wi_T, class bo_T>
void einsum_dense(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out], const weight_T *weights,
                  const bias_T *biases, const xo_T x_outer[CONFIG_T::n_out], const xi_T x_inner[CONFIG_T::n_terms],
                  const wo_T w_outer[CONFIG_T::n_out], const wi_T w_inner[CONFIG_T::n_terms],
                  const bo_T bias_outer[CONFIG_T::n_out]) {
    typedef typename CONFIG_T::accum_t accum_t;
    #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
    #pragma HLS ARRAY_PARTITION variable=weights complete
    #pragma HLS ARRAY_PARTITION variable=biases complete
    #pragma HLS ARRAY_PARTITION variable=x_outer complete
    #pragma HLS ARRAY_PARTITION variable=x_inner complete
    #pragma HLS ARRAY_PARTITION variable=w_outer complete
    #pragma HLS ARRAY_PARTITION variable=w_inner complete
    #pragma HLS ARRAY_PARTITION variable=bias_outer complete
Results:
    for (unsigned k = 0; k < CONFIG_T::n_out; k++) {
        accum_t acc = accum_t(biases[bias_outer[k].to_uint()]);
    Turns:
        for (unsigned turn = 0; turn < CONFIG_T::turns; turn++)
        Terms:
            for (unsigned t = turn; t < CONFIG_T::n_terms; t += CONFIG_T::turns)
                acc = accum_t(acc + accum_t(data[x_outer[k].to_uint() + x_inner[t].to_uint()] *
                                            weights[w_outer[k].to_uint() + w_inner[t].to_uint()]));
        res[k] = res_T(acc);
    }
}

// Streamed: whole frames are read, then written.
template <class a_T, class b_T, class res_T, typename CONFIG_T, class ao_T, class ai_T, class bo_T, class bi_T>
void einsum(hls::stream<a_T> &a, hls::stream<b_T> &b, hls::stream<res_T> &res, const ao_T *a_outer,
            const ai_T *a_inner, const bo_T *b_outer, const bi_T *b_inner) {
    typename a_T::value_type left[CONFIG_T::n_in];
    typename b_T::value_type right[CONFIG_T::n_in1];
    typename res_T::value_type out[CONFIG_T::n_out];
    #pragma HLS ARRAY_PARTITION variable=left complete
    #pragma HLS ARRAY_PARTITION variable=right complete
    #pragma HLS ARRAY_PARTITION variable=out complete
    read_frame(a, left, CONFIG_T::n_in);
    read_frame(b, right, CONFIG_T::n_in1);
    einsum<typename a_T::value_type, typename b_T::value_type, typename res_T::value_type, CONFIG_T>(
        left, right, out, a_outer, a_inner, b_outer, b_inner);
    write_frame(out, res, CONFIG_T::n_out);
}

template <class data_T, class res_T, typename CONFIG_T, class weight_T, class bias_T, class xo_T, class xi_T,
          class wo_T, class wi_T, class bo_T>
void einsum_dense(hls::stream<data_T> &data, hls::stream<res_T> &res, const weight_T *weights, const bias_T *biases,
                  const xo_T *x_outer, const xi_T *x_inner, const wo_T *w_outer, const wi_T *w_inner,
                  const bo_T *bias_outer) {
    typename data_T::value_type in[CONFIG_T::n_in];
    typename res_T::value_type out[CONFIG_T::n_out];
    #pragma HLS ARRAY_PARTITION variable=in complete
    #pragma HLS ARRAY_PARTITION variable=out complete
    read_frame(data, in, CONFIG_T::n_in);
    einsum_dense<typename data_T::value_type, typename res_T::value_type, CONFIG_T>(
        in, out, weights, biases, x_outer, x_inner, w_outer, w_inner, bias_outer);
    write_frame(out, res, CONFIG_T::n_out);
}

} // namespace nnet

#endif
