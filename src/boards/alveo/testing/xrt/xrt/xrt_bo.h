// What a host needs of xrt::bo, for tests: memory of the card that is seen only by `sync`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

#include "xrt/xrt_device.h"

enum xclBOSyncDirection { XCL_BO_SYNC_BO_TO_DEVICE = 0, XCL_BO_SYNC_BO_FROM_DEVICE };

// The card's memory: what was allocated, by address, and nothing else.
struct card_memory {
    std::map<std::uint64_t, std::vector<std::uint32_t>> regions;
    std::uint64_t next = 0x123400000;

    static card_memory &all()
    {
        static card_memory memory;
        return memory;
    }

    std::uint64_t allocate(std::size_t bytes)
    {
        const std::uint64_t address = next;
        next += (bytes + 4 * 4096 - 1) / 4096 * 4096;
        regions[address].assign(bytes / 4, 0xdeadbeef);
        return address;
    }

    // A word of the card's memory; nullptr where nothing was allocated.
    std::uint32_t *word(std::uint64_t address)
    {
        auto region = regions.upper_bound(address);
        if (region == regions.begin()) return nullptr;
        --region;
        const std::uint64_t at = (address - region->first) / 4;
        return at < region->second.size() ? &region->second[at] : nullptr;
    }
};

namespace xrt {

class bo {
public:
    bo(const device &, std::size_t size, int group)
        : bytes(std::make_shared<std::vector<std::uint32_t>>(size / 4, 0xdeadbeef)), at(card_memory::all().allocate(size))
    {
        if (group != 3 || size % 4 != 0) throw std::runtime_error("bo: wrong group or size");
    }

    template <typename Type> Type map() { return reinterpret_cast<Type>(bytes->data()); }

    void sync(xclBOSyncDirection direction, std::size_t size, std::size_t offset)
    {
        if (offset + size > 4 * bytes->size()) throw std::runtime_error("bo: sync beyond its end");
        std::vector<std::uint32_t> &card = card_memory::all().regions[at];
        if (direction == XCL_BO_SYNC_BO_TO_DEVICE)
            std::memcpy(card.data() + offset / 4, bytes->data() + offset / 4, size);
        else
            std::memcpy(bytes->data() + offset / 4, card.data() + offset / 4, size);
    }

    std::uint64_t address() const { return at; }

private:
    std::shared_ptr<std::vector<std::uint32_t>> bytes;
    std::uint64_t at;
};

} // namespace xrt
