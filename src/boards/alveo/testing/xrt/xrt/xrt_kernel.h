// What a host needs of xrt::kernel and xrt::run, for tests: they drive the kernel's registers as XRT does, by card.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "xrt/xrt_bo.h"
#include "xrt/xrt_device.h"

enum ert_cmd_state { ERT_CMD_STATE_NEW = 1, ERT_CMD_STATE_COMPLETED = 4, ERT_CMD_STATE_TIMEOUT = 8 };

std::uint32_t card_read(std::uint32_t offset);
void card_write(std::uint32_t offset, std::uint32_t value);
void card_cycles(unsigned count);

namespace xrt {

class run {
public:
    ert_cmd_state wait(const std::chrono::milliseconds &timeout) const
    {
        if (timeout.count() <= 0) throw std::runtime_error("run: waits for ever");
        // Cycles stand for time: a million a second is enough for what ends, and quick for what does not.
        for (long cycles = 0; cycles < 1000 * timeout.count(); cycles += 200) {
            card_cycles(200);
            if ((card_read(0) & 2) != 0) return ERT_CMD_STATE_COMPLETED;
        }
        return ERT_CMD_STATE_TIMEOUT;
    }
};

class kernel {
public:
    enum class cu_access_mode : std::uint8_t { exclusive = 0, shared = 1, none = 2 };

    kernel(const device &, const uuid &, const std::string &name, cu_access_mode mode = cu_access_mode::shared)
        : exclusive(mode == cu_access_mode::exclusive)
    {
        if (name != KERNEL_NAME ":{" + device::loaded() + "}")
            throw std::runtime_error("No compute units matching '" + name + "'");
    }

    int group_id(int) const { return 3; }

    [[deprecated("Use xrt::ip")]] std::uint32_t read_register(std::uint32_t offset) const
    {
        if (!exclusive) throw std::runtime_error("Cannot read or write kernel with shared access");
        return card_read(offset);
    }

    run operator()(bo &input, bo &output, std::uint32_t frames)
    {
        const std::uint64_t addresses[2] = {input.address(), output.address()};
        const std::uint32_t offsets[2] = {0x10, 0x1c};
        for (int k = 0; k < 2; k++) {
            card_write(offsets[k], static_cast<std::uint32_t>(addresses[k]));
            card_write(offsets[k] + 4, static_cast<std::uint32_t>(addresses[k] >> 32));
        }
        card_write(0x28, frames);
        card_write(0, 1);
        return run();
    }

private:
    bool exclusive;
};

} // namespace xrt
