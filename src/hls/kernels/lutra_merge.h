// Two tensors of one shape into one, element by element, exact up to the one store into the result's type; and the inner
// product of two vectors. CONFIG_T: n_in, the elements of either; the inner product reads accum_t as well; merge_directions
// reads what is said there.
#ifndef LUTRA_MERGE_H_
#define LUTRA_MERGE_H_

#include "lutra_types.h"

namespace nnet {

namespace scalar {

struct add {
    template <class res_T, class a_T, class b_T> static res_T of(const a_T &a, const b_T &b) { return res_T(a + b); }
};

struct subtract {
    template <class res_T, class a_T, class b_T> static res_T of(const a_T &a, const b_T &b) { return res_T(a - b); }
};

struct multiply {
    template <class res_T, class a_T, class b_T> static res_T of(const a_T &a, const b_T &b) { return res_T(a * b); }
};

struct average {
    template <class res_T, class a_T, class b_T> static res_T of(const a_T &a, const b_T &b) {
        return res_T(shift<-1>(a + b));
    }
};

struct maximum {
    template <class res_T, class a_T, class b_T> static res_T of(const a_T &a, const b_T &b) {
        return a > b ? res_T(a) : res_T(b);
    }
};

struct minimum {
    template <class res_T, class a_T, class b_T> static res_T of(const a_T &a, const b_T &b) {
        return a < b ? res_T(a) : res_T(b);
    }
};

} // namespace scalar

#define LUTRA_MERGE(NAME)                                                                                              \
    template <class a_T, class b_T, class res_T, typename CONFIG_T>                                                    \
    void NAME(const a_T a[CONFIG_T::n_in], const b_T b[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {                   \
        for (unsigned i = 0; i < CONFIG_T::n_in; i++)                                                                  \
            res[i] = scalar::NAME::template of<res_T>(a[i], b[i]);                                                     \
    }                                                                                                                  \
    template <class a_T, class b_T, class res_T, typename CONFIG_T>                                                    \
    void NAME(hls::stream<a_T> &a, hls::stream<b_T> &b, hls::stream<res_T> &res) {                                     \
        for (unsigned beat = 0; beat < CONFIG_T::n_in / a_T::size; beat++) {                                           \
            const a_T left = a.read();                                                                                 \
            const b_T right = b.read();                                                                                \
            res_T out;                                                                                                 \
            for (unsigned k = 0; k < a_T::size; k++)                                                                   \
                out[k] = scalar::NAME::template of<typename res_T::value_type>(left[k], right[k]);                     \
            res.write(out);                                                                                            \
        }                                                                                                              \
    }

LUTRA_MERGE(add)
LUTRA_MERGE(subtract)
LUTRA_MERGE(multiply)
LUTRA_MERGE(average)
LUTRA_MERGE(maximum)
LUTRA_MERGE(minimum)

// Of each of n_sequences sequences the n_merged outputs of two cells joined by `operation`, a scalar function of two, then
// the n_states elements of the first one's states, then those of the second.
template <class a_T, class b_T, class res_T, typename CONFIG_T>
void merge_directions(const a_T *ahead, const b_T *back, res_T *res) {
    for (unsigned sequence = 0; sequence < CONFIG_T::n_sequences; sequence++) {
        for (unsigned i = 0; i < CONFIG_T::n_merged; i++)
            *res++ = CONFIG_T::operation::template of<res_T>(*ahead++, *back++);
        for (unsigned i = 0; i < CONFIG_T::n_states; i++)
            *res++ = res_T(*ahead++);
        for (unsigned i = 0; i < CONFIG_T::n_states; i++)
            *res++ = res_T(*back++);
    }
}

// Every product and every sum through accum_t, in order.
template <class a_T, class b_T, class res_T, typename CONFIG_T>
void dot1d(const a_T a[CONFIG_T::n_in], const b_T b[CONFIG_T::n_in], res_T res[1]) {
    typedef typename CONFIG_T::accum_t accum_T;
    accum_T sum = accum_T(a[0] * b[0]);
    for (unsigned i = 1; i < CONFIG_T::n_in; i++)
        sum = accum_T(sum + accum_T(a[i] * b[i]));
    res[0] = res_T(sum);
}

template <class a_T, class b_T, class res_T, typename CONFIG_T>
void dot1d(hls::stream<a_T> &a, hls::stream<b_T> &b, hls::stream<res_T> &res) {
    const a_T left = a.read();
    const b_T right = b.read();
    res_T out;
    dot1d<typename a_T::value_type, typename b_T::value_type, typename res_T::value_type, CONFIG_T>(
        left.data, right.data, out.data);
    res.write(out);
}

} // namespace nnet

#endif
