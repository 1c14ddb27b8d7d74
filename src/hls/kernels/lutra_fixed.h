// Fixed-point types for C simulation, with the names, result types, rounding and overflow modes of ap_fixed, so
// that the same source compiles with a vendor's own types. A value is its raw integer: value = raw * 2^-(W - I).
//   ap_fixed<W, I, Q, O, N>  signed, W bits, I of them (sign included) above the point   ap_int<W>  = ap_fixed<W, W>
//   ap_ufixed<W, I, Q, O, N> unsigned                                                    ap_uint<W> = ap_ufixed<W, W>
// +, - and * are exact; bits are lost only where a value is stored in another type, by that type's Q, then O.
// Worked example: 2.75 is raw 11 in ap_fixed<6,4>; stored in ap_fixed<4,3,AP_RND> it is (11 + 1) >> 1 = 6: 3.0.
#ifndef LUTRA_FIXED_H_
#define LUTRA_FIXED_H_

#include "lutra_wide.h"
#include <cmath>
#include <type_traits>

enum ap_q_mode { AP_RND, AP_RND_ZERO, AP_RND_MIN_INF, AP_RND_INF, AP_RND_CONV, AP_TRN, AP_TRN_ZERO };
enum ap_o_mode { AP_SAT, AP_SAT_ZERO, AP_SAT_SYM, AP_WRAP, AP_WRAP_SM };

namespace lutra {

template <int A, int B> struct larger { static const int value = A > B ? A : B; };
template <int A, int B> struct smaller { static const int value = A < B ? A : B; };

// value / 2^count, rounded by Q; count > 0, and T holds at least count + 2 bits.
template <ap_q_mode Q, class T> T quantise(const T &value, int count) {
    const T zero(0), one(1);
    const T floor = shift_right(value, count);
    const T rest = value - shift_left(floor, count);
    if (Q == AP_TRN || rest == zero)
        return floor;
    if (Q == AP_TRN_ZERO)
        return value < zero ? floor + one : floor;
    const T half = shift_left(one, count - 1);
    if (half < rest)
        return floor + one;
    if (rest < half)
        return floor;
    const bool odd = !(shift_left(shift_right(floor, 1), 1) == floor);
    const bool up = Q == AP_RND || (Q == AP_RND_ZERO && value < zero) || (Q == AP_RND_INF && !(value < zero)) ||
                    (Q == AP_RND_CONV && odd);
    return up ? floor + one : floor;
}

template <class T> T low_bits(const T &value, int count) {
    return value - shift_left(shift_right(value, count), count);
}

template <class T> bool bit_of(const T &value, int at) { return !(low_bits(shift_right(value, at), 1) == T(0)); }

// The W low bits of an overflowing value as AP_WRAP and AP_WRAP_SM leave them, with N bits on top that saturate
// (signed: the sign, then its opposite; unsigned: ones). `lost` is the lowest bit dropped above the target, read
// before rounding.
template <int W, bool S, ap_o_mode O, int N, class T> T wrap_bits(const T &value, bool lost) {
    const T zero(0), one(1);
    const bool negative = value < zero;
    T bits = low_bits(value, W);
    if (O == AP_WRAP_SM && S) {
        const bool top = bit_of(bits, W - 1);
        const bool invert = N == 0   ? lost != top
                            : N == 1 ? negative != top
                                     : bit_of(bits, W - (N > 0 ? N : 1)) == negative;
        if (invert)
            bits = shift_left(one, W) - one - bits;
    }
    if (N == 0)
        return bits;
    const T kept = low_bits(bits, W - N);
    const T limit = shift_left(one, S ? W - 1 : W);
    return S && negative ? kept + limit : kept + limit - shift_left(one, W - N);
}

// Brings any integer into W bits by O; T holds at least W + 2 bits.
template <int W, bool S, ap_o_mode O, int N, class T> T overflow(const T &value, bool lost = false) {
    const T zero(0), one(1);
    const T top = shift_left(one, S ? W - 1 : W) - one;
    // AP_SAT_SYM leaves out the one negative value without a twin, except that a single signed bit keeps its -1.
    const T bottom = !S ? zero : O == AP_SAT_SYM && W > 1 ? -top : -top - one;
    const bool below = value < bottom;
    if (!below && !(top < value))
        return value;
    if (O == AP_SAT_ZERO)
        return zero;
    if (O == AP_SAT || O == AP_SAT_SYM)
        return below ? bottom : top;
    const T bits = wrap_bits<W, S, O, N, T>(value, lost);
    return S && top < bits ? bits - shift_left(one, W) : bits;
}

template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N> class fixed;

// Builtin integers take part as the fixed type that holds all their values.
template <class B> struct builtin {
    static const int bits = std::is_same<B, bool>::value ? 1 : int(sizeof(B) * 8);
    typedef fixed<bits, bits, std::is_signed<B>::value, AP_TRN, AP_WRAP, 0> type;
};

// A writable slice of bits: what `x.range(high, low)` gives.
template <class F> class range_ref {
  public:
    range_ref(F &owner, int high, int low) : owner_(owner), high_(high), low_(low) {}
    range_ref(const range_ref &other) = default;

    uint64_t to_uint64() const { return uint64_t(int64_t(low_bits(shift_right(owner_.unsigned_raw(), low_), high_ - low_ + 1))); }
    unsigned to_uint() const { return unsigned(to_uint64()); }
    int to_int() const { return int(to_uint64()); }
    operator uint64_t() const { return to_uint64(); }

    template <int W2, int I2, bool S2, ap_q_mode Q2, ap_o_mode O2, int N2>
    range_ref &operator=(const fixed<W2, I2, S2, Q2, O2, N2> &value) {
        owner_.set_bits(high_, low_, value.range(W2 - 1, 0).to_uint64());
        return *this;
    }
    range_ref &operator=(uint64_t value) {
        owner_.set_bits(high_, low_, value);
        return *this;
    }
    range_ref &operator=(const range_ref &other) { return *this = other.to_uint64(); }

  private:
    F &owner_;
    int high_, low_;
};

template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N> class fixed {
    static_assert(W >= 1, "a fixed-point type needs at least one bit");
    static_assert(S || O != AP_WRAP_SM, "AP_WRAP_SM needs a signed type");
    static_assert(N >= 0 && N <= W, "saturated bits must lie within the width");

  public:
    static const int width = W;
    static const int iwidth = I;
    static const int frac = W - I;
    static const bool is_signed = S;
    static const ap_q_mode qmode = Q;
    static const ap_o_mode omode = O;
    typedef typename store<W + (S ? 0 : 1)>::type raw_t;

    fixed() : raw_(0) {}
    template <int W2, int I2, bool S2, ap_q_mode Q2, ap_o_mode O2, int N2>
    fixed(const fixed<W2, I2, S2, Q2, O2, N2> &value) : raw_(from_fixed(value)) {}
    template <class B, class = typename std::enable_if<std::is_integral<B>::value>::type>
    fixed(B value) : raw_(from_fixed(builtin<B>::type::of_raw(typename builtin<B>::type::raw_t(value)))) {}
    fixed(double value) : raw_(from_double(value)) {}
    fixed(float value) : raw_(from_double(value)) {}

    // The value whose raw integer is `raw`, which must be one of the type's.
    static fixed of_raw(const raw_t &raw) {
        fixed out;
        out.raw_ = raw;
        return out;
    }
    const raw_t &raw() const { return raw_; }
    raw_t raw_bits() const { return raw_; }

    range_ref<fixed> range(int high, int low) { return range_ref<fixed>(*this, high, low); }
    range_ref<const fixed> range(int high, int low) const { return range_ref<const fixed>(*this, high, low); }
    range_ref<fixed> operator()(int high, int low) { return range(high, low); }
    range_ref<const fixed> operator()(int high, int low) const { return range(high, low); }
    bool operator[](int at) const { return bit_of(unsigned_raw(), at); }

    // The raw word read without sign, and its slices written; both serve range().
    typedef typename store<W + 66>::type bits_t;
    bits_t unsigned_raw() const { return low_bits(bits_t(raw_), W); }
    void set_bits(int high, int low, uint64_t value) {
        const int count = high - low + 1;
        const bits_t all = unsigned_raw();
        const bits_t piece = low_bits(shift_left(bits_t(int64_t(value >> 32)), 32) + bits_t(int64_t(value & 0xffffffffu)), count);
        const bits_t old = low_bits(shift_right(all, low), count);
        raw_ = raw_t(overflow<W, S, AP_WRAP, 0, bits_t>(all + shift_left(piece - old, low)));
    }

    // The nearest double: what lies below 62 leading bits only leaves a mark, so that rounding happens once.
    double to_double() const {
        bits_t rest(raw_);
        const bool negative = rest < bits_t(0);
        if (negative)
            rest = -rest;
        int drop = 0;
        while (!(shift_right(rest, 62 + drop) == bits_t(0)))
            drop++;
        const int64_t lead(shift_right(rest, drop));
        const int64_t mark = low_bits(rest, drop) == bits_t(0) ? 0 : 1;
        const double magnitude = std::ldexp(double(lead | mark), drop - frac);
        return negative ? -magnitude : magnitude;
    }
    explicit operator double() const { return to_double(); }
    explicit operator float() const { return float(to_double()); }
    // Toward zero, as a C++ cast from double would.
    int64_t to_int64() const { return int64_t(fixed<64, 64, true, AP_TRN_ZERO, AP_WRAP, 0>(*this).raw()); }
    int to_int() const { return int(to_int64()); }
    unsigned to_uint() const { return unsigned(to_int64()); }
    explicit operator int() const { return to_int(); }
    explicit operator bool() const { return !(raw_ == raw_t(0)); }
    bool operator!() const { return raw_ == raw_t(0); }

    fixed<W + 1, I + 1, true, AP_TRN, AP_WRAP, 0> operator-() const {
        typedef fixed<W + 1, I + 1, true, AP_TRN, AP_WRAP, 0> negated;
        return negated::of_raw(-typename negated::raw_t(raw_));
    }
    const fixed &operator+() const { return *this; }

    template <class V> fixed &operator+=(const V &other) { return *this = *this + other; }
    template <class V> fixed &operator-=(const V &other) { return *this = *this - other; }
    template <class V> fixed &operator*=(const V &other) { return *this = *this * other; }
    template <class V> fixed &operator/=(const V &other) { return *this = *this / other; }
    fixed &operator++() { return *this += 1; }
    fixed operator++(int) {
        const fixed before = *this;
        ++*this;
        return before;
    }

    // Shifts keep the type: bits leave at either end.
    fixed operator>>(int count) const { return of_raw(shift_right(raw_, count)); }
    fixed operator<<(int count) const {
        return of_raw(raw_t(overflow<W, S, AP_WRAP, 0, bits_t>(low_bits(shift_left(bits_t(raw_), count > W ? W : count), W))));
    }

  private:
    raw_t raw_;

    template <int W2, int I2, bool S2, ap_q_mode Q2, ap_o_mode O2, int N2>
    static raw_t from_fixed(const fixed<W2, I2, S2, Q2, O2, N2> &value) {
        // Shifts are cut where more of them changes nothing: beyond W + 1 to the left only zeros are kept, and
        // beyond W2 + 2 to the right only the sign and "something was lost" remain.
        const int lost = (W2 - I2) - (W - I);
        const int right = lost > 0 ? smaller<lost, W2 + 2>::value : 0;
        const int left = lost < 0 ? smaller<-lost, W + 1>::value : 0;
        typedef typename store<larger<larger<W2 + 1 + left, right + 1>::value, W + 1>::value + 2>::type T;
        const T whole = shift_left(T(value.raw()), left);
        return store_exact<right>(whole);
    }

    // whole / 2^RIGHT into the type.
    template <int RIGHT, class T> static raw_t store_exact(const T &whole) {
        const bool lost = O == AP_WRAP_SM && bit_of(shift_right(whole, RIGHT), W);
        const T rounded = RIGHT > 0 ? quantise<Q, T>(whole, RIGHT > 0 ? RIGHT : 1) : whole;
        return raw_t(overflow<W, S, O, N, T>(rounded, lost));
    }

    static raw_t from_double(double value) {
        typedef typename store<W + 70>::type T;
        if (value != value)
            return raw_t(0);
        const bool infinite = value - value != 0;
        int exponent = 0;
        const double mantissa = infinite ? (value < 0 ? -0.5 : 0.5) : std::frexp(value, &exponent);
        const T digits(int64_t(std::ldexp(mantissa, 53)));
        const int shift = infinite ? W + 1 : exponent - 53 + frac;
        const int left = shift > W + 1 ? W + 1 : shift > 0 ? shift : 0;
        const int right = shift < -60 ? 60 : shift < 0 ? -shift : 0;
        const T whole = shift_left(digits, left);
        const bool lost = O == AP_WRAP_SM && bit_of(shift_right(whole, right), W);
        return raw_t(overflow<W, S, O, N, T>(right > 0 ? quantise<Q, T>(whole, right) : whole, lost));
    }
};

template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N> const int fixed<W, I, S, Q, O, N>::width;
template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N> const int fixed<W, I, S, Q, O, N>::iwidth;
template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N> const int fixed<W, I, S, Q, O, N>::frac;
template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N> const bool fixed<W, I, S, Q, O, N>::is_signed;

// Result types: a sum has one integer bit more than its wider operand, where an unsigned one beside a signed one
// counts one bit wider; a difference is always signed; a product adds widths.
template <int W1, int I1, bool S1, int W2, int I2, bool S2> struct result_of {
    static const int frac = larger<W1 - I1, W2 - I2>::value;
    static const int integer = larger<I1 + (S2 && !S1 ? 1 : 0), I2 + (S1 && !S2 ? 1 : 0)>::value + 1;
    typedef fixed<integer + frac, integer, S1 || S2, AP_TRN, AP_WRAP, 0> sum;
    typedef fixed<integer + frac, integer, true, AP_TRN, AP_WRAP, 0> difference;
    typedef fixed<W1 + W2, I1 + I2, S1 || S2, AP_TRN, AP_WRAP, 0> product;
    // Both operands at `frac`, one bit to spare: for sums and comparisons.
    typedef typename store<larger<integer + frac + 2, 8>::value>::type aligned;
    static const int left1 = frac - (W1 - I1);
    static const int left2 = frac - (W2 - I2);
    static const int quotient_left = larger<W2 - I2, 0>::value;
    typedef fixed<W1 + quotient_left + (S2 ? 1 : 0), I1 + (W2 - I2) + (S2 ? 1 : 0), S1 || S2, AP_TRN, AP_WRAP, 0> quotient;
};

#define LUTRA_TWO int W1, int I1, bool S1, ap_q_mode Q1, ap_o_mode O1, int N1, int W2, int I2, bool S2, ap_q_mode Q2, ap_o_mode O2, int N2
#define LUTRA_LEFT fixed<W1, I1, S1, Q1, O1, N1>
#define LUTRA_RIGHT fixed<W2, I2, S2, Q2, O2, N2>
#define LUTRA_RESULT result_of<W1, I1, S1, W2, I2, S2>

template <LUTRA_TWO> typename LUTRA_RESULT::sum operator+(const LUTRA_LEFT &a, const LUTRA_RIGHT &b) {
    typedef LUTRA_RESULT of;
    typedef typename of::sum::raw_t T;
    return of::sum::of_raw(shift_left(T(a.raw()), of::left1) + shift_left(T(b.raw()), of::left2));
}

template <LUTRA_TWO> typename LUTRA_RESULT::difference operator-(const LUTRA_LEFT &a, const LUTRA_RIGHT &b) {
    typedef LUTRA_RESULT of;
    typedef typename of::difference::raw_t T;
    return of::difference::of_raw(shift_left(T(a.raw()), of::left1) - shift_left(T(b.raw()), of::left2));
}

template <LUTRA_TWO> typename LUTRA_RESULT::product operator*(const LUTRA_LEFT &a, const LUTRA_RIGHT &b) {
    typedef typename LUTRA_RESULT::product product;
    typedef typename product::raw_t T;
    return product::of_raw(T(a.raw()) * T(b.raw()));
}

// Quotient of the raw integers, toward zero, after the dividend has gained the divisor's fraction bits.
template <LUTRA_TWO> typename LUTRA_RESULT::quotient operator/(const LUTRA_LEFT &a, const LUTRA_RIGHT &b) {
    typedef LUTRA_RESULT of;
    static_assert(W1 + of::quotient_left + 1 <= 128 && W2 + 1 <= 128, "division is limited to 127 bits");
    const int128 dividend = shift_left(int128(a.raw()), of::quotient_left);
    return of::quotient::of_raw(typename of::quotient::raw_t(dividend / int128(b.raw())));
}

template <LUTRA_TWO> bool operator==(const LUTRA_LEFT &a, const LUTRA_RIGHT &b) {
    typedef LUTRA_RESULT of;
    typedef typename of::aligned T;
    return shift_left(T(a.raw()), of::left1) == shift_left(T(b.raw()), of::left2);
}

template <LUTRA_TWO> bool operator<(const LUTRA_LEFT &a, const LUTRA_RIGHT &b) {
    typedef LUTRA_RESULT of;
    typedef typename of::aligned T;
    return shift_left(T(a.raw()), of::left1) < shift_left(T(b.raw()), of::left2);
}

template <LUTRA_TWO> bool operator!=(const LUTRA_LEFT &a, const LUTRA_RIGHT &b) { return !(a == b); }
template <LUTRA_TWO> bool operator>(const LUTRA_LEFT &a, const LUTRA_RIGHT &b) { return b < a; }
template <LUTRA_TWO> bool operator<=(const LUTRA_LEFT &a, const LUTRA_RIGHT &b) { return !(b < a); }
template <LUTRA_TWO> bool operator>=(const LUTRA_LEFT &a, const LUTRA_RIGHT &b) { return !(a < b); }

// The same operators between a fixed-point value and a builtin integer.
#define LUTRA_ONE int W1, int I1, bool S1, ap_q_mode Q1, ap_o_mode O1, int N1, class B, class = typename std::enable_if<std::is_integral<B>::value>::type
#define LUTRA_WITH_BUILTIN(OP)                                                                                         \
    template <LUTRA_ONE>                                                                                               \
    auto operator OP(const LUTRA_LEFT &a, B b)->decltype(a OP typename builtin<B>::type(b)) {                          \
        return a OP typename builtin<B>::type(b);                                                                      \
    }                                                                                                                  \
    template <LUTRA_ONE>                                                                                               \
    auto operator OP(B b, const LUTRA_LEFT &a)->decltype(typename builtin<B>::type(b) OP a) {                          \
        return typename builtin<B>::type(b) OP a;                                                                      \
    }
LUTRA_WITH_BUILTIN(+)
LUTRA_WITH_BUILTIN(-)
LUTRA_WITH_BUILTIN(*)
LUTRA_WITH_BUILTIN(/)
LUTRA_WITH_BUILTIN(==)
LUTRA_WITH_BUILTIN(!=)
LUTRA_WITH_BUILTIN(<)
LUTRA_WITH_BUILTIN(>)
LUTRA_WITH_BUILTIN(<=)
LUTRA_WITH_BUILTIN(>=)
#undef LUTRA_WITH_BUILTIN
#undef LUTRA_ONE
#undef LUTRA_RESULT
#undef LUTRA_RIGHT
#undef LUTRA_LEFT
#undef LUTRA_TWO

} // namespace lutra

template <int W, int I, ap_q_mode Q = AP_TRN, ap_o_mode O = AP_WRAP, int N = 0>
using ap_fixed = lutra::fixed<W, I, true, Q, O, N>;
template <int W, int I, ap_q_mode Q = AP_TRN, ap_o_mode O = AP_WRAP, int N = 0>
using ap_ufixed = lutra::fixed<W, I, false, Q, O, N>;
template <int W> using ap_int = lutra::fixed<W, W, true, AP_TRN, AP_WRAP, 0>;
template <int W> using ap_uint = lutra::fixed<W, W, false, AP_TRN, AP_WRAP, 0>;

#endif
