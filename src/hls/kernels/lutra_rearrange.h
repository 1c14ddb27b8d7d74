// Elements moved, each stored in the result's type.
//   rearrange    element [i][j][k][l] of the result is element start + (steps0[i] - 1) + ... + (steps3[l] - 1) of the
//                tensor, or zero where any of the four is 0. CONFIG_T: n_in, n_out, extent0 to extent3, start
//   concatenate  up to eight tensors: n_outer times a piece of each. CONFIG_T: n_in0, n_in1, ..., n_out, n_outer
// On streams rearrange reads a whole frame, then writes one; concatenate does so piece by piece.
#ifndef LUTRA_REARRANGE_H_
#define LUTRA_REARRANGE_H_

#include "lutra_frame.h"
#include "lutra_several.h"

namespace nnet {

template <class data_T, class res_T, typename CONFIG_T, class s0_T, class s1_T, class s2_T, class s3_T>
void rearrange(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out], const s0_T steps0[CONFIG_T::extent0],
               const s1_T steps1[CONFIG_T::extent1], const s2_T steps2[CONFIG_T::extent2],
               const s3_T steps3[CONFIG_T::extent3]) {
    unsigned next = 0;
    for (unsigned i = 0; i < CONFIG_T::extent0; i++)
        for (unsigned j = 0; j < CONFIG_T::extent1; j++)
            for (unsigned k = 0; k < CONFIG_T::extent2; k++)
                for (unsigned l = 0; l < CONFIG_T::extent3; l++) {
                    const unsigned a = steps0[i].to_uint(), b = steps1[j].to_uint();
                    const unsigned c = steps2[k].to_uint(), d = steps3[l].to_uint();
                    const bool inside = a > 0 && b > 0 && c > 0 && d > 0;
                    res[next++] = inside ? res_T(data[CONFIG_T::start + a + b + c + d - 4]) : res_T(0);
                }
}

template <class data_T, class res_T, typename CONFIG_T, class s0_T, class s1_T, class s2_T, class s3_T>
void rearrange(hls::stream<data_T> &data, hls::stream<res_T> &res, const s0_T *steps0, const s1_T *steps1,
               const s2_T *steps2, const s3_T *steps3) {
    typename data_T::value_type in[CONFIG_T::n_in];
    typename res_T::value_type out[CONFIG_T::n_out];
    read_frame(data, in, CONFIG_T::n_in);
    rearrange<typename data_T::value_type, typename res_T::value_type, CONFIG_T>(in, out, steps0, steps1, steps2,
                                                                                  steps3);
    write_frame(out, res, CONFIG_T::n_out);
}

template <class data_T, class res_T>
unsigned append(const data_T *data, unsigned count, res_T *res, unsigned next) {
    for (unsigned i = 0; i < count; i++)
        res[next++] = res_T(data[i]);
    return next;
}

template <class data_T, class res_T>
unsigned append_beats(hls::stream<data_T> &data, unsigned count, res_T *res, unsigned next) {
    for (unsigned beat = 0; beat < count / data_T::size; beat++) {
        const data_T in = data.read();
        next = append(in.data, data_T::size, res, next);
    }
    return next;
}

#define LUTRA_PIECE(K) CONFIG_T::n_in##K / CONFIG_T::n_outer
#define LUTRA_APPEND(K) next = append(x##K + outer * (LUTRA_PIECE(K)), LUTRA_PIECE(K), res, next);
#define LUTRA_APPEND_BEATS(K) next = append_beats(x##K, LUTRA_PIECE(K), piece, next);

#define LUTRA_CONCATENATE(N)                                                                                           \
    template <LUTRA_EACH_##N(LUTRA_TYPE_OF) class res_T, typename CONFIG_T>                                            \
    void concatenate(LUTRA_EACH_##N(LUTRA_ARRAY_OF) res_T res[CONFIG_T::n_out]) {                                      \
        unsigned next = 0;                                                                                             \
        for (unsigned outer = 0; outer < CONFIG_T::n_outer; outer++) {                                                 \
            LUTRA_EACH_##N(LUTRA_APPEND)                                                                               \
        }                                                                                                              \
    }                                                                                                                  \
    template <LUTRA_EACH_##N(LUTRA_TYPE_OF) class res_T, typename CONFIG_T>                                            \
    void concatenate(LUTRA_EACH_##N(LUTRA_STREAM_OF) hls::stream<res_T> &res) {                                        \
        for (unsigned outer = 0; outer < CONFIG_T::n_outer; outer++) {                                                 \
            typename res_T::value_type piece[CONFIG_T::n_out / CONFIG_T::n_outer];                                     \
            unsigned next = 0;                                                                                         \
            LUTRA_EACH_##N(LUTRA_APPEND_BEATS)                                                                         \
            write_frame(piece, res, next);                                                                             \
        }                                                                                                              \
    }

LUTRA_CONCATENATE(1)
LUTRA_CONCATENATE(2)
LUTRA_CONCATENATE(3)
LUTRA_CONCATENATE(4)
LUTRA_CONCATENATE(5)
LUTRA_CONCATENATE(6)
LUTRA_CONCATENATE(7)
LUTRA_CONCATENATE(8)

} // namespace nnet

#endif
