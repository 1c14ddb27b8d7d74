// Activations. Each is exact up to the one store into the result's type, except that tables were rounded when they
// were made. Table indices are x * table_size / range, truncated toward zero, as a C cast does.
#ifndef LUTRA_ACTIVATION_H_
#define LUTRA_ACTIVATION_H_

#include "lutra_elementwise.h"

namespace nnet {

// trunc(x * table_size / 2^log2_range), toward zero: with 1024 entries over 16 (log2_range 4), x = -0.02 gives -1.28,
// so -1. Values beyond 32 bits saturate, which every caller clamps anyway.
template <typename CONFIG_T, class data_T> int64_t table_steps(const data_T &x) {
    const ap_fixed<34, 34, AP_TRN_ZERO, AP_SAT> steps = shift<-int(CONFIG_T::log2_range)>(x * ap_uint<25>(CONFIG_T::table_size));
    return steps.to_int64();
}

template <typename CONFIG_T> unsigned clamp_index(int64_t index) {
    return index < 0 ? 0 : index >= int64_t(CONFIG_T::table_size) ? CONFIG_T::table_size - 1 : unsigned(index);
}

// A function that needs no table, where a caller passes one regardless.
#define LUTRA_IGNORES_TABLE                                                                                            \
    template <class res_T, class data_T, class table_T> static res_T of(const data_T &x, const table_T *) {            \
        return of<res_T>(x);                                                                                           \
    }

namespace scalar {

template <typename CONFIG_T> struct linear {
    template <class res_T, class data_T> static res_T of(const data_T &x) { return res_T(x); }
    LUTRA_IGNORES_TABLE
};

template <typename CONFIG_T> struct relu {
    template <class res_T, class data_T> static res_T of(const data_T &x) { return x > 0 ? res_T(x) : res_T(0); }
    LUTRA_IGNORES_TABLE
};

// CONFIG_T::max(): the ceiling.
template <typename CONFIG_T> struct relu_max {
    template <class res_T, class data_T> static res_T of(const data_T &x) {
        return x < 0 ? res_T(0) : x > CONFIG_T::max() ? res_T(CONFIG_T::max()) : res_T(x);
    }
    LUTRA_IGNORES_TABLE
};

// CONFIG_T::alpha(): slope of the negative side.
template <typename CONFIG_T> struct leaky_relu {
    template <class res_T, class data_T> static res_T of(const data_T &x) {
        return x > 0 ? res_T(x) : res_T(CONFIG_T::alpha() * x);
    }
    LUTRA_IGNORES_TABLE
};

// CONFIG_T::theta(): what must be exceeded.
template <typename CONFIG_T> struct thresholded_relu {
    template <class res_T, class data_T> static res_T of(const data_T &x) {
        return x > CONFIG_T::theta() ? res_T(x) : res_T(0);
    }
    LUTRA_IGNORES_TABLE
};

template <typename CONFIG_T> struct prelu {
    template <class res_T, class data_T, class param_T> static res_T of(const data_T &x, const param_T &alpha) {
        return x > 0 ? res_T(x) : res_T(alpha * x);
    }
};

// A table over [-range/2, range/2): sigmoid, tanh, softplus, softsign and any other.
template <typename CONFIG_T> struct table_lookup {
    template <class res_T, class data_T, class table_T> static res_T of(const data_T &x, const table_T *table) {
        return res_T(table[clamp_index<CONFIG_T>(table_steps<CONFIG_T>(x) + CONFIG_T::table_size / 2)]);
    }
};

// A table of the negative side over (-range, 0], x itself on the other; CONFIG_T::alpha() scales the table.
template <typename CONFIG_T> struct elu {
    template <class res_T, class data_T, class table_T> static res_T of(const data_T &x, const table_T *table) {
        if (x >= 0)
            return res_T(x);
        return res_T(CONFIG_T::alpha() * table[clamp_index<CONFIG_T>(-table_steps<CONFIG_T>(x))]);
    }
};

// As elu, with CONFIG_T::lambda() scaling the positive side and the table used as it is.
template <typename CONFIG_T> struct selu {
    template <class res_T, class data_T, class table_T> static res_T of(const data_T &x, const table_T *table) {
        if (x >= 0)
            return res_T(CONFIG_T::lambda() * x);
        return res_T(table[clamp_index<CONFIG_T>(-table_steps<CONFIG_T>(x))]);
    }
};

// The raw word of x in CONFIG_T::index_t, read without sign, is the index.
template <typename CONFIG_T> struct raw_lookup {
    template <class res_T, class data_T, class table_T> static res_T of(const data_T &x, const table_T *table) {
        const typename CONFIG_T::index_t word = x;
        return res_T(table[word.range(traits<typename CONFIG_T::index_t>::width - 1, 0).to_uint()]);
    }
};

// A table of an odd function over [0, range/2): the entry of |x|, stored, then with the sign of x.
template <typename CONFIG_T> struct odd_lookup {
    template <class res_T, class data_T, class table_T> static res_T of(const data_T &x, const table_T *table) {
        const int64_t steps = table_steps<CONFIG_T>(x);
        const res_T entry = res_T(table[clamp_index<CONFIG_T>(steps < 0 ? -steps : steps)]);
        return x < 0 ? res_T(0 - entry) : entry;
    }
};

// (x + 1) / 2, exact until the store, which clips it.
template <typename CONFIG_T> struct half_line {
    template <class res_T, class data_T> static res_T of(const data_T &x) { return res_T(shift<-1>(x + ap_uint<1>(1))); }
    LUTRA_IGNORES_TABLE
};

// clip(slope x + shift, 0, 1), exact until handed to `store`.
template <typename CONFIG_T> struct hard_sigmoid {
    template <class res_T, class data_T> static res_T of(const data_T &x) {
        const auto line = CONFIG_T::slope() * x + CONFIG_T::shift();
        return line > 1 ? res_T(1) : line < 0 ? res_T(0) : res_T(line);
    }
    LUTRA_IGNORES_TABLE
};

// 2 hard_sigmoid(x) - 1, exact until the store.
template <typename CONFIG_T> struct hard_tanh {
    template <class res_T, class data_T> static res_T of(const data_T &x) {
        const auto line = CONFIG_T::slope() * x + CONFIG_T::shift();
        return line > 1 ? res_T(1) : line < 0 ? res_T(-1) : res_T(2 * line - 1);
    }
    LUTRA_IGNORES_TABLE
};

// x clip(x + shift, 0, bound) / bound. CONFIG_T::reciprocal() is 1/bound or a little more, and quotient_t cuts toward
// zero at a bit low enough that the store rounds as it would round the quotient itself.
template <typename CONFIG_T> struct hard_swish {
    template <class res_T, class data_T> static res_T of(const data_T &x) {
        const auto sum = x + CONFIG_T::shift();
        if (sum < 0)
            return res_T(0);
        const typename CONFIG_T::quotient_t share = sum > CONFIG_T::bound()
                                                        ? typename CONFIG_T::quotient_t(x)
                                                        : typename CONFIG_T::quotient_t(x * sum * CONFIG_T::reciprocal());
        return res_T(share);
    }
    LUTRA_IGNORES_TABLE
};

// A function that steps: the table holds the n_steps + 1 levels, then the n_steps values from which on it has the next.
template <typename CONFIG_T> struct step_lookup {
    template <class res_T, class data_T, class table_T> static res_T of(const data_T &x, const table_T *table) {
        unsigned level = 0;
        for (unsigned i = 0; i < CONFIG_T::n_steps; i++)
            if (x >= table[CONFIG_T::n_steps + 1 + i])
                level = i + 1;
        return res_T(table[level]);
    }
};

// Sign with 0 counted as +1; CONFIG_T::single_bit writes -1 as 0.
template <typename CONFIG_T> struct binary_tanh {
    template <class res_T, class data_T> static res_T of(const data_T &x) {
        return x >= 0 ? res_T(1) : CONFIG_T::single_bit ? res_T(0) : res_T(-1);
    }
    LUTRA_IGNORES_TABLE
};

// 2x is stored in CONFIG_T::twice_t first: its wrapping is part of the function.
template <typename CONFIG_T> struct ternary_tanh {
    template <class res_T, class data_T> static res_T of(const data_T &x) {
        const typename CONFIG_T::twice_t twice = 2 * x;
        return twice > 1 ? res_T(1) : twice <= -1 ? res_T(-1) : res_T(0);
    }
    LUTRA_IGNORES_TABLE
};

} // namespace scalar

LUTRA_ELEMENTWISE(linear)
LUTRA_ELEMENTWISE(relu)
LUTRA_ELEMENTWISE(relu_max)
LUTRA_ELEMENTWISE(leaky_relu)
LUTRA_ELEMENTWISE(thresholded_relu)
LUTRA_ELEMENTWISE(hard_sigmoid)
LUTRA_ELEMENTWISE(hard_tanh)
LUTRA_ELEMENTWISE(hard_swish)
LUTRA_ELEMENTWISE(binary_tanh)
LUTRA_ELEMENTWISE(ternary_tanh)
LUTRA_ELEMENTWISE_WITH_TABLE(table_lookup)
LUTRA_ELEMENTWISE_WITH_TABLE(elu)
LUTRA_ELEMENTWISE_WITH_TABLE(selu)
LUTRA_ELEMENTWISE_WITH_TABLE(raw_lookup)
LUTRA_ELEMENTWISE_WITH_TABLE(step_lookup)
LUTRA_ELEMENTWISE_WITH_PARAMETERS(prelu)

// As raw_lookup, every element with a table of its own of CONFIG_T::table_size entries, one behind the other.
template <class data_T, class res_T, typename CONFIG_T, class table_T>
void own_lookup(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in], const table_T *tables) {
    for (unsigned i = 0; i < CONFIG_T::n_in; i++)
        res[i] = scalar::raw_lookup<CONFIG_T>::template of<res_T>(data[i], tables + i * CONFIG_T::table_size);
}

template <class data_T, class res_T, typename CONFIG_T, class table_T>
void own_lookup(hls::stream<data_T> &data, hls::stream<res_T> &res, const table_T *tables) {
    LUTRA_OVER_STREAM(own_lookup, (in.data, out.data, tables + beat * data_T::size * CONFIG_T::table_size))
}

} // namespace nnet

#endif
