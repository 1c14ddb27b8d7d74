// What every kernel needs: the fixed-point and stream types (our own for simulation, a vendor's when
// LUTRA_VENDOR_TYPES is defined), the beat of a stream, and raw access to values.
#ifndef LUTRA_TYPES_H_
#define LUTRA_TYPES_H_

#if defined(LUTRA_VENDOR_TYPES)
#include <ap_fixed.h>
#include <ap_int.h>
#include <hls_stream.h>
#else
#include "lutra_fixed.h"
#include "lutra_stream.h"
#endif
#include <stdint.h>

namespace nnet {

// One beat of a stream: the channels of a pixel, or any group of N elements.
template <class T, unsigned N> struct array {
    typedef T value_type;
    static const unsigned size = N;
    T data[N];
    T &operator[](unsigned at) { return data[at]; }
    const T &operator[](unsigned at) const { return data[at]; }
};
template <class T, unsigned N> const unsigned array<T, N>::size;

// Width, integer bits and sign of a fixed-point type, whoever's it is.
template <class T> struct traits;
template <int W, int I, ap_q_mode Q, ap_o_mode O, int N> struct traits<ap_fixed<W, I, Q, O, N> > {
    static const int width = W, integer = I;
    static const bool is_signed = true;
};
template <int W, int I, ap_q_mode Q, ap_o_mode O, int N> struct traits<ap_ufixed<W, I, Q, O, N> > {
    static const int width = W, integer = I;
    static const bool is_signed = false;
};
template <int W> struct traits<ap_int<W> > {
    static const int width = W, integer = W;
    static const bool is_signed = true;
};
template <int W> struct traits<ap_uint<W> > {
    static const int width = W, integer = W;
    static const bool is_signed = false;
};

// The type of width 0: takes any value and is 0. Tools optimise its one wire away.
struct zero : ap_uint<1> {
    zero() : ap_uint<1>(0) {}
    template <class T> zero(const T &) : ap_uint<1>(0) {}
};
template <> struct traits<zero> : traits<ap_uint<1> > {};

// The value whose raw bits are `low` and, above 64 bits, `high`.
template <class T> T from_raw(uint64_t low, uint64_t high = 0) {
    static_assert(traits<T>::width <= 128, "raw constants are limited to 128 bits");
    const int width = traits<T>::width;
    T value = T(0);
    value.range(width > 64 ? 63 : width - 1, 0) = ap_uint<64>(low);
    if (width > 64)
        value.range(width - 1, width > 64 ? 64 : 0) = ap_uint<64>(high);
    return value;
}

// Bits 64 at .. 64 at + 63 of a value's raw word, zero above its width.
template <class T> uint64_t raw_word(const T &value, int at) {
    const int top = traits<T>::width - 1;
    const int low = 64 * at;
    return value.range(low + 63 < top ? low + 63 : top, low).to_uint64();
}
template <class T> void set_raw_word(T &value, int at, uint64_t word) {
    const int top = traits<T>::width - 1;
    const int low = 64 * at;
    value.range(low + 63 < top ? low + 63 : top, low) = ap_uint<64>(word);
}

// value * 2^POWER, exactly: the same raw word with the point moved.
template <int POWER, class T> struct shifted {
    static const int width = traits<T>::width, integer = traits<T>::integer;
    typedef ap_ufixed<1, 1 + POWER> power_t;
    static auto of(const T &value) -> decltype(value * power_t()) {
        power_t power;
        power.range(0, 0) = ap_uint<1>(1);
        return value * power;
    }
};
template <int POWER, class T> auto shift(const T &value) -> decltype(shifted<POWER, T>::of(value)) {
    return shifted<POWER, T>::of(value);
}

} // namespace nnet

#endif
