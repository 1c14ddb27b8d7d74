// Two to eight tensors into one, element by element, repeated along axes where they are smaller; exact from the left up
// to the one store into the result's type.
// CONFIG_T: n_in0, n_in1, ..., n_out; extent0 to extent3, the result's axes, 1 in front where it has fewer; x0_step0 to
// x0_step3, x1_step0, ..., how far apart neighbours along an axis are in a tensor, 0 where it repeats; operation, one of
// `fold`; count, the number of tensors, or log2_count, for means. On streams whole frames are read, then written.
#ifndef LUTRA_BROADCAST_H_
#define LUTRA_BROADCAST_H_

#include "lutra_frame.h"
#include "lutra_several.h"

namespace nnet {

namespace fold {

struct plain {
    template <class res_T, typename CONFIG_T, class total_T> static res_T finish(const total_T &total) {
        return res_T(total);
    }
};

struct add : plain {
    template <class a_T, class b_T> static auto of(const a_T &a, const b_T &b) -> decltype(a + b) { return a + b; }
};

struct subtract : plain {
    template <class a_T, class b_T> static auto of(const a_T &a, const b_T &b) -> decltype(a - b) { return a - b; }
};

struct multiply : plain {
    template <class a_T, class b_T> static auto of(const a_T &a, const b_T &b) -> decltype(a * b) { return a * b; }
};

// The type of a sum holds either.
struct maximum : plain {
    template <class a_T, class b_T> static auto of(const a_T &a, const b_T &b) -> decltype(a + b) {
        return a > b ? decltype(a + b)(a) : decltype(a + b)(b);
    }
};

struct minimum : plain {
    template <class a_T, class b_T> static auto of(const a_T &a, const b_T &b) -> decltype(a + b) {
        return a < b ? decltype(a + b)(a) : decltype(a + b)(b);
    }
};

// The sum divided as a whole number of its least bits, toward zero.
struct average {
    template <class a_T, class b_T> static auto of(const a_T &a, const b_T &b) -> decltype(a + b) { return a + b; }
    template <class res_T, typename CONFIG_T, class total_T> static res_T finish(const total_T &total) {
        return res_T(total / int(CONFIG_T::count));
    }
};

// Of 2, 4 or 8 tensors, exact.
struct exact_average {
    template <class a_T, class b_T> static auto of(const a_T &a, const b_T &b) -> decltype(a + b) { return a + b; }
    template <class res_T, typename CONFIG_T, class total_T> static res_T finish(const total_T &total) {
        return res_T(shift<-int(CONFIG_T::log2_count)>(total));
    }
};

} // namespace fold

#define LUTRA_ELEMENT(K)                                                                                               \
    x##K[i * CONFIG_T::x##K##_step0 + j * CONFIG_T::x##K##_step1 + k * CONFIG_T::x##K##_step2 +                        \
         l * CONFIG_T::x##K##_step3]
#define LUTRA_FOLD_2 operation::of(LUTRA_ELEMENT(0), LUTRA_ELEMENT(1))
#define LUTRA_FOLD_3 operation::of(LUTRA_FOLD_2, LUTRA_ELEMENT(2))
#define LUTRA_FOLD_4 operation::of(LUTRA_FOLD_3, LUTRA_ELEMENT(3))
#define LUTRA_FOLD_5 operation::of(LUTRA_FOLD_4, LUTRA_ELEMENT(4))
#define LUTRA_FOLD_6 operation::of(LUTRA_FOLD_5, LUTRA_ELEMENT(5))
#define LUTRA_FOLD_7 operation::of(LUTRA_FOLD_6, LUTRA_ELEMENT(6))
#define LUTRA_FOLD_8 operation::of(LUTRA_FOLD_7, LUTRA_ELEMENT(7))

#define LUTRA_READ(K)                                                                                                  \
    typename x##K##_T::value_type in##K[CONFIG_T::n_in##K];                                                            \
    read_frame(x##K, in##K, CONFIG_T::n_in##K);
#define LUTRA_VALUE_TYPE(K) typename x##K##_T::value_type,
#define LUTRA_IN(K) in##K,

#define LUTRA_BROADCAST(N)                                                                                             \
    template <LUTRA_EACH_##N(LUTRA_TYPE_OF) class res_T, typename CONFIG_T>                                            \
    void broadcast(LUTRA_EACH_##N(LUTRA_ARRAY_OF) res_T res[CONFIG_T::n_out]) {                                        \
        typedef typename CONFIG_T::operation operation;                                                                \
        unsigned next = 0;                                                                                             \
        for (unsigned i = 0; i < CONFIG_T::extent0; i++)                                                               \
            for (unsigned j = 0; j < CONFIG_T::extent1; j++)                                                           \
                for (unsigned k = 0; k < CONFIG_T::extent2; k++)                                                       \
                    for (unsigned l = 0; l < CONFIG_T::extent3; l++)                                                   \
                        res[next++] = operation::template finish<res_T, CONFIG_T>(LUTRA_FOLD_##N);                     \
    }                                                                                                                  \
    template <LUTRA_EACH_##N(LUTRA_TYPE_OF) class res_T, typename CONFIG_T>                                            \
    void broadcast(LUTRA_EACH_##N(LUTRA_STREAM_OF) hls::stream<res_T> &res) {                                          \
        LUTRA_EACH_##N(LUTRA_READ)                                                                                     \
        typename res_T::value_type out[CONFIG_T::n_out];                                                               \
        broadcast<LUTRA_EACH_##N(LUTRA_VALUE_TYPE) typename res_T::value_type, CONFIG_T>(                              \
            LUTRA_EACH_##N(LUTRA_IN) out);                                                                             \
        write_frame(out, res, CONFIG_T::n_out);                                                                        \
    }

LUTRA_BROADCAST(2)
LUTRA_BROADCAST(3)
LUTRA_BROADCAST(4)
LUTRA_BROADCAST(5)
LUTRA_BROADCAST(6)
LUTRA_BROADCAST(7)
LUTRA_BROADCAST(8)

} // namespace nnet

#endif
