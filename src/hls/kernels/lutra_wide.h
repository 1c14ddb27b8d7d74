// Integers behind fixed-point values: int64_t up to 64 bits, __int128 up to 128, and beyond that `wide`, a
// two's-complement number of 64-bit words (lowest first). All three take the same few functions, so the
// arithmetic above them is written once.
#ifndef LUTRA_WIDE_H_
#define LUTRA_WIDE_H_

#include <stdint.h>

namespace lutra {

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

template <int WORDS> struct wide {
    uint64_t word[WORDS];

    wide() {
        for (int i = 0; i < WORDS; i++)
            word[i] = 0;
    }
    explicit wide(int value) { fill(uint64_t(int64_t(value)), value < 0 ? ~uint64_t(0) : 0, value < 0); }
    explicit wide(int64_t value) { fill(uint64_t(value), value < 0 ? ~uint64_t(0) : 0, value < 0); }
    explicit wide(int128 value) { fill(uint64_t(value), uint64_t(value >> 64), value < 0); }
    template <int OTHER> explicit wide(const wide<OTHER> &value) {
        const uint64_t sign = value.negative() ? ~uint64_t(0) : 0;
        for (int i = 0; i < WORDS; i++)
            word[i] = i < OTHER ? value.word[i] : sign;
    }

    bool negative() const { return (word[WORDS - 1] >> 63) != 0; }
    explicit operator int64_t() const { return int64_t(word[0]); }
    explicit operator int128() const {
        const uint64_t high = WORDS > 1 ? word[WORDS > 1 ? 1 : 0] : (negative() ? ~uint64_t(0) : 0);
        return int128((uint128(high) << 64) | word[0]);
    }

  private:
    void fill(uint64_t low, uint64_t high, bool is_negative) {
        for (int i = 0; i < WORDS; i++)
            word[i] = i == 0 ? low : i == 1 ? high : is_negative ? ~uint64_t(0) : 0;
    }
};

template <int WORDS> wide<WORDS> operator+(const wide<WORDS> &a, const wide<WORDS> &b) {
    wide<WORDS> sum;
    uint128 carry = 0;
    for (int i = 0; i < WORDS; i++) {
        carry += uint128(a.word[i]) + b.word[i];
        sum.word[i] = uint64_t(carry);
        carry >>= 64;
    }
    return sum;
}

template <int WORDS> wide<WORDS> operator-(const wide<WORDS> &a) {
    wide<WORDS> inverse;
    for (int i = 0; i < WORDS; i++)
        inverse.word[i] = ~a.word[i];
    return inverse + wide<WORDS>(1);
}

template <int WORDS> wide<WORDS> operator-(const wide<WORDS> &a, const wide<WORDS> &b) { return a + (-b); }

// Modulo 2^(64 WORDS), which is the two's-complement product whenever that fits.
template <int WORDS> wide<WORDS> operator*(const wide<WORDS> &a, const wide<WORDS> &b) {
    wide<WORDS> product;
    for (int i = 0; i < WORDS; i++) {
        uint128 carry = 0;
        for (int j = 0; i + j < WORDS; j++) {
            carry += uint128(a.word[i]) * b.word[j] + product.word[i + j];
            product.word[i + j] = uint64_t(carry);
            carry >>= 64;
        }
    }
    return product;
}

template <int WORDS> bool operator==(const wide<WORDS> &a, const wide<WORDS> &b) {
    for (int i = 0; i < WORDS; i++)
        if (a.word[i] != b.word[i])
            return false;
    return true;
}

template <int WORDS> bool operator<(const wide<WORDS> &a, const wide<WORDS> &b) {
    if (a.negative() != b.negative())
        return a.negative();
    for (int i = WORDS - 1; i >= 0; i--)
        if (a.word[i] != b.word[i])
            return a.word[i] < b.word[i];
    return false;
}

// shift_left drops what leaves at the top; shift_right is arithmetic (toward minus infinity). Any count >= 0.
inline int64_t shift_left(int64_t value, int count) { return count > 63 ? 0 : int64_t(uint64_t(value) << count); }
inline int128 shift_left(int128 value, int count) { return count > 127 ? 0 : int128(uint128(value) << count); }
inline int64_t shift_right(int64_t value, int count) { return value >> (count > 63 ? 63 : count); }
inline int128 shift_right(int128 value, int count) { return value >> (count > 127 ? 127 : count); }

template <int WORDS> wide<WORDS> shift_left(const wide<WORDS> &value, int count) {
    wide<WORDS> out;
    const int words = count / 64, bits = count % 64;
    for (int i = WORDS - 1; i >= words; i--) {
        out.word[i] = value.word[i - words] << bits;
        if (bits != 0 && i > words)
            out.word[i] |= value.word[i - words - 1] >> (64 - bits);
    }
    return out;
}

template <int WORDS> wide<WORDS> shift_right(const wide<WORDS> &value, int count) {
    wide<WORDS> out;
    const uint64_t sign = value.negative() ? ~uint64_t(0) : 0;
    const int words = count / 64, bits = count % 64;
    for (int i = 0; i < WORDS; i++) {
        const uint64_t low = i + words < WORDS ? value.word[i + words] : sign;
        const uint64_t high = i + words + 1 < WORDS ? value.word[i + words + 1] : sign;
        out.word[i] = bits == 0 ? low : (low >> bits) | (high << (64 - bits));
    }
    return out;
}

// The integer type that holds two's-complement numbers of BITS bits.
template <int BITS, int KIND = (BITS <= 64 ? 0 : BITS <= 128 ? 1 : 2)> struct store;
template <int BITS> struct store<BITS, 0> { typedef int64_t type; };
template <int BITS> struct store<BITS, 1> { typedef int128 type; };
template <int BITS> struct store<BITS, 2> { typedef wide<(BITS + 63) / 64> type; };

} // namespace lutra

#endif
