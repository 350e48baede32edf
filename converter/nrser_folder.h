// The folder in which NRSER (arXiv 2309.01164) is published: SE/best, SNR/best and EMO/best, a state_dict
// each.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace serene::converter {

// Its files, where `path` is such a folder or part of one; none where it is something else. Throws
// Error(model) where one of the three is missing.
std::vector<std::string> nrser_files(const std::string& path);

// Its categories, by the names of their letters A, S, H, U, F, D, C, N, O, X in MSP-Podcast, in the order of
// the outputs.
std::span<const std::string_view> nrser_labels();

}  // namespace serene::converter
