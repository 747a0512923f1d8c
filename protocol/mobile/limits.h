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
// Of the body of a route that takes JSON, and how deep it may be nested.
inline constexpr std::size_t kMobileJsonBytesMax = 1024 * 1024;
inline constexpr std::size_t kMobileJsonDepthMax = 32;

// Of an area: its texts as JSON, its files together.
inline constexpr std::size_t kAreaTextBytesMax = 16 * 1024 * 1024;
inline constexpr std::int64_t kAreaFileBytesMax = 64 * 1024 * 1024;

// Of services. Source: gms.md 1.2, 1.4, 6.4; the bytes: assumption [design].
inline constexpr std::size_t kServiceIdBytesMax = 256;  // that of a session of ORS is its own
inline constexpr std::size_t kNumberBytesMax = 255;
inline constexpr std::size_t kServiceParameterBytesMax = 64 * 1024;  // the value of one that has no limit of its own
inline constexpr std::int64_t kCodeLength = 6;
inline constexpr std::int64_t kCodeLengthMin = 3;
inline constexpr std::int64_t kCodeLengthMax = 18;
inline constexpr std::int64_t kBookingMin = 5;  // s
inline constexpr std::int64_t kBookingMax = 1800;

// Seconds.
inline constexpr std::int64_t kDefaultTtl = 30;
inline constexpr std::int64_t kTtlMax = 365 * 24 * 60 * 60;

}  // namespace outpost::protocol
