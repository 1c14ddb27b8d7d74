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

} // namespace product
} // namespace nnet

#endif
