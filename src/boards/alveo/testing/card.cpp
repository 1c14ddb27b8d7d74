// The Verilated kernel on its card: registers as XRT accesses them, memory behind `m_axi_gmem` that stalls now and then.

#include <cstdio>
#include <cstdlib>
#include <deque>

#include "Vkernel.h"
#include "verilated.h"
#include "xrt/xrt_kernel.h"

namespace {

struct Burst {
    std::uint64_t address;
    unsigned beats, done;
};

std::deque<Burst> reads, writes;
std::deque<int> answers;
std::uint32_t seed = 7;
bool failed = false;

bool stalls()
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 30 == 0;
}

[[noreturn]] void die(const char *text)
{
    std::fprintf(stderr, "card: %s\n", text);
    std::_Exit(99);
}

// Words of a beat, by the width of the port.
template <typename Port> std::uint32_t lane(const Port &port, unsigned index)
{
    if constexpr (sizeof(Port) <= 8)
        return static_cast<std::uint32_t>(static_cast<std::uint64_t>(port) >> (32 * index));
    else
        return port[index];
}

template <typename Port> void set_lane(Port &port, unsigned index, std::uint32_t word)
{
    if constexpr (sizeof(Port) <= 8) {
        const std::uint64_t mask = 0xffffffffull << (32 * index);
        port = static_cast<Port>((static_cast<std::uint64_t>(port) & ~mask) | static_cast<std::uint64_t>(word) << (32 * index));
    } else {
        port[index] = word;
    }
}

Vkernel &top()
{
    static Vkernel *own = nullptr;
    if (own != nullptr) return *own;
    own = new Vkernel;
    // The first edge after reset belongs to it: no master may ask before.
    for (int k = 0; k < 5; k++) {
        own->ap_rst_n = k == 4;
        own->ap_clk = 0;
        own->eval();
        own->ap_clk = 1;
        own->eval();
    }
    return *own;
}

// The other ends of the memory port for a cycle: what they offer is set, what is taken is seen before the edge.
void memory(Vkernel &t)
{
    const bool gives = !reads.empty() && !stalls();
    const bool takes = !writes.empty() && !stalls();
    const bool tells = !answers.empty() && !stalls();
    t.m_axi_gmem_rvalid = gives;
    t.m_axi_gmem_rresp = 0;
    t.m_axi_gmem_rlast = gives && reads.front().done + 1 == reads.front().beats;
    for (unsigned k = 0; gives && k < WORDS; k++) {
        const std::uint32_t *word = card_memory::all().word(reads.front().address + 4 * (reads.front().done * WORDS + k));
        if (word == nullptr) die("a read of memory that nobody allocated");
        set_lane(t.m_axi_gmem_rdata, k, *word);
    }
    t.m_axi_gmem_wready = takes;
    t.m_axi_gmem_bvalid = tells;
    t.m_axi_gmem_bresp = tells ? answers.front() : 0;
    const bool deaf = std::getenv("CARD_DEAF") != nullptr;
    t.m_axi_gmem_arready = !deaf && !stalls();
    t.m_axi_gmem_awready = !deaf && !stalls();
    t.eval();
    if (gives && t.m_axi_gmem_rready && ++reads.front().done == reads.front().beats) reads.pop_front();
    if (takes && t.m_axi_gmem_wvalid) {
        Burst &burst = writes.front();
        for (unsigned k = 0; k < WORDS; k++) {
            std::uint32_t *word = card_memory::all().word(burst.address + 4 * (burst.done * WORDS + k));
            if (word == nullptr) die("a write of memory that nobody allocated");
            *word = lane(t.m_axi_gmem_wdata, k);
        }
        if (std::getenv("CARD_SPOILS") != nullptr && !failed) {
            failed = true;
            *card_memory::all().word(burst.address) ^= 1;
        }
        burst.done++;
        if (t.m_axi_gmem_wlast != (burst.done == burst.beats)) die("WLAST is not at the end");
        if (burst.done == burst.beats) {
            writes.pop_front();
            answers.push_back(0);
        }
    }
    if (tells && t.m_axi_gmem_bready) answers.pop_front();
    if (t.m_axi_gmem_arvalid && t.m_axi_gmem_arready) reads.push_back({t.m_axi_gmem_araddr, t.m_axi_gmem_arlen + 1u, 0});
    if (t.m_axi_gmem_awvalid && t.m_axi_gmem_awready) writes.push_back({t.m_axi_gmem_awaddr, t.m_axi_gmem_awlen + 1u, 0});
}

void cycle()
{
    Vkernel &t = top();
    t.ap_clk = 0;
    t.eval();
    memory(t);
    t.ap_clk = 1;
    t.eval();
}

// Registers answer within a few cycles, whatever else goes on.
unsigned waited = 0;
void answers_in_time()
{
    if (++waited > 20) die("a register is not answered");
}

} // namespace

void card_cycles(unsigned count)
{
    for (unsigned k = 0; k < count; k++) cycle();
}

std::uint32_t card_read(std::uint32_t offset)
{
    Vkernel &t = top();
    waited = 0;
    t.s_axi_control_arvalid = 1;
    t.s_axi_control_araddr = offset;
    for (bool taken = false; !taken; answers_in_time()) {
        t.eval();
        taken = t.s_axi_control_arready;
        cycle();
    }
    t.s_axi_control_arvalid = 0;
    t.s_axi_control_rready = 1;
    std::uint32_t value = 0;
    for (bool given = false; !given; answers_in_time()) {
        t.eval();
        given = t.s_axi_control_rvalid;
        value = t.s_axi_control_rdata;
        cycle();
    }
    t.s_axi_control_rready = 0;
    return value;
}

void card_write(std::uint32_t offset, std::uint32_t value)
{
    Vkernel &t = top();
    waited = 0;
    t.s_axi_control_awvalid = t.s_axi_control_wvalid = 1;
    t.s_axi_control_awaddr = offset;
    t.s_axi_control_wdata = value;
    t.s_axi_control_wstrb = 15;
    for (bool taken = false; !taken; answers_in_time()) {
        t.eval();
        taken = t.s_axi_control_awready && t.s_axi_control_wready;
        cycle();
    }
    t.s_axi_control_awvalid = t.s_axi_control_wvalid = 0;
    t.s_axi_control_bready = 1;
    for (bool given = false; !given; answers_in_time()) {
        t.eval();
        given = t.s_axi_control_bvalid;
        cycle();
    }
    t.s_axi_control_bready = 0;
}
