#include "cli/profile/page.h"

#include <nlohmann/json.hpp>
#include <string_view>

namespace serene::cli {

// page.html, which the build puts into a string.
extern const std::string_view kProfilePage;

std::string page_text(const Report& report) {
  static constexpr std::string_view kPlace = "{{profile}}";
  const size_t place = kProfilePage.find(kPlace);
  std::string page(kProfilePage.substr(0, place));
  // No name in it can end the script that it is in.
  for (const char c : json_text(report_json(report))) {
    if (c == '<') {
      page += "\\u003c";
    } else {
      page += c;
    }
  }
  page += kProfilePage.substr(place + kPlace.size());
  return page;
}

}  // namespace serene::cli
