// A first-in first-out channel for C simulation, with the names of hls::stream. Reading an empty stream is a fault of
// the design (real hardware would hang), so it stops the program and says which stream it was.
#ifndef LUTRA_STREAM_H_
#define LUTRA_STREAM_H_

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>

namespace hls {

template <class T, int DEPTH = 0> class stream {
  public:
    stream() : name_("unnamed") {}
    explicit stream(const char *name) : name_(name) {}

    T read() {
        if (beats_.empty()) {
            std::fprintf(stderr, "stream '%s' was read while empty\n", name_.c_str());
            std::exit(3);
        }
        const T beat = beats_.front();
        beats_.pop_front();
        return beat;
    }
    void read(T &beat) { beat = read(); }
    bool read_nb(T &beat) {
        if (beats_.empty())
            return false;
        beat = read();
        return true;
    }
    void write(const T &beat) { beats_.push_back(beat); }
    bool write_nb(const T &beat) {
        write(beat);
        return true;
    }
    stream &operator>>(T &beat) {
        read(beat);
        return *this;
    }
    stream &operator<<(const T &beat) {
        write(beat);
        return *this;
    }
    bool empty() const { return beats_.empty(); }
    bool full() const { return false; }
    std::size_t size() const { return beats_.size(); }

  private:
    stream(const stream &);
    stream &operator=(const stream &);
    std::deque<T> beats_;
    std::string name_;
};

} // namespace hls

#endif
