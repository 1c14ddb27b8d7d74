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

// CONFIG_T::product, stored in CONFIG_T::product_t.
template <typename CONFIG_T> struct rounded {
    template <class x_T, class w_T> static typename CONFIG_T::product_t of(const x_T &x, const w_T &w) {
        return typename CONFIG_T::product_t(CONFIG_T::product::of(x, w));
    }
};

} // namespace product
} // namespace nnet

#endif
