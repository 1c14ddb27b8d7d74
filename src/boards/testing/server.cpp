// The board at the end of a pipe: a line asks, a line answers. For programs that are not C: `r ADDRESS`,
// `w ADDRESS VALUE`, `p ADDRESS HEX…` and `g ADDRESS BYTES` (memory), `c CYCLES`, `q CYCLES` (or until transfers have
// ended), `f FAULT VALUE`. Numbers are hexadecimal, but a fault's.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "board.h"

static std::vector<uint8_t> bytes_of(const std::string &text)
{
    std::vector<uint8_t> bytes;
    for (size_t k = 0; k + 1 < text.size(); k += 2)
        bytes.push_back(static_cast<uint8_t>(std::stoul(text.substr(k, 2), nullptr, 16)));
    return bytes;
}

static std::string hex_of(const std::vector<uint8_t> &bytes)
{
    static const char digits[] = "0123456789abcdef";
    std::string text;
    for (uint8_t byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

static std::string answer(std::istringstream &line)
{
    std::string kind, text;
    uint32_t address = 0, value = 0;
    line >> kind;
    if (kind == "f") {
        int setting = 0;
        line >> text >> setting;
        return board_fault(text.c_str(), setting) ? "ok" : "unknown fault";
    }
    line >> std::hex >> address;
    if (kind == "r") {
        char word[9];
        std::snprintf(word, sizeof word, "%08x", board_read(address));
        return word;
    }
    if (kind == "w") {
        line >> value;
        board_write(address, value);
    } else if (kind == "c") {
        board_cycles(address);
    } else if (kind == "q") {
        board_rest(address);
    } else if (kind == "p") {
        line >> text;
        const std::vector<uint8_t> bytes = bytes_of(text);
        board_memory_write(address, bytes.data(), bytes.size());
    } else if (kind == "g") {
        line >> value;
        std::vector<uint8_t> bytes(value);
        board_memory_read(address, bytes.data(), bytes.size());
        return hex_of(bytes);
    } else {
        return "unknown request";
    }
    return "ok";
}

int main()
{
    board_without_cache();
    std::string line;
    while (std::getline(std::cin, line)) {
        std::istringstream words(line);
        std::cout << answer(words) << std::endl;
    }
    return 0;
}
