// Pages that the program writes, as files and as a browser shows them.
#pragma once

#include <map>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/subprocess.h"

namespace serene::test {

using Attributes = std::map<std::string, std::string>;

inline std::string unescaped(std::string text) {
  const std::pair<const char*, const char*> entities[] = {
      {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}};
  for (const auto& [entity, character] : entities) {
    for (size_t at = text.find(entity); at != text.npos; at = text.find(entity, at + 1)) {
      text.replace(at, std::string(entity).size(), character);
    }
  }
  return text;
}

// The attributes of every such element with all of `wanted`, in the order of the document.
inline std::vector<Attributes> elements(const std::string& document, const std::string& tag,
                                        const std::vector<std::string>& wanted) {
  // A > within quotes ends no tag.
  static const std::regex kAttribute("^\\s*([a-z0-9-]+)=\"([^\"]*)\"");
  std::vector<Attributes> found;
  for (size_t at = document.find("<" + tag + " "); at != std::string::npos;
       at = document.find("<" + tag + " ", at + 1)) {
    Attributes attributes;
    std::smatch match;
    auto from = document.begin() + static_cast<std::ptrdiff_t>(at + tag.size() + 1);
    while (
        std::regex_search(from, document.end(), match, kAttribute, std::regex_constants::match_continuous)) {
      attributes[match[1]] = unescaped(match[2]);
      from = match[0].second;
    }
    bool all = true;
    for (const std::string& name : wanted) all = all && attributes.contains(name);
    if (all) found.push_back(std::move(attributes));
  }
  return found;
}

// What a browser made of the page; its profile goes into `folder`.
inline ProcessResult browser_document(const std::string& browser, const std::string& page,
                                      const std::string& folder) {
  ProcessOptions options;
  options.timeout = 500;
  return run_process({browser, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + folder,
                      "--dump-dom", "file://" + page},
                     options);
}

}  // namespace serene::test
