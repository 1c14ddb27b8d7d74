// Text for kernels over up to eight tensors x0, x1, ... of types of their own: LUTRA_EACH_3(M) is M(0) M(1) M(2).
// CONFIG_T: n_in0, n_in1, ..., the elements of each.
#ifndef LUTRA_SEVERAL_H_
#define LUTRA_SEVERAL_H_

#define LUTRA_EACH_1(M) M(0)
#define LUTRA_EACH_2(M) LUTRA_EACH_1(M) M(1)
#define LUTRA_EACH_3(M) LUTRA_EACH_2(M) M(2)
#define LUTRA_EACH_4(M) LUTRA_EACH_3(M) M(3)
#define LUTRA_EACH_5(M) LUTRA_EACH_4(M) M(4)
#define LUTRA_EACH_6(M) LUTRA_EACH_5(M) M(5)
#define LUTRA_EACH_7(M) LUTRA_EACH_6(M) M(6)
#define LUTRA_EACH_8(M) LUTRA_EACH_7(M) M(7)

#define LUTRA_TYPE_OF(K) class x##K##_T,
#define LUTRA_ARRAY_OF(K) const x##K##_T x##K[CONFIG_T::n_in##K],
#define LUTRA_STREAM_OF(K) hls::stream<x##K##_T> &x##K,

#endif
