// What a weight does to an input. `exact` is the ordinary product; the others read single bits as +1 (1) and -1 (0).
// A config names one of them as `product`.
#ifndef LUTRA_PRODUCT_H_
#define LUTRA_PRODUCT_H_

#include "lutra_types.h"

namespace nnet {
namespace product {

struct exact {
    template <class x_T, class w_T> static auto of(const x_T &x, const w_T &w) -> decltype(x * w) { return x * w; }
};

struct binary_weight {
    template <class x_T, class w_T> static auto of(const x_T &x, const w_T &w) -> decltype(-x) {
        return w == 0 ? decltype(-x)(-x) : decltype(-x)(x);
    }
};

struct binary_input {
    template <class x_T, class w_T> static auto of(const x_T &x, const w_T &w) -> decltype(-w) {
        return x == 0 ? decltype(-w)(-w) : decltype(-w)(w);
    }
};

struct both_binary {
    template <class x_T, class w_T> static ap_int<2> of(const x_T &x, const w_T &w) {
        return x == w ? ap_int<2>(1) : ap_int<2>(-1);
    }
};

// 1 where two bits agree: the count of agreements c among n gives the sum of products 2c - n.
struct equal {
    template <class x_T, class w_T> static ap_uint<1> of(const x_T &x, const w_T &w) { return ap_uint<1>(x == w ? 1 : 0); }
};

// By a weight of +-2^e as a shift in CONFIG_T::product_t: x, x * 2^e and that with the sign, each brought into it.
template <typename CONFIG_T> struct shifted {
    typedef typename CONFIG_T::product_t product_t;
    template <class x_T, class w_T> static product_t of(const x_T &x, const w_T &w) {
        const product_t held = product_t(x);
        const decltype(-w) size = w < 0 ? decltype(-w)(-w) : decltype(-w)(w);
        const product_t magnitude = product_t(held * size);
        return w < 0 ? product_t(-magnitude) : magnitude;
    }
};

} // namespace product
} // namespace nnet

#endif
