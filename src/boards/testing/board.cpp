// A model of what stands around the accelerator: the processor's bus, AXI DMA, AXI4-Stream FIFO, ComBlock, UART, and
// memory behind a cache. It is written from the documents of those blocks (PG021, PG080, PG142, ComBlock's user guide), so that programs meet what they say, and is strict where they leave programs a choice.

#include "board.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <unordered_map>
#include <vector>

#include "Vboard.h"
#include "board_config.h"
#include "verilated.h"

namespace {

Vboard *top = nullptr;

struct Faults {
    int held = 0;         // CONTROL's start reads and stays 0
    int unconnected = 0;  // results are not taken
    int cut = 0;          // words fewer, or more where negative, that the next transfer in has
    int cut_out = 0;      // words fewer that the next transfer out is taken for: its length register says less
    int decode = 0;       // the next transfer meets an address that answers with an error
    int stuck = 0;        // the reset of what carries frames does not end
    int absent = 0;       // no device answers at the accelerator's address
} faults;

[[noreturn]] void die(const char *text, uint32_t value = 0)
{
    std::fflush(stdout);
    std::fprintf(stderr, "board: %s (0x%08x)\n", text, value);
    std::_Exit(99);
}

// Stalls at random, the same for the same seed; none for 0.
uint32_t stall_state = 0;
bool stalls()
{
    if (stall_state == 0) return false;
    stall_state ^= stall_state << 13;
    stall_state ^= stall_state >> 17;
    stall_state ^= stall_state << 5;
    return (stall_state & 3u) == 0;
}

// ---- Memory and cache

constexpr uint32_t page_bytes = 4096;
constexpr uint32_t line_bytes = 64;
#ifdef MEMORY_BASE
constexpr uint64_t memory_begin = MEMORY_BASE, memory_end = MEMORY_BASE + uint64_t(MEMORY_BYTES);
#else
constexpr uint64_t memory_begin = 0, memory_end = 0x80000000u;
#endif
std::unordered_map<uint32_t, std::vector<uint8_t>> pages;
std::unordered_map<uint32_t, std::vector<uint8_t>> clean;
#ifdef UART_BASE
bool has_cache = false;
#else
bool has_cache = true;
#endif

// Memory holds anything at first.
uint8_t &byte_at(uint32_t address)
{
    std::vector<uint8_t> &page = pages[address / page_bytes];
    if (page.empty()) {
        static const uint8_t noise[4] = {0xef, 0xbe, 0xad, 0xde};
        page.resize(page_bytes);
        for (uint32_t k = 0; k < page_bytes; k++) page[k] = noise[k & 3u];
    }
    return page[address % page_bytes];
}

[[maybe_unused]] uint32_t word_at(uint32_t address)
{
    uint32_t word;
    std::memcpy(&word, &byte_at(address), 4);
    return word;
}

[[maybe_unused]] void set_word(uint32_t address, uint32_t word) { std::memcpy(&byte_at(address), &word, 4); }

uint8_t *host_line(uint32_t line) { return reinterpret_cast<uint8_t *>(static_cast<uintptr_t>(line)); }

template <class Visit> void each_line(uint64_t address, uint64_t bytes, Visit visit)
{
    if (bytes == 0) return;
    for (uint64_t line = address / line_bytes * line_bytes; line < address + bytes; line += line_bytes)
        visit(static_cast<uint32_t>(line));
}

void keep_clean(uint32_t line) { clean[line].assign(host_line(line), host_line(line) + line_bytes); }

// Lines that the processor has written to and not flushed may be written back at any time: at the worst one.
[[maybe_unused]] void write_back_dirty(uint32_t address, uint32_t bytes)
{
    if (!has_cache) return;
    each_line(address, bytes, [](uint32_t line) {
        const auto known = clean.find(line);
        if (known != clean.end() && std::memcmp(known->second.data(), host_line(line), line_bytes) == 0) return;
        board_memory_write(line, host_line(line), line_bytes);
        keep_clean(line);
    });
}

// ---- Words of a beat, by the width of the port

inline void put(IData &data, uint32_t, uint32_t word) { data = word; }
inline void put(QData &data, uint32_t lane, uint32_t word)
{
    data = (data & ~(0xffffffffull << (32 * lane))) | (static_cast<uint64_t>(word) << (32 * lane));
}
template <std::size_t N> inline void put(VlWide<N> &data, uint32_t lane, uint32_t word) { data[lane] = word; }
inline uint32_t get(const IData &data, uint32_t) { return data; }
inline uint32_t get(const QData &data, uint32_t lane) { return static_cast<uint32_t>(data >> (32 * lane)); }
template <std::size_t N> inline uint32_t get(const VlWide<N> &data, uint32_t lane) { return data[lane]; }

constexpr uint32_t beat_bytes = 4 * WORDS_PER_BEAT;

// ---- AXI DMA (PG021), without scatter and gather

#ifdef DMA_BASE
struct Dma {
    struct Channel {
        uint32_t control = 0x00010002, address = 0, length = 0, moved = 0, limit = 0;
        bool halted = true, idle = false, busy = false, offering = false;
        uint32_t errors = 0;
        uint32_t status() const { return (halted ? 1u : 0u) | (idle ? 2u : 0u) | errors; }
        void stop(uint32_t error)
        {
            errors |= error | 1u << 14;
            halted = true;
            busy = false;
        }
    } in, out;
    uint32_t resetting = 0;

    uint32_t read(uint32_t offset)
    {
        Channel &own = offset < 0x30 ? in : out;
        switch (offset % 0x30) {
        case 0x00: return own.control | (resetting != 0 ? 4u : 0u);
        case 0x04: return own.status();
        case 0x18: return own.address;
        case 0x1c: return 0;
        case 0x28: return own.length;
        default: die("the DMA has no such register", offset);
        }
    }

    void write(uint32_t offset, uint32_t value)
    {
        Channel &own = offset < 0x30 ? in : out;
        switch (offset % 0x30) {
        case 0x00:
            if (value & 4u) {
                in = Channel();
                out = Channel();
                resetting = 20;
            } else if (resetting == 0) {
                own.control = value;
                own.halted = (value & 1u) == 0 || (own.errors & 0x70u) != 0;
            }
            break;
        case 0x04: own.errors &= ~(value & 0x7000u); break;
        case 0x18:
            if (own.busy) die("a DMA address is written during a transfer", value);
            own.address = value;
            break;
        case 0x1c:
            if (value != 0) die("the DMA has addresses of 32 bits", value);
            break;
        case 0x28: start(own, value); break;
        default: die("the DMA has no such register", offset);
        }
    }

    void start(Channel &own, uint32_t bytes)
    {
        if (resetting != 0 || own.halted) return;
        if (own.busy) die("a DMA length is written during a transfer", bytes);
        if (bytes >= 1u << 26) die("a DMA length has more than 26 bits", bytes);
        if (own.address % beat_bytes != 0 || bytes % beat_bytes != 0) die("a DMA transfer is not of whole beats", own.address);
        own.idle = false;
        if (bytes == 0) return own.stop(1u << 4);
        if (faults.decode || own.address + static_cast<uint64_t>(bytes) > memory_end) {
            faults.decode = 0;
            return own.stop(1u << 6);
        }
        own.length = bytes;
        own.limit = bytes;
        own.moved = 0;
        own.busy = true;
        if (&own != &in) return;
        own.limit = bytes - static_cast<uint32_t>(4 * faults.cut);
        faults.cut = 0;
    }

    bool busy() const { return in.busy || out.busy; }

    void drive()
    {
        if (resetting != 0 && !faults.stuck) resetting--;
        if (in.busy && !in.offering) in.offering = !stalls();
        const bool offers = in.busy && in.offering;
        top->s_axis_tvalid = offers;
        top->s_axis_tlast = offers && in.moved + beat_bytes >= in.limit;
        for (uint32_t lane = 0; lane < WORDS_PER_BEAT; lane++)
            put(top->s_axis_tdata, lane, offers ? word_at(in.address + (in.moved + 4 * lane) % in.length) : 0);
        top->m_axis_tready = out.busy && !faults.unconnected && out.moved < out.length && !stalls();
    }

    void sample()
    {
        if (top->s_axis_tvalid && top->s_axis_tready) {
            in.moved += beat_bytes;
            in.offering = false;
            if (in.moved >= in.limit) {
                in.busy = false;
                in.idle = true;
                in.errors |= 1u << 12;
            }
        }
        if (!out.busy || faults.unconnected || !top->m_axis_tvalid) return;
        if (out.moved >= out.length) return out.stop(1u << 4);
        if (top->m_axis_tready) take();
    }

    void take()
    {
        for (uint32_t lane = 0; lane < WORDS_PER_BEAT; lane++)
            set_word(out.address + out.moved + 4 * lane, get(top->m_axis_tdata, lane));
        out.moved += beat_bytes;
        if (!top->m_axis_tlast) return;
        write_back_dirty(out.address, out.length);
        out.length = out.moved - static_cast<uint32_t>(4 * faults.cut_out);
        faults.cut_out = 0;
        out.busy = false;
        out.idle = true;
        out.errors |= 1u << 12;
    }
} dma;
#endif

// ---- Memory on an AXI4 port, for an accelerator that fetches its frames itself

#ifdef CARRIER_MASTER
struct Port {
    struct Burst {
        uint64_t address;
        uint32_t beats, wait, moved;
        bool bad;
    };
    std::deque<Burst> reads, writes, responses;
    bool answering = false;
    // What was offered and not taken must stay.
    struct Offer {
        bool stood = false;
        uint64_t address = 0;
        uint32_t length = 0;
        void check(bool valid, bool ready, uint64_t now, uint32_t beats)
        {
            if (stood && (!valid || now != address || beats != length)) die("an offer on m_axi did not stay", length);
            stood = valid && !ready;
            address = now;
            length = beats;
        }
    } read_offer, write_offer, data_offer;

    static Burst burst(uint64_t address, uint32_t length, uint32_t size, uint32_t kind)
    {
        const uint64_t end = address + (length + 1) * beat_bytes;
        if ((1u << size) != beat_bytes || kind != 1) die("a burst has beats of another size, or does not go up", size);
        if (length >= 64) die("a burst is longer than 64 beats", length);
        if (address % beat_bytes != 0) die("a burst does not begin on a beat", static_cast<uint32_t>(address));
        if (address / 4096 != (end - 1) / 4096) die("a burst crosses 4 KiB", static_cast<uint32_t>(address));
        const bool bad = faults.decode || address < memory_begin || end > memory_end;
        faults.decode = 0;
        return Burst{address, length + 1, 9, 0, bad};
    }

    void drive()
    {
        top->m_axi_arready = reads.size() < 4 && !stalls() && !faults.stuck;
        top->m_axi_awready = writes.size() < 4 && !stalls() && !faults.unconnected;
        top->m_axi_wready = !writes.empty() && !stalls();
        for (Burst &own : reads) own.wait -= own.wait > 0;
        for (Burst &own : responses) own.wait -= own.wait > 0;
        if (!answering) answering = !reads.empty() && reads.front().wait == 0 && !stalls();
        top->m_axi_rvalid = answering;
        if (answering) {
            const Burst &own = reads.front();
            const uint32_t at = static_cast<uint32_t>(own.address) + own.moved * beat_bytes;
            for (uint32_t lane = 0; lane < WORDS_PER_BEAT; lane++)
                put(top->m_axi_rdata, lane, own.bad ? 0 : word_at(at + 4 * lane));
            top->m_axi_rresp = own.bad ? 3 : 0;
            top->m_axi_rlast = own.moved + 1 == own.beats;
        }
        top->m_axi_bvalid = !responses.empty() && responses.front().wait == 0;
        top->m_axi_bresp = !responses.empty() && responses.front().bad ? 3 : 0;
    }

    void sample()
    {
        if (!top->aresetn) return;
        read_offer.check(top->m_axi_arvalid, top->m_axi_arready, top->m_axi_araddr, top->m_axi_arlen);
        write_offer.check(top->m_axi_awvalid, top->m_axi_awready, top->m_axi_awaddr, top->m_axi_awlen);
        data_offer.check(top->m_axi_wvalid, top->m_axi_wready, get(top->m_axi_wdata, 0), top->m_axi_wlast);
        if (top->m_axi_rvalid && top->m_axi_rready) {
            answering = false;
            if (++reads.front().moved == reads.front().beats) reads.pop_front();
        }
        if (top->m_axi_bvalid && top->m_axi_bready) responses.pop_front();
        if (top->m_axi_wvalid && top->m_axi_wready) take();
        if (top->m_axi_arvalid && top->m_axi_arready)
            reads.push_back(burst(top->m_axi_araddr, top->m_axi_arlen, top->m_axi_arsize, top->m_axi_arburst));
        if (top->m_axi_awvalid && top->m_axi_awready)
            writes.push_back(burst(top->m_axi_awaddr, top->m_axi_awlen, top->m_axi_awsize, top->m_axi_awburst));
    }

    void take()
    {
        Burst &own = writes.front();
        const uint32_t at = static_cast<uint32_t>(own.address) + own.moved * beat_bytes;
        if (top->m_axi_wstrb != (1u << beat_bytes) - 1) die("a beat is not written whole", top->m_axi_wstrb);
        if (!own.bad)
            for (uint32_t lane = 0; lane < WORDS_PER_BEAT; lane++) set_word(at + 4 * lane, get(top->m_axi_wdata, lane));
        if (top->m_axi_wlast != (++own.moved == own.beats)) die("the last beat of a burst is marked wrongly", own.moved);
        if (!top->m_axi_wlast) return;
        if (!own.bad) write_back_dirty(static_cast<uint32_t>(own.address), own.beats * beat_bytes);
        own.wait = 5;
        responses.push_back(own);
        writes.pop_front();
    }

    bool busy() const { return !reads.empty() || !writes.empty() || !responses.empty(); }
} port;
#endif

// ---- ComBlock 2.0 (user guide 2.1): registers, and two FIFOs whose sides see each other two cycles later

#ifdef COMBLOCK_BASE
struct Comblock {
    struct Queue {
        std::vector<uint32_t> words;
        uint32_t in = 0, in1 = 0, in2 = 0, out = 0, out1 = 0, out2 = 0;
        bool full = false, empty = true, lost = false;
        explicit Queue(uint32_t depth) : words(depth) {}
        void push(uint32_t word)
        {
            words[in % words.size()] = word;
            in++;
        }
        void tick()
        {
            in2 = in1;
            in1 = in;
            out2 = out1;
            out1 = out;
        }
    } to_logic{FIFO_SEND_DEPTH}, to_processor{FIFO_RECEIVE_DEPTH};
    uint32_t registers[16] = {};
    uint32_t answer = 0;
    bool valid = false, reads = false, writes = false;

    uint32_t read(uint32_t offset)
    {
        const uint32_t word = offset / 4;
        if (word < 16) return input(word);
        if (word < 32) return registers[word - 16];
        switch (word) {
        case 32: return take();
        case 33: return 0;
        case 34: {
            const uint32_t held = to_processor.in2 - to_processor.out;
            const uint32_t flags = (held == 0 ? 1u : 0u) | (held <= 1 ? 2u : 0u) | (to_processor.lost ? 4u : 0u);
            to_processor.lost = false;
            return held << 16 | flags;
        }
        case 38: {
            const uint32_t held = to_logic.in - to_logic.out2;
            const uint32_t flags = (held == FIFO_SEND_DEPTH ? 1u : 0u) | (held >= FIFO_SEND_DEPTH - 1 ? 2u : 0u) | (to_logic.lost ? 4u : 0u);
            to_logic.lost = false;
            return held << 16 | flags;
        }
        default: die("the ComBlock has no such word to read", word);
        }
    }

    uint32_t take()
    {
        if (to_processor.in2 == to_processor.out) {
            to_processor.lost = true;
            return 0;
        }
        return to_processor.words[to_processor.out++ % FIFO_RECEIVE_DEPTH];
    }

    void write(uint32_t offset, uint32_t value)
    {
        const uint32_t word = offset / 4;
        if (word >= 16 && word < 32) {
            registers[word - 16] = value;
            return;
        }
        switch (word) {
        case 33:
        case 37: die("a clear takes back one side's pointer of a FIFO alone", word);
        case 36:
            if (to_logic.in - to_logic.out2 == FIFO_SEND_DEPTH) to_logic.lost = true;
            else to_logic.push(value);
            break;
        default: die("the ComBlock has no such word to write", word);
        }
    }

    static uint32_t input(uint32_t k)
    {
        const uint32_t inputs[] = {top->ireg0, top->ireg1, top->ireg2, top->ireg3, top->ireg4, top->ireg5,
                                   top->ireg6, top->ireg7, top->ireg8, top->ireg9, top->ireg10, top->ireg11};
        return k < 12 ? inputs[k] : 0;
    }

    // Flags follow the enables of the same cycle, which do not follow them: the logic is looked at twice.
    void drive()
    {
        top->oreg0 = registers[0];
        top->out_fifo_data = answer;
        top->out_fifo_valid = valid;
        top->aclk = 0;
        top->eval();
        reads = top->out_fifo_re && !to_logic.empty;
        writes = top->in_fifo_we && !to_processor.full;
        if (top->in_fifo_we && to_processor.full) die("a word is written to a full FIFO", top->in_fifo_data);
        const uint32_t held = to_processor.in + writes - to_processor.out2;
        const bool closed = faults.unconnected != 0;
        top->out_fifo_empty = to_logic.in2 - (to_logic.out + reads) == 0;
        top->in_fifo_full = closed || held >= FIFO_RECEIVE_DEPTH;
        top->in_fifo_afull = closed || held >= FIFO_RECEIVE_DEPTH - 4;
    }

    void sample()
    {
        const bool empty = top->out_fifo_empty, full = held_full();
        if (reads) answer = to_logic.words[to_logic.out++ % FIFO_SEND_DEPTH];
        valid = reads;
        if (writes) to_processor.push(top->in_fifo_data);
        to_logic.tick();
        to_processor.tick();
        to_logic.empty = empty;
        to_processor.full = full;
    }

    bool held_full() const { return to_processor.in + writes - to_processor.out2 >= FIFO_RECEIVE_DEPTH; }
} comblock;
#endif

// ---- AXI4-Stream FIFO (PG080), read and written by AXI4-Lite

#ifdef FIFO_BASE
struct Fifo {
    uint32_t status = 0, resetting = 0;
    std::deque<uint32_t> to_send, lengths, received, packets;
    uint32_t staged = 0, current = 0, left = 0;
    bool offering = false;

    uint32_t complete() const
    {
        uint32_t words = left;
        for (uint32_t length : packets) words += length;
        return words;
    }

    uint32_t read(uint32_t offset)
    {
        switch (offset) {
        case 0x00: return status;
        case 0x04: return 0;
        case 0x0c: return FIFO_SEND_DEPTH - 4 - static_cast<uint32_t>(to_send.size());
        case 0x1c: return complete();
        case 0x20: return take_word();
        case 0x24: return take_length();
        default: die("the FIFO has no such register to read", offset);
        }
    }

    uint32_t take_length()
    {
        if (left != 0) die("a length is asked for before the words of the packet before are read", left);
        if (packets.empty()) {
            status |= 1u << 31;
            return 0;
        }
        left = packets.front();
        packets.pop_front();
        const uint32_t length = 4 * left - static_cast<uint32_t>(4 * faults.cut_out);
        faults.cut_out = 0;
        return length;
    }

    uint32_t take_word()
    {
        if (left == 0) {
            status |= 1u << 29;
            return 0;
        }
        const uint32_t word = received.front();
        received.pop_front();
        left--;
        return word;
    }

    void write(uint32_t offset, uint32_t value)
    {
        switch (offset) {
        case 0x00: status &= ~value; break;
        case 0x04: break;
        case 0x08:
            if (value == 0xa5) reset(true, false);
            break;
        case 0x10:
            if (to_send.size() >= FIFO_SEND_DEPTH - 4) status |= 1u << 28;
            else {
                to_send.push_back(value);
                staged++;
            }
            break;
        case 0x14: send(value); break;
        case 0x18:
            if (value == 0xa5) reset(false, true);
            break;
        case 0x28:
            if (value == 0xa5) reset(true, true);
            break;
        default: die("the FIFO has no such register to write", offset);
        }
    }

    void send(uint32_t bytes)
    {
        if (bytes != 4 * staged || bytes == 0) {
            status |= 1u << 25;
            return;
        }
        const uint32_t words = staged - static_cast<uint32_t>(faults.cut);
        while (to_send.size() > 0 && faults.cut > 0) {
            to_send.pop_back();
            faults.cut--;
        }
        for (; faults.cut < 0; faults.cut++) to_send.push_back(0);
        lengths.push_back(words);
        staged = 0;
    }

    void reset(bool sending, bool receiving)
    {
        if (sending) {
            to_send.clear();
            lengths.clear();
            staged = current = 0;
            offering = false;
        }
        if (receiving) {
            received.clear();
            packets.clear();
            left = 0;
        }
        if (!faults.stuck) status |= (sending ? 1u << 24 : 0u) | (receiving ? 1u << 23 : 0u);
    }

    bool busy() const { return current != 0 || !lengths.empty(); }

    void drive()
    {
        if (current == 0 && !lengths.empty()) {
            current = lengths.front();
            lengths.pop_front();
        }
        if (current != 0 && !offering) offering = !stalls();
        const bool offers = current != 0 && offering;
        top->s_axis_tvalid = offers;
        top->s_axis_tlast = offers && current == 1;
        put(top->s_axis_tdata, 0, offers ? to_send.front() : 0);
        top->m_axis_tready = !faults.unconnected && received.size() < FIFO_RECEIVE_DEPTH - 4 && !stalls();
    }

    void sample()
    {
        if (top->s_axis_tvalid && top->s_axis_tready) {
            to_send.pop_front();
            offering = false;
            if (--current == 0) status |= 1u << 27;
        }
        if (!top->m_axis_tvalid || !top->m_axis_tready) return;
        received.push_back(get(top->m_axis_tdata, 0));
        if (!top->m_axis_tlast) return;
        packets.push_back(static_cast<uint32_t>(received.size()) - complete());
        status |= 1u << 26;
    }
} fifo;
#endif

// ---- UART (PG142)

#ifdef UART_BASE
struct Uart {
    std::deque<uint8_t> queue;
    uint32_t left = 0;

    uint32_t read(uint32_t offset)
    {
        if (offset != 0x08) return 0;
        return (queue.empty() ? 4u : 0u) | (queue.size() >= 16 ? 8u : 0u);
    }

    void write(uint32_t offset, uint32_t value)
    {
        if (offset != 0x04) return;
        if (queue.size() >= 16) die("a character is written to a full UART", value);
        queue.push_back(static_cast<uint8_t>(value));
    }

    // Real characters take ten bits of 115200 a second; these take a few cycles.
    void drive()
    {
        if (queue.empty() || left-- != 0) return;
        std::putchar(queue.front());
        queue.pop_front();
        left = 8;
    }

    void finish()
    {
        for (uint8_t character : queue) std::putchar(character);
        queue.clear();
    }
} uart;
#endif

// ---- The accelerator's register port

#ifdef ACCELERATOR_BASE
struct Lite {
    // Cycles by which the data of a write comes later than its address, or earlier where negative.
    uint32_t skew = 0;

    uint32_t read(uint32_t address);
    void write(uint32_t address, uint32_t value);
} lite;
#endif

void cycle()
{
#ifdef DMA_BASE
    dma.drive();
#endif
#ifdef CARRIER_MASTER
    port.drive();
#endif
#ifdef COMBLOCK_BASE
    comblock.drive();
#endif
#ifdef FIFO_BASE
    fifo.drive();
#endif
#ifdef UART_BASE
    uart.drive();
#endif
    top->aclk = 0;
    top->eval();
#ifdef DMA_BASE
    dma.sample();
#endif
#ifdef CARRIER_MASTER
    port.sample();
#endif
#ifdef COMBLOCK_BASE
    comblock.sample();
#endif
#ifdef FIFO_BASE
    fifo.sample();
#endif
}

// The edge comes apart, so that the register port can look at the cycle before it.
void edge()
{
    top->aclk = 1;
    top->eval();
}

void run(unsigned count)
{
    for (unsigned k = 0; k < count; k++) {
        cycle();
        edge();
    }
}

#ifdef ACCELERATOR_BASE
constexpr unsigned bus_patience = 10000;

uint32_t Lite::read(uint32_t address)
{
    bool asked = false;
    for (unsigned k = 0; k < bus_patience; k++) {
        top->s_axi_arvalid = !asked;
        top->s_axi_araddr = address;
        top->s_axi_rready = asked && !stalls();
        cycle();
        const bool taken = top->s_axi_arvalid && top->s_axi_arready;
        const bool answered = top->s_axi_rvalid && top->s_axi_rready;
        const uint32_t value = top->s_axi_rdata;
        const uint32_t response = top->s_axi_rresp;
        edge();
        asked = asked || taken;
        if (!answered) continue;
        top->s_axi_arvalid = 0;
        top->s_axi_rready = 0;
        if (response != 0) die("a read is answered with an error", address);
        return value;
    }
    die("a read is not answered", address);
}

void Lite::write(uint32_t address, uint32_t value)
{
    bool addressed = false, given = false;
    skew = (skew + 1) % 3;
    for (unsigned k = 0; k < bus_patience; k++) {
        top->s_axi_awvalid = !addressed && (k > 0 || skew != 1);
        top->s_axi_awaddr = address;
        top->s_axi_wvalid = !given && (k > 0 || skew != 2);
        top->s_axi_wdata = value;
        top->s_axi_wstrb = 15;
        top->s_axi_bready = addressed && given && !stalls();
        cycle();
        const bool address_taken = top->s_axi_awvalid && top->s_axi_awready;
        const bool data_taken = top->s_axi_wvalid && top->s_axi_wready;
        const bool answered = top->s_axi_bvalid && top->s_axi_bready;
        const uint32_t response = top->s_axi_bresp;
        edge();
        addressed = addressed || address_taken;
        given = given || data_taken;
        if (!answered) continue;
        top->s_axi_awvalid = top->s_axi_wvalid = top->s_axi_bready = 0;
        if (response != 0) die("a write is answered with an error", address);
        return;
    }
    die("a write is not answered", address);
}
#endif

void start()
{
    if (top != nullptr) return;
    static VerilatedContext context;
    context.randReset(2);
    context.randSeed(7);
    const char *seed = std::getenv("BOARD_STALL");
    if (seed != nullptr) stall_state = static_cast<uint32_t>(std::strtoul(seed, nullptr, 10));
    top = new Vboard(&context);
    top->aresetn = 0;
#ifdef ACCELERATOR_BASE
    top->s_axi_awvalid = top->s_axi_wvalid = top->s_axi_bready = top->s_axi_arvalid = top->s_axi_rready = 0;
#endif
    run(8);
    top->aresetn = 1;
    run(4);
}

bool within(uint32_t address, uint32_t base) { return address - base < 0x10000u; }

// Cycles from one access to the next, as a processor and its bus take them.
constexpr unsigned pause_cycles = 12;

uint32_t held(uint32_t address, uint32_t value)
{
    return faults.held && address == CONTROL_ADDRESS ? value & ~1u : value;
}

}  // namespace

uint32_t board_read(uint32_t address)
{
    start();
    if (address % 4 != 0) die("an address is not that of a word", address);
    run(pause_cycles);
#ifdef DMA_BASE
    if (within(address, DMA_BASE)) return dma.read(address - DMA_BASE);
#endif
#ifdef FIFO_BASE
    if (within(address, FIFO_BASE)) return fifo.read(address - FIFO_BASE);
#endif
#ifdef UART_BASE
    if (within(address, UART_BASE)) return uart.read(address - UART_BASE);
#endif
#ifdef COMBLOCK_BASE
    if (within(address, COMBLOCK_BASE)) return faults.absent ? 0 : comblock.read(address - COMBLOCK_BASE);
#endif
#ifdef MEMORY_BASE
    if (address - MEMORY_BASE < MEMORY_BYTES) return word_at(address);
#endif
#ifdef ACCELERATOR_BASE
    if (within(address, ACCELERATOR_BASE)) return faults.absent ? 0 : lite.read(address - ACCELERATOR_BASE);
#endif
    die("nothing is to be read at the address", address);
}

void board_write(uint32_t address, uint32_t value)
{
    start();
    if (address % 4 != 0) die("an address is not that of a word", address);
    run(pause_cycles);
#ifdef DMA_BASE
    if (within(address, DMA_BASE)) return dma.write(address - DMA_BASE, value);
#endif
#ifdef FIFO_BASE
    if (within(address, FIFO_BASE)) return fifo.write(address - FIFO_BASE, value);
#endif
#ifdef UART_BASE
    if (within(address, UART_BASE)) return uart.write(address - UART_BASE, value);
#endif
#ifdef COMBLOCK_BASE
    if (within(address, COMBLOCK_BASE)) return comblock.write(address - COMBLOCK_BASE, held(address, value));
#endif
#ifdef MEMORY_BASE
    if (address - MEMORY_BASE < MEMORY_BYTES) return set_word(address, value);
#endif
#ifdef ACCELERATOR_BASE
    if (within(address, ACCELERATOR_BASE)) return lite.write(address - ACCELERATOR_BASE, held(address, value));
#endif
    die("nothing is to be written at the address", address);
}

void board_flush(uintptr_t address, size_t bytes)
{
    each_line(address, bytes, [](uint32_t line) {
        board_memory_write(line, host_line(line), line_bytes);
        keep_clean(line);
    });
}

void board_invalidate(uintptr_t address, size_t bytes)
{
    each_line(address, bytes, [](uint32_t line) {
        board_memory_read(line, host_line(line), line_bytes);
        keep_clean(line);
    });
}

void board_memory_write(uint32_t address, const void *bytes, size_t count)
{
    for (size_t k = 0; k < count; k++)
        byte_at(address + static_cast<uint32_t>(k)) = static_cast<const uint8_t *>(bytes)[k];
}

void board_memory_read(uint32_t address, void *bytes, size_t count)
{
    for (size_t k = 0; k < count; k++)
        static_cast<uint8_t *>(bytes)[k] = byte_at(address + static_cast<uint32_t>(k));
}

void board_cycles(unsigned count)
{
    start();
    run(count);
}

void board_rest(unsigned count)
{
    start();
#ifdef DMA_BASE
    for (unsigned k = 0; k < count && dma.busy(); k++) run(1);
#else
    run(count);
#endif
}

int board_fault(const char *name, int value)
{
    const struct {
        const char *name;
        int *value;
    } known[] = {
        {"held", &faults.held}, {"unconnected", &faults.unconnected}, {"cut", &faults.cut}, {"cut_out", &faults.cut_out},
        {"decode", &faults.decode}, {"stuck", &faults.stuck}, {"absent", &faults.absent},
    };
    for (const auto &fault : known)
        if (std::strcmp(fault.name, name) == 0) {
            *fault.value = value;
            return 1;
        }
    return 0;
}

void board_without_cache(void) { has_cache = false; }

// What is still in the UART when the program ends.
#ifdef UART_BASE
static const struct Ending {
    ~Ending()
    {
        uart.finish();
        std::fflush(stdout);
    }
} ending;
#endif

double sc_time_stamp() { return 0; }
