# Writes the console's files into a C++ source: cmake -D OUTPUT=... -D CHARTS=FOLDER -D SOURCE=FOLDER -P embed.cmake
# CHARTS: where scripts/setup has put uPlot. Without it the console has numbers in the place of charts.
set(types ".html=text/html" ".css=text/css" ".js=text/javascript" ".svg=image/svg+xml")
# A raw string has a limit in some compilers, and so has one token of the preprocessor: pieces join by themselves.
set(piece_bytes 8000)

file(GLOB paths ${SOURCE}/*.html ${SOURCE}/*.css ${SOURCE}/*.js ${SOURCE}/*.svg)
if(EXISTS ${CHARTS}/uPlot.esm.js)
  list(APPEND paths ${CHARTS}/uPlot.esm.js ${CHARTS}/uPlot.min.css)
endif()
set(hashes "")
foreach(path ${paths})
  file(SHA256 ${path} hash)
  string(APPEND hashes ${hash})
endforeach()
string(SHA256 version "${hashes}")
string(SUBSTRING ${version} 0 16 version)

set(rows "")
function(add_asset name type text)
  string(LENGTH "${text}" length)
  string(APPEND rows "    {\"${name}\", \"${type}; charset=utf-8\",\n")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${text}" ${at} ${piece_bytes} piece)
    string(APPEND rows "R\"OUTPOST(${piece})OUTPOST\"\n")
    math(EXPR at "${at} + ${piece_bytes}")
  endwhile()
  set(rows "${rows}    },\n" PARENT_SCOPE)
endfunction()

foreach(path ${paths})
  get_filename_component(name ${path} NAME)
  get_filename_component(ending ${path} LAST_EXT)
  foreach(type ${types})
    if(type MATCHES "^${ending}=(.*)$")
      file(READ ${path} text)
      string(REPLACE "@VERSION@" ${version} text "${text}")
      add_asset(${name} ${CMAKE_MATCH_1} "${text}")
    endif()
  endforeach()
endforeach()
if(NOT EXISTS ${CHARTS}/uPlot.esm.js)
  add_asset(uPlot.esm.js text/javascript "export default null;\n")
  add_asset(uPlot.min.css text/css "/* built without */\n")
endif()

file(WRITE ${OUTPUT} "// Made by proxy/admin/console/embed.cmake.
#include \"proxy/admin/assets.h\"

#include <array>

namespace outpost::proxy {

std::string_view console_version() { return \"${version}\"; }

std::span<const Asset> console_assets() {
  static constexpr auto kAssets = std::to_array<Asset>({
${rows}  });
  return kAssets;
}

}  // namespace outpost::proxy
")
