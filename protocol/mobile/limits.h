// The limits of what clients of a mobile node send. Source: gms.md 2.2 and 2.3, mobile.md 5.2 and 15.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outpost::protocol {

// Of one request, and of one area over all updates.
inline constexpr std::size_t kMobileParametersMax = 1000;
inline constexpr std::size_t kMobileNameBytesMax = 255;
inline constexpr std::size_t kMobileFilesMax = 100;
inline constexpr std::size_t kMobilePartHeaderBytesMax = 8 * 1024;
inline constexpr std::size_t kMobileUserBytesMax = 255;

// Of an area: its texts as JSON, its files together.
inline constexpr std::size_t kAreaTextBytesMax = 16 * 1024 * 1024;
inline constexpr std::int64_t kAreaFileBytesMax = 64 * 1024 * 1024;

// Seconds.
inline constexpr std::int64_t kDefaultTtl = 30;
inline constexpr std::int64_t kTtlMax = 365 * 24 * 60 * 60;

}  // namespace outpost::protocol
