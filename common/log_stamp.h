// How a log writes time: "2026-01-02T03:04:05.678".
#pragma once

#include <chrono>
#include <string>

namespace outpost {

using LogTime = std::chrono::system_clock::time_point;

std::string local_stamp(LogTime time);
std::string utc_stamp(LogTime time);

}  // namespace outpost
