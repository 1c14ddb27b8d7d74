// Softmax in four forms over slices of n_slice elements, n_inner apart: [n_outer][n_slice][n_inner].
//   stable   exp(-(max - x)) from a table, sum, 1/sum from a table, product
//   latency  exp(x) from a table, no maximum
//   argmax   1 for the first largest element, 0 elsewhere
//   legacy   exp(x_j - x_i) summed for each i, then 1/sum_i
// Tables of the first two are addressed by the top bits of the raw word of their input. Slices may take some of their
// elements alone, and the others are 0: with n_causal above 0 slice k takes its first k % n_causal + 1.
// CONFIG_T: n_outer, n_slice, n_inner, n_causal, exp_table_size, inv_table_size, exp_table_t, inv_table_t, accum_t,
// inv_inp_t and, for stable, inp_norm_t.
#ifndef LUTRA_SOFTMAX_H_
#define LUTRA_SOFTMAX_H_

#include "lutra_activation.h"
#include "lutra_frame.h"

namespace nnet {

constexpr unsigned address_bits(unsigned size, unsigned bits = 0) {
    return (1u << bits) >= size ? bits : address_bits(size, bits + 1);
}

// The top address_bits(SIZE) bits of x's raw word.
template <unsigned SIZE, class T> unsigned top_bits(const T &x) {
    static_assert(int(address_bits(SIZE)) <= traits<T>::width, "the table is larger than its input has values");
    return x.range(traits<T>::width - 1, traits<T>::width - int(address_bits(SIZE))).to_uint();
}

constexpr unsigned power_below(unsigned count, unsigned power = 1) {
    return 2 * power < count ? power_below(count, 2 * power) : power;
}

// Sum as a tree in T: the left half is the largest power of two below the count; every node is stored in T.
template <class T, unsigned COUNT> struct tree_sum {
    static T of(const T *x) {
        const unsigned left = power_below(COUNT);
        return T(tree_sum<T, power_below(COUNT)>::of(x) + tree_sum<T, COUNT - power_below(COUNT)>::of(x + left));
    }
};
template <class T> struct tree_sum<T, 1> {
    static T of(const T *x) { return x[0]; }
};

// Among the first `kept`.
template <class T, unsigned COUNT> unsigned first_largest(const T x[COUNT], unsigned kept) {
    unsigned best = 0;
    for (unsigned i = 1; i < COUNT; i++)
        if (i < kept && x[i] > x[best])
            best = i;
    return best;
}

// From the exponentials to the result: shared by stable and latency. Those of elements that are left out are 0, which
// leaves every node of the tree as it would be without them.
template <class res_T, typename CONFIG_T>
void softmax_divide(const typename CONFIG_T::accum_t exps[CONFIG_T::n_slice], res_T res[CONFIG_T::n_slice],
                    const typename CONFIG_T::inv_table_t *inv_table) {
    const typename CONFIG_T::inv_inp_t sum = tree_sum<typename CONFIG_T::accum_t, CONFIG_T::n_slice>::of(exps);
    const typename CONFIG_T::inv_table_t inverse = inv_table[top_bits<CONFIG_T::inv_table_size>(sum)];
    for (unsigned i = 0; i < CONFIG_T::n_slice; i++)
        res[i] = res_T(exps[i] * inverse);
}

template <class data_T, class res_T, typename CONFIG_T> struct softmax_stable_slice {
    static void of(const data_T *x, res_T *res, unsigned kept, const typename CONFIG_T::exp_table_t *exp_table,
                   const typename CONFIG_T::inv_table_t *inv_table) {
        typedef typename CONFIG_T::accum_t accum_t;
        const data_T largest = x[first_largest<data_T, CONFIG_T::n_slice>(x, kept)];
        accum_t exps[CONFIG_T::n_slice];
        for (unsigned i = 0; i < CONFIG_T::n_slice; i++) {
            const typename CONFIG_T::inp_norm_t below = largest - x[i];
            exps[i] = i < kept ? accum_t(exp_table[top_bits<CONFIG_T::exp_table_size>(below)]) : accum_t(0);
        }
        softmax_divide<res_T, CONFIG_T>(exps, res, inv_table);
    }
};

template <class data_T, class res_T, typename CONFIG_T> struct softmax_latency_slice {
    static void of(const data_T *x, res_T *res, unsigned kept, const typename CONFIG_T::exp_table_t *exp_table,
                   const typename CONFIG_T::inv_table_t *inv_table) {
        typedef typename CONFIG_T::accum_t accum_t;
        accum_t exps[CONFIG_T::n_slice];
        for (unsigned i = 0; i < CONFIG_T::n_slice; i++)
            exps[i] = i < kept ? accum_t(exp_table[top_bits<CONFIG_T::exp_table_size>(x[i])]) : accum_t(0);
        softmax_divide<res_T, CONFIG_T>(exps, res, inv_table);
    }
};

// exp over 16 (log2_range 4) around 0, 1/x over [0, 64); sums in exp_table_t.
template <class data_T, class res_T, typename CONFIG_T> struct softmax_legacy_slice {
    struct exp_config {
        static const unsigned table_size = CONFIG_T::exp_table_size;
        static const int log2_range = 4;
    };
    struct inv_config {
        static const unsigned table_size = CONFIG_T::inv_table_size;
        static const int log2_range = 6;
    };
    static void of(const data_T *x, res_T *res, unsigned kept, const typename CONFIG_T::exp_table_t *exp_table,
                   const typename CONFIG_T::inv_table_t *inv_table) {
        typedef typename CONFIG_T::exp_table_t exp_t;
        for (unsigned i = 0; i < CONFIG_T::n_slice; i++) {
            exp_t sum = 0;
            for (unsigned j = 0; j < CONFIG_T::n_slice; j++)
                if (j < kept)
                    sum += i == j ? exp_t(1)
                                  : scalar::table_lookup<exp_config>::template of<exp_t>(x[j] - x[i], exp_table);
            const unsigned index = clamp_index<inv_config>(table_steps<inv_config>(sum));
            res[i] = i < kept ? res_T(inv_table[index]) : res_T(0);
        }
    }
};

template <class data_T, class res_T, typename CONFIG_T> struct softmax_argmax_slice {
    static void of(const data_T *x, res_T *res, unsigned kept) {
        const unsigned best = first_largest<data_T, CONFIG_T::n_slice>(x, kept);
        for (unsigned i = 0; i < CONFIG_T::n_slice; i++)
            res[i] = i == best ? res_T(1) : res_T(0);
    }
};

// How many elements a slice takes.
template <typename CONFIG_T> unsigned kept_of_slice(unsigned slice) {
    const unsigned n_causal = CONFIG_T::n_causal;
    const unsigned kept = n_causal > 0 ? slice % (n_causal > 0 ? n_causal : 1) + 1 : CONFIG_T::n_slice;
    return kept < CONFIG_T::n_slice ? kept : CONFIG_T::n_slice;
}

// Runs a slice function over [n_outer][n_slice][n_inner].
template <class SLICE, class data_T, class res_T, typename CONFIG_T, class... TABLES>
void over_slices(const data_T *data, res_T *res, const TABLES *...tables) {
    for (unsigned outer = 0; outer < CONFIG_T::n_outer; outer++) {
        for (unsigned inner = 0; inner < CONFIG_T::n_inner; inner++) {
            const unsigned first = outer * CONFIG_T::n_slice * CONFIG_T::n_inner + inner;
            data_T x[CONFIG_T::n_slice];
            res_T y[CONFIG_T::n_slice];
            for (unsigned i = 0; i < CONFIG_T::n_slice; i++)
                x[i] = data[first + i * CONFIG_T::n_inner];
            SLICE::of(x, y, kept_of_slice<CONFIG_T>(outer), tables...);
            for (unsigned i = 0; i < CONFIG_T::n_slice; i++)
                res[first + i * CONFIG_T::n_inner] = y[i];
        }
    }
}

// Arrays, then streams of which a slice is one beat or several.
#define LUTRA_SOFTMAX(NAME)                                                                                            \
    template <class data_T, class res_T, typename CONFIG_T, class... TABLES>                                           \
    void NAME(const data_T *data, res_T *res, const TABLES *...tables) {                                               \
        over_slices<NAME##_slice<data_T, res_T, CONFIG_T>, data_T, res_T, CONFIG_T>(data, res, tables...);             \
    }                                                                                                                  \
    template <class data_T, class res_T, typename CONFIG_T, class... TABLES>                                           \
    void NAME(hls::stream<data_T> &data, hls::stream<res_T> &res, const TABLES *...tables) {                           \
        static_assert(CONFIG_T::n_slice % data_T::size == 0 && CONFIG_T::n_inner == 1, "a slice is whole beats");       \
        typedef typename data_T::value_type in_t;                                                                      \
        typedef typename res_T::value_type out_t;                                                                      \
        for (unsigned outer = 0; outer < CONFIG_T::n_outer; outer++) {                                                 \
            in_t x[CONFIG_T::n_slice];                                                                                 \
            out_t y[CONFIG_T::n_slice];                                                                                \
            read_frame(data, x, CONFIG_T::n_slice);                                                                    \
            NAME##_slice<in_t, out_t, CONFIG_T>::of(x, y, kept_of_slice<CONFIG_T>(outer), tables...);                  \
            write_frame(y, res, CONFIG_T::n_slice);                                                                    \
        }                                                                                                              \
    }
LUTRA_SOFTMAX(softmax_stable)
LUTRA_SOFTMAX(softmax_latency)
LUTRA_SOFTMAX(softmax_legacy)
LUTRA_SOFTMAX(softmax_argmax)
#undef LUTRA_SOFTMAX

} // namespace nnet

#endif
